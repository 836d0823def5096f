//! A plugin that does what a test tells it, and plans that call it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use mortise_model::descriptor::{Descriptor, Plugin, Repeat};
use mortise_model::entry::RequestRecord;
use mortise_model::event::{Origin, TriggerKind};
use mortise_model::json::Segment;
use mortise_model::plan::{Action, Operation, OperationKind, Retry, Step};
use mortise_model::template::{Expression, Path, Template};
use mortise_model::{Digest, Disposition, Failure, Json, Namespace, Plan};
use mortise_ports::catalog::ActivePlan;
use mortise_ports::memory::MemoryStore;
use mortise_ports::plugins::{Call, LoadError, Outcome, Report};
use mortise_ports::{Catalog, Plugins};
use mortise_runner::NewEvent;
use tokio::sync::watch;

/// What a call does.
#[derive(Clone, Copy)]
pub enum Answer {
    /// Gives this.
    Give(&'static str),
    /// Gives what it was given.
    Echo,
    /// Gives this when the test releases it.
    Hold(&'static str),
    /// Fails.
    Fail(Disposition),
    /// Never ends.
    Hang,
}

/// The plugin: one answer for each call, in order.
#[derive(Clone)]
pub struct Script {
    answers: Arc<Mutex<VecDeque<Answer>>>,
    /// Input and idempotency key of each call.
    calls: Arc<watch::Sender<Vec<(String, String)>>>,
    released: Arc<watch::Sender<bool>>,
}

impl Script {
    pub fn new(answers: impl IntoIterator<Item = Answer>) -> Self {
        Self {
            answers: Arc::new(Mutex::new(answers.into_iter().collect())),
            calls: Arc::new(watch::Sender::default()),
            released: Arc::new(watch::Sender::default()),
        }
    }

    pub fn calls(&self) -> Vec<(String, String)> {
        self.calls.borrow().clone()
    }

    /// Waits until there were so many calls.
    pub async fn called(&self, count: usize) {
        self.calls
            .subscribe()
            .wait_for(|calls| calls.len() >= count)
            .await
            .unwrap();
    }

    pub fn release(&self) {
        self.released.send_replace(true);
    }
}

impl Plugins for Script {
    async fn load(&self, _bytes: Vec<u8>) -> Result<Arc<Plugin>, LoadError> {
        Err(LoadError::CoreModule)
    }

    fn describe(&self, digest: Digest) -> Option<Arc<Plugin>> {
        let descriptor = Descriptor {
            schema_version: 1,
            name: "test/plugin".into(),
            version: "1.0.0".into(),
            title: String::new(),
            summary: String::new(),
            settings: None,
            hosts: Vec::new(),
            authentication: Vec::new(),
            operations: Vec::new(),
        };
        Some(Arc::new(Plugin {
            digest,
            size_bytes: 1,
            roles: Vec::new(),
            imports: Vec::new(),
            descriptor,
        }))
    }

    async fn call(&self, call: Call) -> Report {
        let input = call.with.as_str().to_owned();
        let answer = self
            .answers
            .lock()
            .unwrap()
            .pop_front()
            .expect("a call too many");
        self.calls
            .send_modify(|calls| calls.push((input.clone(), call.idempotency_key)));
        let result = match answer {
            Answer::Give(text) => Ok(text.to_owned()),
            Answer::Echo => Ok(input),
            Answer::Hold(text) => {
                self.released
                    .subscribe()
                    .wait_for(|released| *released)
                    .await
                    .unwrap();
                Ok(text.to_owned())
            }
            Answer::Fail(disposition) => {
                Err(Failure::new(disposition, "scripted", "the test says so"))
            }
            Answer::Hang => std::future::pending().await,
        };
        let request = RequestRecord {
            method: "POST".into(),
            url: "http://sink/".into(),
            status: None,
            duration_ms: 1,
        };
        let outcome = |text| Outcome {
            output: Json::parse(text).unwrap(),
            failures: Vec::new(),
        };
        Report {
            result: result.map(outcome),
            requests: vec![request],
            log: Vec::new(),
        }
    }

    async fn evaluate(&self, _program: &str, value: Json) -> Result<Json, Failure> {
        Ok(value)
    }
}

pub fn namespace() -> Namespace {
    Namespace::default_namespace()
}

/// A published plan: the first step is given the event, each other one the output before it.
pub async fn plan(store: &MemoryStore, ids: &[&str], repeat: Repeat) -> ActivePlan {
    let field = |name: &str| Segment::Field(name.into());
    let mut segments = vec![field("event")];
    let mut steps = Vec::new();
    for id in ids {
        let path = Path {
            segments,
            optional: false,
        };
        steps.push(step(
            id,
            Template::Expression(Expression::Path(path)),
            repeat,
        ));
        segments = vec![field("steps"), field(id), field("output")];
    }
    let plan = Plan {
        format: Plan::FORMAT,
        namespace: namespace(),
        workflow: "scripted".into(),
        description: None,
        vars: Json::null(),
        triggers: Vec::new(),
        steps,
        output: None,
        timeout_ms: None,
        retain_ms: None,
    };
    store
        .publish(&namespace(), 0, vec![plan])
        .await
        .unwrap()
        .plans
        .remove(0)
}

fn step(id: &str, with: Template, repeat: Repeat) -> Step {
    let operation = Operation {
        plugin: "test/plugin".into(),
        version: "1.0.0".into(),
        digest: Digest([0; 32]),
        uses: "plugin/work".into(),
        name: "work".into(),
        kind: OperationKind::Action,
        repeat,
        with,
        connection: None,
        hosts: Vec::new(),
        retry: Retry {
            initial_ms: 1,
            ..Retry::default()
        },
        timeout_ms: 60_000,
        on_unclear: None,
    };
    Step {
        id: id.into(),
        condition: None,
        action: Action::Operation(Arc::new(operation)),
    }
}

pub fn event(active: &ActivePlan, id: Option<&str>, payload: &str) -> NewEvent {
    NewEvent {
        plan: active.clone(),
        origin: Origin {
            trigger: "test".into(),
            kind: TriggerKind::Manual,
        },
        id: id.map(str::to_owned),
        payload: Json::parse(payload).unwrap(),
        request: None,
        memory: None,
    }
}
