//! A world that fails and forgets, sends letters, and counts what really happened.

use std::collections::BTreeMap;

use mortise_model::entry::{Accepted, End, Held, RequestRecord, StepInput, Waiting};
use mortise_model::event::{Event, Origin, TriggerKind};
use mortise_model::input::{Evaluated, Outcome};
use mortise_model::path::{Node, Part};
use mortise_model::plan::{Action, Decision, Foreach, Items, Operation, OperationKind, Wait};
use mortise_model::run::StepStatus;
use mortise_model::{
    Command, Digest, Disposition, Entry, Fact, Failure, Input, Json, Letter, Namespace, Plan, Run,
    RunId, StepPath, Timestamp, WorkflowName,
};

use crate::random::Random;

/// Counts what no crash takes back.
#[derive(Default)]
pub struct World {
    performed: BTreeMap<StepPath, u32>,
    effects: BTreeMap<StepPath, u32>,
    children: u64,
    /// Letters that nobody has read.
    pub mail: Vec<(u64, Letter)>,
    letters: u64,
}

impl World {
    pub fn performed(&self, step: &StepPath) -> u32 {
        self.performed.get(step).copied().unwrap_or(0)
    }

    pub fn effects(&self, step: &StepPath) -> u32 {
        self.effects.get(step).copied().unwrap_or(0)
    }

    pub fn post(&mut self, letter: Letter) {
        self.letters += 1;
        self.mail.push((self.letters, letter));
    }

    /// A letter that fits where the run stands, or one that does not.
    pub fn letter(&mut self, run: &Run, random: &mut Random) {
        let waiting: Vec<(StepPath, StepStatus)> = run
            .steps
            .iter()
            .filter(|(_, state)| state.status.due().is_some())
            .map(|(path, state)| (path.clone(), state.status))
            .collect();
        // Who cancelled it once may lose patience.
        let patience = if run.ending.is_some() { 8 } else { 40 };
        if random.below(patience) == 0 {
            let (by, why) = ("someone".to_owned(), "enough".to_owned());
            self.post(Letter::Cancel { by, why });
        }
        if waiting.is_empty() {
            return;
        }
        let (step, status) = random.pick(&waiting);
        let by = "someone".to_owned();
        match status {
            StepStatus::Waiting { wait, .. } => match wait {
                Waiting::Child(child) => {
                    let end = match random.below(4) {
                        0 => End::Failed {
                            step: None,
                            failure: failure(Disposition::Reject),
                        },
                        _ => End::Succeeded {
                            output: Json::null().into(),
                        },
                    };
                    self.post(Letter::ChildEnded { step, child, end });
                }
                Waiting::Callback => self.callback(step),
                Waiting::Approval { .. } => {
                    let decision = random.pick(&[Decision::Approve, Decision::Reject]);
                    let why = String::new();
                    self.post(Letter::Decided {
                        step,
                        decision,
                        by,
                        why,
                    });
                }
                Waiting::Time => {}
            },
            StepStatus::Suspended { .. } => self.callback(step),
            _ => {}
        }
    }

    pub fn callback(&mut self, step: StepPath) {
        let body = Json::null().into();
        self.post(Letter::Callback { step, body });
    }

    pub fn perform(
        &mut self,
        plan: &Plan,
        run: &Run,
        now: Timestamp,
        command: Command,
        random: &mut Random,
    ) -> Input {
        match command {
            Command::Evaluate { step } => {
                let result = if random.below(60) == 0 {
                    Err(failure(Disposition::Misconfigured))
                } else {
                    Ok(self.evaluate(plan, run, now, &step, random))
                };
                Input::Evaluated { step, result }
            }
            Command::EvaluateOutput => Input::OutputEvaluated {
                result: Ok(Json::null().into()),
            },
            Command::Gather { step, whole } => Input::Gathered {
                step,
                whole,
                result: Ok(whole.then(|| Json::null().into())),
            },
            Command::Admit { step } => {
                let held = (random.below(6) == 0).then(|| (now.plus_ms(300), Held::Rate));
                Input::Admitted { step, held }
            }
            Command::Settle => Input::Settled,
            Command::Call { step, turn, .. } => self.call(plan, run, step, turn, random),
            other => panic!("{other:?} is not performed"),
        }
    }

    fn evaluate(
        &mut self,
        plan: &Plan,
        run: &Run,
        now: Timestamp,
        path: &StepPath,
        random: &mut Random,
    ) -> Evaluated {
        let input = StepInput {
            with: Json::null().into(),
            records: None,
        };
        let Some(Node::Step(step)) = plan.node(path) else {
            assert!(sees_items(plan, run, path), "{path} sees no item: {run:?}");
            return Evaluated::Operation(input);
        };
        if step.condition.is_some() && random.below(2) == 0 {
            return Evaluated::Skip;
        }
        match &step.action {
            Action::Operation(_) => Evaluated::Operation(input),
            Action::Switch(_) => Evaluated::Case(random.pick(&[None, Some(0), Some(1)])),
            Action::Parallel(_) => Evaluated::Branches,
            Action::Foreach(foreach) => items(foreach, run, path, plan, random),
            Action::Collect(collect) => first_page(run, plan, path, &collect.pages),
            Action::Wait(
                Wait::Duration { ms }
                | Wait::Callback { within_ms: ms }
                | Wait::Approval { within_ms: ms, .. },
            ) => Evaluated::Wait {
                until: now.plus_ms(*ms),
            },
            Action::Wait(Wait::Until(_)) => Evaluated::Wait { until: now },
            Action::Call(_) => {
                self.children += 1;
                Evaluated::Call {
                    child: RunId::from_parts(2, self.children.into()),
                    input: Json::null().into(),
                }
            }
        }
    }

    fn call(
        &mut self,
        plan: &Plan,
        run: &Run,
        step: StepPath,
        turn: u32,
        random: &mut Random,
    ) -> Input {
        *self.performed.entry(step.clone()).or_default() += 1;
        let operation = plan.operation(&step, &run.accepted.origin).unwrap();
        let (effect, result) = outcome(operation, turn, random);
        if result.is_err() || !matches!(result, Ok(Outcome::Suspended { .. })) {
            *self.effects.entry(step.clone()).or_default() += u32::from(effect);
        }
        let request = RequestRecord {
            method: "POST".into(),
            url: "http://sink/".into(),
            status: None,
            duration_ms: 1,
        };
        Input::Called {
            step,
            result,
            requests: vec![request],
            jitter_ppm: u32::try_from(random.below(1_000_001)).unwrap(),
        }
    }
}

/// What comes of a call: whether it takes effect, and what it gives.
pub fn outcome(
    operation: &Operation,
    turn: u32,
    random: &mut Random,
) -> (bool, Result<Outcome, Failure>) {
    let half = random.below(2) == 0;
    match random.below(24) {
        0 | 1 => (false, Err(failure(Disposition::Retry { after_ms: None }))),
        2 => (
            false,
            Err(failure(Disposition::Retry {
                after_ms: Some(700),
            })),
        ),
        3 | 4 => (half, Err(failure(Disposition::Unclear))),
        5 => (half, Err(failure(Disposition::Timeout))),
        6 => (half, Err(failure(Disposition::Trap))),
        7 => (false, Err(failure(Disposition::Reject))),
        _ if operation.kind == OperationKind::Paged => {
            let count = u32::try_from(random.below(6)).unwrap();
            let next = (turn < 3 && random.below(3) > 0).then(Json::null);
            let records = Json::null().into();
            (
                true,
                Ok(Outcome::Page {
                    records,
                    count,
                    next,
                }),
            )
        }
        8 if turn < 3 && operation.kind == OperationKind::Action => (
            false,
            Ok(Outcome::Suspended {
                token: Json::null(),
                poll_after_ms: half.then_some(400),
                callback: !half,
            }),
        ),
        _ => (
            true,
            Ok(Outcome::Output {
                value: Json::null().into(),
                failures: Vec::new(),
            }),
        ),
    }
}

/// Whether the items of all `foreach` around an `undo` are at hand.
fn sees_items(plan: &Plan, run: &Run, undo: &StepPath) -> bool {
    let at = undo.seen_from();
    let around = at.outward().filter_map(|scope| scope.owner());
    around.into_iter().all(|(owner, part)| {
        let is_foreach = matches!(
            plan.step(&owner).map(|step| &step.action),
            Some(Action::Foreach(_))
        );
        let items = run.steps.get(&owner).and_then(|s| s.items.as_deref());
        match part {
            Part::Index(item) if is_foreach => items.is_some_and(|i| i.around(item).is_some()),
            _ => true,
        }
    })
}

fn items(
    foreach: &Foreach,
    run: &Run,
    path: &StepPath,
    plan: &Plan,
    random: &mut Random,
) -> Evaluated {
    match &foreach.items {
        Items::Pages(pages) => first_page(run, plan, path, pages),
        Items::List(_) => Evaluated::Items {
            items: Json::null().into(),
            // Now and then more than one part.
            count: if random.below(200) == 0 {
                1_003
            } else {
                u32::try_from(random.below(6)).unwrap()
            },
            next: None,
        },
    }
}

fn first_page(run: &Run, plan: &Plan, path: &StepPath, pages: &StepPath) -> Evaluated {
    let paged = plan.visible(&path.scope(), pages.as_str()).unwrap();
    let state = &run.steps[&paged];
    Evaluated::Items {
        items: Json::null().into(),
        count: state.count,
        next: state.token.clone(),
    }
}

pub fn failure(disposition: Disposition) -> Failure {
    Failure::new(disposition, "simulated", "the world is so")
}

pub fn accepted(plan: &Plan, at: Timestamp) -> Entry {
    let accepted = Accepted {
        run: RunId::from_parts(1, 1),
        namespace: Namespace::default_namespace(),
        workflow: WorkflowName::from(plan.workflow.as_str()),
        plan: Digest([0; 32]),
        version: 1,
        rollout: None,
        origin: Origin {
            trigger: "test".into(),
            kind: TriggerKind::Manual,
        },
        event: Event {
            id: "1".into(),
            payload: crate::plans::event().into(),
            request: None,
        },
        parent: None,
    };
    Entry {
        at,
        fact: Fact::Accepted(Box::new(accepted)),
    }
}
