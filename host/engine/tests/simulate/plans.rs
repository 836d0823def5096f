//! Plans to try: straight steps and every kind of block, nested at random.

use std::sync::Arc;

use mortise_model::descriptor::{Records, Repeat};
use mortise_model::json::Segment;
use mortise_model::plan::{
    Action, Branch, CallWorkflow, Case, Collect, Decision, Foreach, Items, OnFailure,
    OnItemFailure, OnUnclear, Operation, OperationKind, Retry, Step, Wait,
};
use mortise_model::template::{Expression, Path, Template};
use mortise_model::{ConnectionName, Digest, Json, Namespace, Plan, StepPath, WorkflowName};

use crate::random::Random;

const DEPTH_MAX: u32 = 3;

pub fn plan(random: &mut Random) -> Plan {
    let mut steps = steps(random, 0, true);
    if random.below(4) == 0 {
        steps.insert(
            0,
            step("fetch", operation(random, Some(OperationKind::Paged))),
        );
        let pages = StepPath::from("fetch");
        let action = if random.below(2) == 0 {
            Action::Collect(Collect {
                pages,
                records_max: 12,
            })
        } else {
            foreach(random, 1, Items::Pages(pages), true)
        };
        steps.push(step("pages", action));
    }
    let ends = random.below(4) == 0;
    Plan {
        format: Plan::FORMAT,
        namespace: Namespace::default_namespace(),
        workflow: WorkflowName::from("simulated"),
        description: None,
        vars: Json::null(),
        triggers: Vec::new(),
        steps,
        finally: if ends {
            let mut finally = vec![step("clean", operation(random, None))];
            if random.below(2) == 0 {
                finally.insert(0, step("before", action(random, DEPTH_MAX - 1, false)));
            }
            finally
        } else {
            Vec::new()
        },
        output: None,
        concurrency: None,
        deduplicate: None,
        timeout_ms: (random.below(6) == 0).then_some(20_000),
        retain_ms: None,
    }
}

fn steps(random: &mut Random, depth: u32, undoes: bool) -> Vec<Step> {
    (0..=random.below(3))
        .map(|n| {
            let mut step = step(&format!("s{n}"), action(random, depth, undoes));
            step.condition = (random.below(5) == 0).then(|| condition(random));
            step.on_failure = on_failure(random, depth);
            let may_undo = undoes && matches!(step.action, Action::Operation(_));
            if may_undo && random.below(3) == 0 {
                step.undo = Some(Arc::new(call(random, OperationKind::Action)));
            }
            step
        })
        .collect()
}

fn on_failure(random: &mut Random, depth: u32) -> OnFailure {
    match random.below(8) {
        0 => OnFailure::Continue,
        1 | 2 => OnFailure::Fail,
        3 if depth < DEPTH_MAX => OnFailure::Steps(steps(random, DEPTH_MAX, false)),
        _ => OnFailure::Park,
    }
}

fn action(random: &mut Random, depth: u32, undoes: bool) -> Action {
    if depth >= DEPTH_MAX {
        return operation(random, None);
    }
    let inner = depth + 1;
    match random.below(14) {
        0 => Action::Switch(
            (0..2)
                .map(|n| Case {
                    condition: (n == 0).then(|| condition(random)),
                    steps: steps(random, inner, undoes),
                })
                .collect(),
        ),
        1 | 2 => Action::Parallel(
            ["left", "right"]
                .map(|name| Branch {
                    name: name.to_owned(),
                    steps: steps(random, inner, undoes),
                })
                .into(),
        ),
        3 | 4 => {
            let list = list(random);
            foreach(random, inner, Items::List(list), undoes)
        }
        5 => Action::Wait(match random.below(4) {
            0 => Wait::Duration { ms: 500 },
            1 => Wait::Callback { within_ms: 1_000 },
            n => Wait::Approval {
                within_ms: 1_000,
                otherwise: if n == 2 {
                    Decision::Approve
                } else {
                    Decision::Reject
                },
            },
        }),
        6 => Action::Call(CallWorkflow {
            workflow: WorkflowName::from("other"),
            with: Template::Literal(Json::null()),
        }),
        _ => operation(random, None),
    }
}

fn foreach(random: &mut Random, depth: u32, items: Items, undoes: bool) -> Action {
    let undoes = undoes && (matches!(items, Items::List(_)) || random.below(2) == 0);
    Action::Foreach(Box::new(Foreach {
        items,
        name: "item".to_owned(),
        at_once: u32::try_from(1 + random.below(3)).unwrap(),
        batch: (random.below(4) == 0).then_some(2),
        on_failure: random.pick(&[
            OnItemFailure::Stop,
            OnItemFailure::Collect,
            OnItemFailure::Continue,
        ]),
        steps: steps(random, depth, undoes),
    }))
}

fn step(id: &str, action: Action) -> Step {
    Step {
        id: StepPath::from(id),
        condition: None,
        action,
        on_failure: OnFailure::Park,
        undo: None,
    }
}

/// `.event.yes` or `.event.no`, as [`event`] has them.
fn condition(random: &mut Random) -> Expression {
    let name = random.pick(&["yes", "no"]);
    Expression::Path(Path {
        segments: ["event", name]
            .map(|name| Segment::Field(name.into()))
            .into(),
        optional: false,
    })
}

/// The event that every plan can run with.
pub fn event() -> Json {
    Json::parse(r#"{"yes":true,"no":false}"#).unwrap()
}

/// A list of up to five numbers.
fn list(random: &mut Random) -> Template {
    let items: Vec<u64> = (0..random.below(6)).collect();
    Template::Literal(Json::of(&items).unwrap())
}

fn operation(random: &mut Random, kind: Option<OperationKind>) -> Action {
    let transform = OperationKind::Transform {
        records: Template::Literal(event()),
        takes: Records::Each,
    };
    let kind = kind
        .unwrap_or_else(|| random.pick(&[OperationKind::Action, OperationKind::Action, transform]));
    Action::Operation(Arc::new(call(random, kind)))
}

fn call(random: &mut Random, kind: OperationKind) -> Operation {
    Operation {
        plugin: "test/plugin".into(),
        version: "1.0.0".into(),
        digest: Digest([0; 32]),
        uses: "plugin/work".into(),
        name: "work".into(),
        kind,
        repeat: random.pick(&[Repeat::Safe, Repeat::Keyed, Repeat::Duplicates]),
        with: Template::Literal(Json::null()),
        connection: (random.below(4) == 0).then(|| ConnectionName::from("gate")),
        hosts: Vec::new(),
        retry: Retry {
            attempts: u32::try_from(1 + random.below(6)).unwrap(),
            ..Retry::default()
        },
        timeout_ms: 1_000,
        on_unclear: random.pick(&[None, None, Some(OnUnclear::Park), Some(OnUnclear::Retry)]),
    }
}
