//! A workflow as it is shown.

use mortise_model::Timestamp;
use mortise_model::id::{ConnectionName, Digest, Namespace, WorkflowName};
use mortise_model::path::{FINALLY, ON_FAILURE, UNDO};
use mortise_model::plan::{Action, OnFailure, Operation, Source, Step, Trigger};
use mortise_ports::catalog::ActivePlan;
use mortise_runner::TriggerStatus;
use serde::Serialize;

use super::failure::FailureView;
use super::step::word;

/// An active workflow.
#[derive(Debug, Serialize)]
pub struct WorkflowView {
    /// Its name.
    pub name: WorkflowName,
    /// Whose it is.
    pub namespace: Namespace,
    /// What it is for.
    pub description: Option<String>,
    /// Whether nothing of it is worked on.
    pub paused: bool,
    /// The plan that new runs are bound to.
    pub plan: Digest,
    /// The plan's number among the versions of the workflow.
    pub version: u32,
    /// What starts runs.
    pub triggers: Vec<TriggerView>,
    /// Its steps, those inside of blocks after the block.
    pub steps: Vec<StepView>,
}

/// A trigger.
#[derive(Debug, Default, Serialize)]
pub struct TriggerView {
    /// Its id.
    pub id: String,
    /// `webhook`, `schedule`, `poll`, `failure` or `manual`.
    pub kind: &'static str,
    /// Of a webhook: its path on the hooks listener.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Of a webhook: its method.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Of a webhook or a poll: the operation of a plugin.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uses: Option<String>,
    /// Of a webhook or a poll: whose credential it uses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection: Option<ConnectionName>,
    /// Of a schedule: when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cron: Option<String>,
    /// Of a schedule: where that is meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
    /// Of a poll: milliseconds between two.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub every_ms: Option<u64>,
    /// Of a failure trigger: whose failures; `*` for all but its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of: Option<Vec<String>>,
    /// How it is doing, where it works by itself in a process that runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<StateView>,
}

/// How a schedule, a poll or a subscription is doing.
#[derive(Debug, Serialize)]
pub struct StateView {
    /// When it last fired, polled or subscribed.
    pub last_at: Option<Timestamp>,
    /// When it does so next.
    pub next_at: Option<Timestamp>,
    /// How often it failed since then.
    pub failures: u32,
    /// When it failed last.
    pub failed_at: Option<Timestamp>,
    /// Why it failed last.
    pub failure: Option<FailureView>,
    /// What it waits for beside time.
    pub waits_for: Option<&'static str>,
}

impl From<&TriggerStatus> for StateView {
    fn from(status: &TriggerStatus) -> Self {
        let last = status.last_failure.as_ref();
        Self {
            last_at: status.last_at,
            next_at: status.next_at,
            failures: status.failures,
            failed_at: last.map(|(at, _)| *at),
            failure: last.map(|(_, failure)| FailureView::of_trigger(failure)),
            waits_for: status.waits_for,
        }
    }
}

/// A step of the plan.
#[derive(Debug, Serialize)]
pub struct StepView {
    /// Its path; `[]` stands for any item of a `foreach`.
    pub id: String,
    /// `operation`, `switch`, `parallel`, `foreach`, `collect`, `call` or `wait`.
    pub kind: &'static str,
    /// What it calls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uses: Option<String>,
    /// The plugin's bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// The workflow that it calls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workflow: Option<WorkflowName>,
}

impl WorkflowView {
    /// An active workflow, which may be paused.
    #[must_use]
    pub fn new(active: &ActivePlan, paused: bool) -> Self {
        let plan = &active.plan;
        let mut steps = Vec::new();
        list("", &plan.steps, &mut steps);
        list(&format!("{FINALLY}."), &plan.finally, &mut steps);
        Self {
            name: plan.workflow.clone(),
            namespace: plan.namespace.clone(),
            description: plan.description.clone(),
            paused,
            plan: active.digest,
            version: active.version,
            triggers: plan
                .triggers
                .iter()
                .map(|trigger| TriggerView::of(&plan.namespace, trigger))
                .collect(),
            steps,
        }
    }
}

/// The steps of a list whose paths begin with `prefix`, and those inside of them.
fn list(prefix: &str, steps: &[Step], all: &mut Vec<StepView>) {
    for step in steps {
        let path = format!("{prefix}{}", step.id);
        all.push(StepView::new(&path, word(&step.action), operation(step)));
        match &step.action {
            Action::Switch(cases) => {
                for (index, case) in cases.iter().enumerate() {
                    list(&format!("{path}[{index}]."), &case.steps, all);
                }
            }
            Action::Parallel(branches) => {
                for branch in branches {
                    list(&format!("{path}.{}.", branch.name), &branch.steps, all);
                }
            }
            Action::Foreach(foreach) => list(&format!("{path}[]."), &foreach.steps, all),
            Action::Call(call) => {
                if let Some(view) = all.last_mut() {
                    view.workflow = Some(call.workflow.clone());
                }
            }
            Action::Operation(_) | Action::Collect(_) | Action::Wait(_) => {}
        }
        if let OnFailure::Steps(steps) = &step.on_failure {
            list(&format!("{path}.{ON_FAILURE}."), steps, all);
        }
        if let Some(undo) = &step.undo {
            let path = format!("{path}.{UNDO}");
            all.push(StepView::new(&path, "operation", Some(undo)));
        }
    }
}

fn operation(step: &Step) -> Option<&Operation> {
    match &step.action {
        Action::Operation(operation) => Some(operation),
        _ => None,
    }
}

impl StepView {
    fn new(path: &str, kind: &'static str, operation: Option<&Operation>) -> Self {
        Self {
            id: path.to_owned(),
            kind,
            uses: operation.map(|operation| operation.uses.clone()),
            digest: operation.map(|operation| operation.digest),
            workflow: None,
        }
    }
}

impl TriggerView {
    fn of(namespace: &Namespace, trigger: &Trigger) -> Self {
        let view = Self {
            id: trigger.id.clone(),
            kind: "manual",
            ..Self::default()
        };
        match &trigger.source {
            Source::Webhook(webhook) => Self {
                kind: "webhook",
                path: Some(format!(
                    "{}{}",
                    crate::routes::PREFIX,
                    namespace.hook_path(&webhook.path)
                )),
                method: Some(webhook.method.clone()),
                ..view.calling(webhook.uses.as_deref())
            },
            Source::Schedule(schedule) => Self {
                kind: "schedule",
                cron: Some(schedule.cron.clone()),
                timezone: Some(schedule.timezone.clone()),
                ..view
            },
            Source::Poll(poll) => Self {
                kind: "poll",
                every_ms: Some(poll.every_ms),
                ..view.calling(Some(&poll.operation))
            },
            Source::Failure { of } => {
                let named = of.iter().flatten().map(ToString::to_string).collect();
                Self {
                    kind: "failure",
                    of: Some(of.as_ref().map_or_else(|| vec!["*".to_owned()], |_| named)),
                    ..view
                }
            }
            Source::Manual { .. } => view,
        }
    }
}

impl TriggerView {
    fn calling(self, operation: Option<&Operation>) -> Self {
        Self {
            uses: operation.map(|operation| operation.uses.clone()),
            connection: operation.and_then(|operation| operation.connection.clone()),
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::fixture;

    #[test]
    fn every_step_is_listed_by_its_path() {
        let mut active = fixture::active_plan();
        active.plan = fixture::nested().into();
        let view = WorkflowView::new(&active, true);
        let ids: Vec<&str> = view.steps.iter().map(|step| step.id.as_str()).collect();
        assert_eq!(
            ids,
            [
                "book",
                "book.on-failure.tell",
                "book.undo",
                "size",
                "size[1].tell",
                "spread",
                "spread.ledger.row",
                "spread.stock.take",
                "lines",
                "lines[].stock",
                "lines[].stock.undo",
                "ok",
                "archive",
                "finally.clean",
            ]
        );
        let archive = view.steps.iter().find(|step| step.id == "archive");
        let called = archive.and_then(|step| step.workflow.as_ref());
        assert_eq!(called.map(WorkflowName::as_str), Some("archive-order"));
        assert_eq!(view.triggers[0].uses.as_deref(), Some("shop/order-paid"));
    }
}
