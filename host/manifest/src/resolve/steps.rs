//! Steps: what all of them have, and what they leave for those after them.

use std::sync::Arc;

use mortise_model::StepPath;
use mortise_model::descriptor::Role;
use mortise_model::plan::{self, Operation, OperationKind};

use super::callees::Callees;
use super::grants::Grants;
use super::kind::Wanted;
use super::plan::Context;
use super::template::{Expected, Templated, condition, template};
use crate::authored::{Action, OnFailure, Step, Wait};
use crate::diagnostic::Code;
use crate::expression::{EarlierStep, Given, Scope, Sees, known};
use crate::schema::Shape;
use crate::source::Sink;
use crate::yaml::Node;

/// Goes through a manifest from its beginning to its end.
pub(super) struct Resolver<'a, 's, 'k> {
    pub context: &'a Context<'a>,
    pub callees: &'a Callees<'a>,
    pub grants: &'a Grants,
    pub scope: Scope<'a>,
    pub sink: &'s mut Sink<'k>,
}

/// What a step does, and what is known of what it gives.
pub(super) struct Done<'a> {
    /// None where something is wrong with it.
    pub action: Option<plan::Action>,
    pub output: Given<'a>,
    pub failures: Option<Shape<'a>>,
}

impl<'a> Done<'a> {
    /// A step that gives one value and does not fail in parts.
    pub fn whole(action: Option<plan::Action>, output: Shape<'a>) -> Self {
        Self {
            action,
            output: Given::Whole(output),
            failures: None,
        }
    }
}

impl<'a> Resolver<'a, '_, '_> {
    /// A value with expressions; `what` names it.
    pub fn value(&mut self, node: &Node, what: &str) -> Templated {
        template(node, what, Expected::Value, &self.scope, self.sink)
    }

    /// Does something where there is less to see.
    pub fn seeing<T>(&mut self, sees: Sees, then: impl FnOnce(&mut Self) -> T) -> T {
        let before = std::mem::replace(&mut self.scope.sees, sees);
        let result = then(self);
        self.scope.sees = before;
        result
    }

    /// The steps inside of step `owner`, and what they leave.
    pub fn inner(
        &mut self,
        steps: &'a [Step<'a>],
        owner: Option<&'a str>,
    ) -> (Vec<plan::Step>, Vec<EarlierStep<'a>>) {
        let callees = self.callees;
        let ids = steps
            .iter()
            .filter_map(|step| Some((step.id?.value, has_address(step, callees))));
        let mark = self.scope.enter(ids);
        let resolved = steps.iter().filter_map(|step| self.step(step)).collect();
        (resolved, self.scope.leave(&mark, owner))
    }

    /// The steps of the workflow itself; they stay in sight.
    pub fn outermost(&mut self, steps: &'a [Step<'a>]) -> Vec<plan::Step> {
        let callees = self.callees;
        self.scope.enter(
            steps
                .iter()
                .filter_map(|step| Some((step.id?.value, has_address(step, callees)))),
        );
        steps.iter().filter_map(|step| self.step(step)).collect()
    }

    fn step(&mut self, authored: &'a Step<'a>) -> Option<plan::Step> {
        let id = authored.id.map_or("", |id| id.value);
        self.scope.begin(id);
        let condition = authored.condition.and_then(|node| self.condition(node));
        let done = self.action(authored, id);
        let on_failure = self.on_failure(authored, id, &done);
        self.scope.end(EarlierStep {
            id,
            output: done.output,
            may_fail: matches!(
                on_failure,
                plan::OnFailure::Continue | plan::OnFailure::Steps(_)
            ),
            failures: done.failures,
        });
        let undo = self.undo(authored, done.action.as_ref());
        Some(plan::Step {
            id: StepPath::from(authored.id?.value),
            condition,
            action: done.action?,
            on_failure,
            undo,
        })
    }

    /// A condition of a step or a case.
    pub fn condition(&mut self, node: &Node) -> Option<mortise_model::template::Expression> {
        condition(node, &self.scope, self.sink)
    }

    fn action(&mut self, authored: &'a Step<'a>, id: &'a str) -> Done<'a> {
        match &authored.action {
            None => Done::whole(None, Shape::anything()),
            Some(Action::Operation(operation)) => {
                let called = self.call(operation, Wanted::Step);
                Done {
                    action: called
                        .operation
                        .map(|operation| plan::Action::Operation(Arc::new(operation))),
                    output: called.output,
                    failures: Some(known::record_failures()),
                }
            }
            Some(Action::Switch(cases)) => self.switch(cases, id),
            Some(Action::Parallel(branches)) => self.parallel(branches, id),
            Some(Action::Foreach(foreach)) => self.foreach(foreach, id),
            Some(Action::Collect(collect)) => self.collect(collect),
            Some(Action::Call(call)) => self.call_workflow(call),
            Some(Action::Wait(wait)) => self.wait(wait),
        }
    }

    fn on_failure(
        &mut self,
        authored: &'a Step<'a>,
        id: &'a str,
        done: &Done<'a>,
    ) -> plan::OnFailure {
        match &authored.on_failure {
            OnFailure::Park => plan::OnFailure::Park,
            OnFailure::Fail => plan::OnFailure::Fail,
            OnFailure::Continue => plan::OnFailure::Continue,
            OnFailure::Steps(steps) => {
                self.scope.push_failed(EarlierStep {
                    id,
                    output: Given::Whole(known::nothing()),
                    may_fail: true,
                    failures: done.failures.clone(),
                });
                let (steps, _) = self.inner(steps, None);
                self.scope.pop_failed();
                plan::OnFailure::Steps(steps)
            }
        }
    }

    /// What takes a step back sees what it gave.
    fn undo(
        &mut self,
        authored: &'a Step<'a>,
        action: Option<&plan::Action>,
    ) -> Option<Arc<Operation>> {
        let undo = authored.undo.as_ref()?;
        let called = self.call(undo, Wanted::Undo);
        if let Some(plan::Action::Operation(operation)) = action {
            let is = match operation.kind {
                OperationKind::Transform { .. } => "is a transform, which changes nothing outside",
                OperationKind::Paged => "reads pages, which changes nothing",
                _ => return called.operation.map(Arc::new),
            };
            self.sink.error(
                Code::WrongRole,
                undo.uses.map_or(authored.place, |uses| uses.place),
                format!("`{}` {is}: there is nothing to undo", operation.uses),
                "leave `undo` out",
            );
        }
        None
    }
}

/// Whether requests or people may come to an address of the step's own.
fn has_address(step: &Step<'_>, callees: &Callees<'_>) -> bool {
    match &step.action {
        Some(Action::Wait(Wait::Ready(wait))) => !matches!(wait, plan::Wait::Duration { .. }),
        // One that is not known has a diagnostic, and may be an action.
        Some(Action::Operation(operation)) => callees
            .get(operation.uses)
            .is_none_or(|callee| callee.operation.role == Role::Action),
        _ => false,
    }
}
