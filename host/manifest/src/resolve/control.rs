//! Steps with steps inside, and steps that wait, call and collect.

use mortise_model::json::Segment;
use mortise_model::plan::{self, CallWorkflow, Items, OnItemFailure};
use mortise_model::template::Template;
use mortise_model::{StepPath, Timestamp, WorkflowName};

use super::operation::empty;
use super::steps::{Done, Resolver};
use super::template::bare_path;
use crate::authored::{Branch, Call, Case, Collect, Foreach, Wait};
use crate::diagnostic::Code;
use crate::expression::{EarlierStep, Given, known};
use crate::schema::{Kinds, Shape};
use crate::yaml::{Node, Value};

impl<'a> Resolver<'a, '_, '_> {
    /// The first case that holds.
    pub fn switch(&mut self, cases: &'a [Case<'a>], id: &'a str) -> Done<'a> {
        let mut inner = Vec::new();
        let cases = cases.iter().map(|case| {
            let condition = case.condition.and_then(|node| self.condition(node));
            let (steps, left) = self.inner(&case.steps, Some(id));
            inner.extend(left);
            plan::Case { condition, steps }
        });
        let cases = cases.collect();
        Done::whole(Some(plan::Action::Switch(cases)), outputs(inner))
    }

    /// All branches at the same time.
    pub fn parallel(&mut self, branches: &'a [Branch<'a>], id: &'a str) -> Done<'a> {
        let mut inner = Vec::new();
        let branches = branches.iter().map(|branch| {
            let (steps, left) = self.inner(&branch.steps, Some(id));
            inner.push((branch.name, outputs(left)));
            plan::Branch {
                name: branch.name.to_owned(),
                steps,
            }
        });
        let branches = branches.collect();
        Done::whole(
            Some(plan::Action::Parallel(branches)),
            Shape::object_of(inner),
        )
    }

    /// The same with each of many.
    pub fn foreach(&mut self, authored: &'a Foreach<'a>, id: &'a str) -> Done<'a> {
        let (items, item) = match authored.items {
            None => (None, Shape::anything()),
            Some(node) => match self.pages(node) {
                Some((pages, record)) => (Some(Items::Pages(pages)), record),
                None => self.list(node),
            },
        };
        let item = match authored.batch {
            Some(_) => Shape::list_of(item),
            None => item,
        };
        let name = authored.name.map_or("", |name| name.value);
        self.scope.push_item(name, item);
        let (steps, inner) = self.inner(&authored.steps, Some(id));
        self.scope.pop_item();
        let output = match &items {
            Some(Items::Pages(_)) => known::counted(),
            _ => Shape::list_of(outputs(inner)),
        };
        let foreach = items.map(|items| plan::Foreach {
            items,
            name: name.to_owned(),
            at_once: authored.at_once,
            batch: authored.batch,
            on_failure: authored.on_failure,
            steps,
        });
        let collects = authored.on_failure == OnItemFailure::Collect;
        Done {
            action: foreach.map(|foreach| plan::Action::Foreach(Box::new(foreach))),
            output: Given::Whole(output),
            failures: collects.then(known::item_failures),
        }
    }

    /// A list that is there, and what is known of its items.
    fn list(&mut self, node: &Node) -> (Option<Items>, Shape<'a>) {
        let found = self.value(node, "`in`");
        if !found.kinds.meets(Kinds::ARRAY) && found.kinds != Kinds::NONE {
            self.sink.error(
                Code::WrongType,
                node.place,
                format!("`in` has to be a list, and this is {}", found.kinds),
                "write an expression that gives a list, such as `\"${{ .event.lines }}\"`",
            );
        }
        let path = bare_path(node);
        let list = path.and_then(|path| self.scope.at(&path.segments));
        let item = list.map_or_else(Shape::anything, |list| list.item());
        (Some(Items::List(found.template)), item)
    }

    /// The step whose pages a value is, and what is known of their records.
    fn pages(&self, node: &Node) -> Option<(StepPath, Shape<'a>)> {
        let path = bare_path(node)?;
        let [
            Segment::Field(steps),
            Segment::Field(id),
            Segment::Field(output),
        ] = path.segments.as_slice()
        else {
            return None;
        };
        if &**steps != "steps" || &**output != "output" || path.optional {
            return None;
        }
        Some((StepPath::from(&**id), self.scope.pages(id)?))
    }

    /// A list of what came in pages.
    pub fn collect(&mut self, authored: &Collect<'_>) -> Done<'a> {
        let Some(node) = authored.items else {
            return Done::whole(None, Shape::anything());
        };
        let Some((pages, record)) = self.pages(node) else {
            self.not_paged(node);
            return Done::whole(None, Shape::anything());
        };
        let collect = plan::Collect {
            pages,
            records_max: authored.records_max,
        };
        Done::whole(Some(plan::Action::Collect(collect)), Shape::list_of(record))
    }

    fn not_paged(&mut self, node: &Node) {
        let help = match self.scope.paged().first() {
            Some(id) => format!("write `\"${{{{ .steps.{id}.output }}}}\"` and nothing around it"),
            None => "no step before this one gives pages: read the output of others as it is, without `collect`".to_owned(),
        };
        self.sink.error(
            Code::NotPaged,
            node.place,
            "`in` has to be the output of a step that gives pages",
            help,
        );
    }

    /// Another workflow.
    pub fn call_workflow(&mut self, authored: &Call<'_>) -> Done<'a> {
        let with = authored.with.map(|node| self.value(node, "`with`"));
        let call = authored.workflow.map(|workflow| CallWorkflow {
            workflow: WorkflowName::from(workflow.value),
            with: with.map_or_else(|| Template::Literal(empty()), |with| with.template),
        });
        Done::whole(call.map(plan::Action::Call), Shape::anything())
    }

    /// A wait.
    pub fn wait(&mut self, authored: &Wait<'_>) -> Done<'a> {
        let (wait, output) = match authored {
            Wait::Until(node) => (self.until(node), known::nothing()),
            Wait::Ready(wait) => {
                let output = match wait {
                    plan::Wait::Callback { .. } => Shape::anything(),
                    plan::Wait::Approval { .. } => known::decision(),
                    plan::Wait::Duration { .. } | plan::Wait::Until(_) => known::nothing(),
                };
                (wait.clone(), output)
            }
        };
        Done::whole(Some(plan::Action::Wait(wait)), output)
    }

    fn until(&mut self, node: &Node) -> plan::Wait {
        let found = self.value(node, "`until`");
        let is_time = match &node.value {
            Value::Text(text) if matches!(found.template, Template::Literal(_)) => {
                text.text.parse::<Timestamp>().is_ok()
            }
            _ => found.kinds.meets(Kinds::STRING) || found.kinds == Kinds::NONE,
        };
        if !is_time {
            self.sink.error(
                Code::InvalidValue,
                node.place,
                "`until` has to be a point in time",
                "write RFC 3339, such as `2030-01-31T06:00:00Z`, or an expression that gives it",
            );
        }
        plan::Wait::Until(found.template)
    }
}

/// What a list of steps gave, by their ids. Where several steps have one id, it shows at run time which
/// of them ran; pages are given to nobody outside.
fn outputs(inner: Vec<EarlierStep<'_>>) -> Shape<'_> {
    let mut fields: Vec<(&str, Shape<'_>)> = Vec::new();
    for step in inner {
        let Given::Whole(shape) = step.output else {
            continue;
        };
        match fields.iter_mut().find(|(id, _)| *id == step.id) {
            Some((_, known)) => *known = Shape::anything(),
            None => fields.push((step.id, shape)),
        }
    }
    Shape::object_of(fields)
}
