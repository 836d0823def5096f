//! Plans, as short as they can be said.

use std::sync::Arc;

use mortise_model::descriptor::Repeat;
use mortise_model::json::Segment;
use mortise_model::plan::{
    Action, Branch, CallWorkflow, Decision, Foreach, Items, OnItemFailure, Operation,
    OperationKind, Retry, Source, Step, Trigger, Wait,
};
use mortise_model::template::{Expression, Path, Template};
use mortise_model::{Digest, Json, Plan};

use crate::world::{json, namespace};

/// The workflow `main`.
pub fn plan(steps: Vec<Step>) -> Plan {
    named("main", steps)
}

pub fn named(workflow: &str, steps: Vec<Step>) -> Plan {
    Plan {
        format: Plan::FORMAT,
        namespace: namespace(),
        workflow: workflow.into(),
        description: None,
        vars: Json::null(),
        triggers: Vec::new(),
        steps,
        finally: Vec::new(),
        output: None,
        concurrency: None,
        deduplicate: None,
        timeout_ms: None,
        retain_ms: None,
    }
}

/// With what is done at the end.
pub fn ending(plan: Plan, finally: Vec<Step>) -> Plan {
    Plan { finally, ..plan }
}

/// A step that the same operation takes back.
pub fn undoable(id: &str) -> Step {
    let mut step = work(id, "event");
    step.undo = Some(operation(OperationKind::Action, at("event")).into());
    step
}

/// With a trigger of this kind.
pub fn triggered(plan: Plan, source: Source) -> Plan {
    let id = "trigger".to_owned();
    let triggers = vec![Trigger { id, source }];
    Plan { triggers, ..plan }
}

/// `event.lines`: the value at a path.
pub fn at(path: &str) -> Template {
    let segments = path.split('.').map(|name| Segment::Field(name.into()));
    Template::Expression(Expression::Path(Path {
        segments: segments.collect(),
        optional: false,
    }))
}

pub fn step(id: &str, action: Action) -> Step {
    Step {
        id: id.into(),
        condition: None,
        action,
        on_failure: mortise_model::plan::OnFailure::Park,
        undo: None,
    }
}

pub fn operation(kind: OperationKind, with: Template) -> Operation {
    Operation {
        plugin: "test/plugin".into(),
        version: "1.0.0".into(),
        digest: Digest([0; 32]),
        uses: "plugin/work".into(),
        name: "work".into(),
        kind,
        repeat: Repeat::Keyed,
        with,
        connection: None,
        hosts: Vec::new(),
        retry: Retry {
            initial_ms: 1,
            ..Retry::default()
        },
        timeout_ms: 60_000,
        on_unclear: None,
    }
}

/// An action that is given what is at a path.
pub fn work(id: &str, with: &str) -> Step {
    step(
        id,
        Action::Operation(Arc::new(operation(OperationKind::Action, at(with)))),
    )
}

/// One whose repetition would double its effect.
pub fn once(id: &str) -> Step {
    let mut operation = operation(OperationKind::Action, at("event"));
    operation.repeat = Repeat::Duplicates;
    step(id, Action::Operation(Arc::new(operation)))
}

/// One that gives pages.
pub fn paged(id: &str) -> Step {
    let with = Template::Literal(json("{}"));
    step(
        id,
        Action::Operation(Arc::new(operation(OperationKind::Paged, with))),
    )
}

pub fn parallel(id: &str, branches: Vec<(&str, Vec<Step>)>) -> Step {
    let branches = branches.into_iter().map(|(name, steps)| Branch {
        name: name.to_owned(),
        steps,
    });
    step(id, Action::Parallel(branches.collect()))
}

/// Each item is called `line`.
pub fn foreach(id: &str, items: Items, at_once: u32, steps: Vec<Step>) -> Step {
    step(
        id,
        Action::Foreach(Box::new(Foreach {
            items,
            name: "line".to_owned(),
            at_once,
            batch: None,
            on_failure: OnItemFailure::Collect,
            steps,
        })),
    )
}

pub fn call(id: &str, workflow: &str, with: &str) -> Step {
    step(
        id,
        Action::Call(CallWorkflow {
            workflow: workflow.into(),
            with: at(with),
        }),
    )
}

pub fn pause(id: &str, ms: u64) -> Step {
    step(id, Action::Wait(Wait::Duration { ms }))
}

pub fn approval(id: &str) -> Step {
    step(
        id,
        Action::Wait(Wait::Approval {
            within_ms: 3_600_000,
            otherwise: Decision::Reject,
        }),
    )
}

pub fn callback(id: &str) -> Step {
    step(
        id,
        Action::Wait(Wait::Callback {
            within_ms: 3_600_000,
        }),
    )
}
