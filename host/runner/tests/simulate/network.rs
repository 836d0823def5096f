//! Applications that fail, take their time, and take effect or not: what happened there is counted,
//! and no crash takes it back.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use mortise_model::descriptor::{Descriptor, Plugin, Repeat};
use mortise_model::entry::RequestRecord;
use mortise_model::input;
use mortise_model::plan::{OnUnclear, Operation, OperationKind};
use mortise_model::{Digest, Failure, Json};
use mortise_ports::Plugins;
use mortise_ports::plugins::{Call, Invocation, LoadError, Outcome, Report};

use crate::random::Random;
use crate::world;

/// Every application there is.
pub struct Network {
    state: Mutex<State>,
    plugin: Arc<Plugin>,
}

struct State {
    random: Random,
    /// Effects by idempotency key, and whether there may be more than one.
    effects: BTreeMap<String, (u32, bool)>,
    /// Everything succeeds from now on.
    is_calm: bool,
}

impl Network {
    pub fn new(seed: u64) -> Self {
        Self {
            state: Mutex::new(State {
                random: Random::new(seed ^ 0x6e65_7477_6f72_6b21),
                effects: BTreeMap::new(),
                is_calm: false,
            }),
            plugin: Arc::new(plugin()),
        }
    }

    /// Nothing fails any more.
    pub fn calm(&self) {
        self.state().is_calm = true;
    }

    /// Keys that took effect more often than they may.
    pub fn doubled(&self) -> Vec<(String, u32)> {
        let state = self.state();
        let doubled = state.effects.iter().filter(|(_, (n, may))| *n > 1 && !may);
        doubled.map(|(key, (n, _))| (key.clone(), *n)).collect()
    }

    /// How often a key took effect.
    pub fn effects(&self, key: &str) -> u32 {
        self.state().effects.get(key).map_or(0, |(count, _)| *count)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn decide(&self, call: &Call) -> Plan {
        let mut state = self.state();
        let is_calm = state.is_calm;
        let random = &mut state.random;
        let before = Duration::from_millis(random.below(40));
        let after = Duration::from_millis(random.below(40));
        let (effect, mut result) = world::outcome(&call.operation, call.turn, random);
        if is_calm && (result.is_err() || matches!(result, Ok(input::Outcome::Suspended { .. }))) {
            result = Ok(input::Outcome::Output {
                value: Json::null().into(),
                failures: Vec::new(),
            });
        }
        Plan {
            before,
            after,
            effect,
            result,
        }
    }
}

struct Plan {
    before: Duration,
    after: Duration,
    effect: bool,
    result: Result<input::Outcome, Failure>,
}

impl Plugins for Network {
    async fn load(&self, _: Vec<u8>) -> Result<Arc<Plugin>, LoadError> {
        Ok(Arc::clone(&self.plugin))
    }

    fn describe(&self, _: Digest) -> Option<Arc<Plugin>> {
        Some(Arc::clone(&self.plugin))
    }

    async fn call(&self, call: Call) -> Report {
        let plan = self.decide(&call);
        // A crash drops the call here, or there.
        tokio::time::sleep(plan.before).await;
        if plan.effect {
            let mut state = self.state();
            let key = call.idempotency_key.clone();
            let effects = state.effects.entry(key).or_default();
            effects.0 += 1;
            effects.1 |= may_repeat(&call.operation);
        }
        tokio::time::sleep(plan.after).await;
        let request = RequestRecord {
            method: "POST".into(),
            url: "http://sink/".into(),
            status: None,
            duration_ms: 1,
        };
        Report {
            result: plan.result.map(|outcome| of_port(outcome, &call)),
            files: Vec::new(),
            requests: vec![request],
            log: Vec::new(),
        }
    }

    async fn evaluate(&self, _: &str, value: Json) -> Result<Json, Failure> {
        Ok(value)
    }
}

fn of_port(outcome: input::Outcome, call: &Call) -> Outcome {
    match outcome {
        input::Outcome::Output { failures, .. } => match (&call.invocation, &call.operation.kind) {
            (_, OperationKind::Paged) => page(0, None),
            (Invocation::Transform { records, .. }, _) => Outcome::Output {
                output: records.clone(),
                failures,
            },
            _ => Outcome::Output {
                output: Json::null(),
                failures,
            },
        },
        input::Outcome::Page { count, next, .. } => page(count, next),
        input::Outcome::Suspended {
            token,
            poll_after_ms,
            callback,
        } => Outcome::Suspended {
            token,
            poll_after_ms,
            callback,
        },
    }
}

fn page(count: u32, next: Option<Json>) -> Outcome {
    let records: Vec<u32> = (0..count).collect();
    Outcome::Page {
        records: Json::of(&records).unwrap(),
        count,
        next,
    }
}

fn may_repeat(operation: &Operation) -> bool {
    if matches!(operation.kind, OperationKind::Transform { .. }) {
        return true;
    }
    match operation.on_unclear {
        Some(OnUnclear::Retry) => true,
        Some(OnUnclear::Park) => false,
        None => operation.repeat != Repeat::Duplicates,
    }
}

fn plugin() -> Plugin {
    Plugin {
        digest: Digest([0; 32]),
        size_bytes: 0,
        roles: Vec::new(),
        imports: Vec::new(),
        descriptor: Descriptor {
            schema_version: 1,
            name: "test/plugin".into(),
            version: "1.0.0".into(),
            licence: None,
            title: "Test".into(),
            summary: String::new(),
            settings: None,
            hosts: Vec::new(),
            origins: Vec::new(),
            rate: None,
            authentication: Vec::new(),
            operations: Vec::new(),
        },
        document: Json::null(),
    }
}
