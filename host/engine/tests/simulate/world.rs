//! A world that fails and forgets, and plans to try in it.

use std::collections::BTreeMap;
use std::sync::Arc;

use mortise_model::descriptor::{Records, Repeat};
use mortise_model::entry::{Accepted, RequestRecord, StepInput};
use mortise_model::event::{Event, Origin, TriggerKind};
use mortise_model::input::Output;
use mortise_model::plan::{Action, OnUnclear, Operation, OperationKind, Retry, Step};
use mortise_model::template::{Expression, Path, Template};
use mortise_model::{
    Command, Digest, Disposition, Entry, Fact, Failure, Input, Json, Namespace, Plan, RunId,
    StepPath, Timestamp, WorkflowName,
};

/// A small generator of the splitmix kind: the same seed, the same case, everywhere.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(
            seed.wrapping_mul(0x2545_f491_4f6c_dd1d)
                .wrapping_add(0x9e37_79b9_7f4a_7c15),
        )
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }

    fn pick<T: Clone>(&mut self, items: &[T]) -> T {
        items[usize::try_from(self.below(items.len() as u64)).unwrap()].clone()
    }
}

/// Counts what really happened, which no crash takes back.
#[derive(Default)]
pub struct World {
    performed: BTreeMap<StepPath, u32>,
    effects: BTreeMap<StepPath, u32>,
}

impl World {
    pub fn performed(&self, step: &StepPath) -> u32 {
        self.performed.get(step).copied().unwrap_or(0)
    }

    pub fn effects(&self, step: &StepPath) -> u32 {
        self.effects.get(step).copied().unwrap_or(0)
    }

    pub fn perform(&mut self, plan: &Plan, command: Command, random: &mut Random) -> Input {
        match command {
            Command::Evaluate { step } => {
                let conditional = plan.step(&step).unwrap().condition.is_some();
                let skip = conditional && random.below(2) == 0;
                let input = StepInput {
                    with: Json::null().into(),
                    records: None,
                };
                let broken = random.below(100) == 0;
                let result = if broken {
                    Err(failure(Disposition::Misconfigured))
                } else {
                    Ok((!skip).then_some(input))
                };
                Input::Evaluated { step, result }
            }
            Command::EvaluateOutput => Input::OutputEvaluated {
                result: Ok(Json::null().into()),
            },
            Command::Call { step, .. } => self.call(step, random),
        }
    }

    fn call(&mut self, step: StepPath, random: &mut Random) -> Input {
        *self.performed.entry(step.clone()).or_default() += 1;
        let (effect, result) = match random.below(10) {
            0 => (false, Err(failure(Disposition::Retry { after_ms: None }))),
            1 => (
                false,
                Err(failure(Disposition::Retry {
                    after_ms: Some(700),
                })),
            ),
            2 => (random.below(2) == 0, Err(failure(Disposition::Unclear))),
            3 => (random.below(2) == 0, Err(failure(Disposition::Timeout))),
            4 if random.below(4) == 0 => (random.below(2) == 0, Err(failure(Disposition::Trap))),
            5 if random.below(4) == 0 => (false, Err(failure(Disposition::Reject))),
            _ => (
                true,
                Ok(Output {
                    value: Json::null().into(),
                    failures: Vec::new(),
                }),
            ),
        };
        *self.effects.entry(step.clone()).or_default() += u32::from(effect);
        let request = RequestRecord {
            method: "POST".into(),
            url: "http://sink/".into(),
            status: None,
            duration_ms: 1,
        };
        let jitter_ppm = u32::try_from(random.below(1_000_001)).unwrap();
        Input::Called {
            step,
            result,
            requests: vec![request],
            jitter_ppm,
        }
    }
}

fn failure(disposition: Disposition) -> Failure {
    Failure::new(disposition, "simulated", "the world is so")
}

pub fn plan(random: &mut Random) -> Plan {
    let steps = (0..=random.below(5)).map(|n| step(n, random)).collect();
    Plan {
        format: Plan::FORMAT,
        namespace: Namespace::default_namespace(),
        workflow: WorkflowName::from("simulated"),
        description: None,
        vars: Json::null(),
        triggers: Vec::new(),
        steps,
        output: None,
        timeout_ms: (random.below(4) == 0).then_some(5_000),
        retain_ms: None,
    }
}

fn step(n: u64, random: &mut Random) -> Step {
    let transform = OperationKind::Transform {
        records: Template::Literal(Json::null()),
        takes: Records::Each,
    };
    let path = Path {
        segments: Vec::new(),
        optional: false,
    };
    Step {
        id: StepPath::from(format!("step_{n}").as_str()),
        condition: (random.below(3) == 0).then_some(Expression::Path(path)),
        action: Action::Operation(Arc::new(Operation {
            plugin: "test/plugin".into(),
            version: "1.0.0".into(),
            digest: Digest([0; 32]),
            uses: "plugin/work".into(),
            name: "work".into(),
            kind: random.pick(&[OperationKind::Action, OperationKind::Action, transform]),
            repeat: random.pick(&[Repeat::Safe, Repeat::Keyed, Repeat::Duplicates]),
            with: Template::Literal(Json::null()),
            connection: None,
            hosts: Vec::new(),
            retry: Retry {
                attempts: u32::try_from(1 + random.below(6)).unwrap(),
                ..Retry::default()
            },
            timeout_ms: 1_000,
            on_unclear: random.pick(&[None, None, Some(OnUnclear::Park), Some(OnUnclear::Retry)]),
        })),
    }
}

pub fn accepted(plan: &Plan, at: Timestamp) -> Entry {
    let accepted = Accepted {
        run: RunId::from_parts(1, 1),
        namespace: plan.namespace.clone(),
        workflow: plan.workflow.clone(),
        plan: Digest([0; 32]),
        version: 1,
        origin: Origin {
            trigger: "test".into(),
            kind: TriggerKind::Manual,
        },
        event: Event {
            id: "1".into(),
            payload: Json::null().into(),
            request: None,
        },
    };
    Entry {
        at,
        fact: Fact::Accepted(Box::new(accepted)),
    }
}
