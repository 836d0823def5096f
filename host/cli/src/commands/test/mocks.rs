//! Plugins of a test: transforms and expressions are real, and what reaches an application is played.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use mortise_manifest::cases::{Mock, Mocks, without_indexes};
use mortise_model::descriptor::{Descriptor, Plugin};
use mortise_model::plan::OperationKind;
use mortise_model::{Digest, Disposition, Failure, Json};
use mortise_ports::Plugins;
use mortise_ports::plugins::{Call, Invocation, LoadError, Outcome, Report};
use mortise_sandbox::Sandbox;

/// The digest of what stands in for a workflow that a step calls: there is no such plugin.
pub const PLAYED: Digest = Digest([0; 32]);

/// The sandbox, with mocks before it.
pub struct Played {
    sandbox: Arc<Sandbox>,
    mocks: BTreeMap<String, Mocks>,
    /// Calls so far, by step.
    calls: Mutex<BTreeMap<String, usize>>,
    /// Steps that began, by step: first attempts of first turns.
    begun: Mutex<BTreeMap<String, u32>>,
    played: Arc<Plugin>,
}

impl Played {
    pub fn new(sandbox: Arc<Sandbox>, mocks: BTreeMap<String, Mocks>) -> Self {
        Self {
            sandbox,
            mocks,
            calls: Mutex::default(),
            begun: Mutex::default(),
            played: Arc::new(played()),
        }
    }

    /// How often each step began, for those that call something.
    pub fn begun(&self) -> BTreeMap<String, u32> {
        self.begun
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn play(&self, step: &str, call: &Call) -> Result<Outcome, Failure> {
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        let number = calls.entry(step.to_owned()).or_default();
        let index = *number;
        *number += 1;
        drop(calls);
        let (mock, has_more) = match self.mocks.get(step) {
            Some(Mocks::Every(mock)) => (mock, false),
            Some(Mocks::InTurn(mocks)) => {
                let mock = mocks
                    .get(index)
                    .ok_or_else(|| exhausted(step, mocks.len()))?;
                (mock, index + 1 < mocks.len())
            }
            None => return Err(missing(step, &call.operation.uses)),
        };
        match mock {
            Mock::Failure(failure) => Err(failure.clone()),
            Mock::Output(output) => outcome(step, call, output, has_more),
        }
    }
}

impl Plugins for Played {
    async fn load(&self, bytes: Vec<u8>) -> Result<Arc<Plugin>, LoadError> {
        self.sandbox.load(bytes).await
    }

    fn describe(&self, digest: Digest) -> Option<Arc<Plugin>> {
        if digest == PLAYED {
            return Some(Arc::clone(&self.played));
        }
        self.sandbox.describe(digest)
    }

    async fn call(&self, call: Call) -> Report {
        let step = without_indexes(&call.step);
        if call.attempt == 1 && call.turn == 0 {
            let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
            *begun.entry(step.clone()).or_default() += 1;
        }
        let is_pure = matches!(call.invocation, Invocation::Transform { .. });
        if is_pure && !self.mocks.contains_key(&step) {
            return self.sandbox.call(call).await;
        }
        Report {
            result: self.play(&step, &call),
            files: Vec::new(),
            requests: Vec::new(),
            log: Vec::new(),
        }
    }

    async fn evaluate(&self, program: &str, value: Json) -> Result<Json, Failure> {
        self.sandbox.evaluate(program, value).await
    }
}

fn outcome(step: &str, call: &Call, output: &Json, has_more: bool) -> Result<Outcome, Failure> {
    if call.operation.kind != OperationKind::Paged {
        return Ok(Outcome::Output {
            output: output.clone(),
            failures: Vec::new(),
        });
    }
    let records: Vec<Json> = output.read().map_err(|_| {
        let message =
            format!("`{step}` gives pages, so the `output` of its mock is a list of records");
        Failure::new(Disposition::Misconfigured, "mock", message)
    })?;
    Ok(Outcome::Page {
        count: u32::try_from(records.len()).unwrap_or(u32::MAX),
        records: output.clone(),
        next: has_more.then(Json::null),
    })
}

fn missing(step: &str, uses: &str) -> Failure {
    let message = format!(
        "step `{step}` calls `{uses}`, and the case has no mock for it: add `mock: {{ {step}: {{ output: … }} }}`"
    );
    Failure::new(Disposition::Misconfigured, "no-mock", message)
}

fn exhausted(step: &str, count: usize) -> Failure {
    let message =
        format!("step `{step}` is called more often than the {count} times that its mock lists");
    Failure::new(Disposition::Misconfigured, "no-mock", message)
}

fn played() -> Plugin {
    Plugin {
        digest: PLAYED,
        size_bytes: 0,
        roles: Vec::new(),
        imports: Vec::new(),
        descriptor: Descriptor {
            schema_version: 1,
            name: "test/played".to_owned(),
            version: "0.0.0".to_owned(),
            licence: None,
            title: String::new(),
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
