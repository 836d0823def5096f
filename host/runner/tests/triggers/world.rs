//! An application that answers as a test says, and lives of runners on one store. Each life has a
//! runtime of its own, so that the end of it is the end of all its tasks, wherever they are.
#![allow(dead_code)]

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mortise_model::connection::Rate;
use mortise_model::descriptor::{Descriptor, Plugin, Repeat};
use mortise_model::entry::RequestRecord;
use mortise_model::failure::Cause;
use mortise_model::id::ConnectionName;
use mortise_model::plan::{
    Action, OnFailure, Operation, OperationKind, Retry, Source, Step, Trigger, Wait,
};
use mortise_model::template::Template;
use mortise_model::{Digest, Disposition, Failure, Json, Namespace, Plan, Timestamp, WorkflowName};
use mortise_ports::memory::MemoryStore;
use mortise_ports::plugins::{Call, Invocation, LoadError, News, Outcome, Report};
use mortise_ports::runs::{Filter, Page, Summary};
use mortise_ports::triggers::TriggerKey;
use mortise_ports::{Catalog as _, Plugins, Runs as _};
use mortise_runner::{Activation, Clock, Runner, Settings, TriggerStatus};
use tokio::sync::watch;
use tokio::time::Instant;

pub type Engine = Runner<MemoryStore, App>;

/// What the application answers.
pub struct Reply {
    pub result: Result<Outcome, Failure>,
    pub takes_ms: u64,
}

impl From<Result<Outcome, Failure>> for Reply {
    fn from(result: Result<Outcome, Failure>) -> Self {
        let takes_ms = 1;
        Self { result, takes_ms }
    }
}

/// A call that was made.
#[derive(Clone, Debug)]
pub struct Made {
    pub at: Timestamp,
    pub workflow: String,
    pub invocation: Invocation,
}

type Act = Box<dyn Fn(&Call) -> Reply + Send + Sync>;

/// The application, behind its plugin.
#[derive(Clone)]
pub struct App {
    act: Arc<Act>,
    made: Arc<watch::Sender<Vec<Made>>>,
    busy: Arc<Mutex<(usize, usize)>>,
}

impl App {
    pub fn by<R: Into<Reply>>(act: impl Fn(&Call) -> R + Send + Sync + 'static) -> Self {
        Self {
            act: Arc::new(Box::new(move |call| act(call).into())),
            made: Arc::default(),
            busy: Arc::default(),
        }
    }

    pub fn made(&self) -> Vec<Made> {
        self.made.borrow().clone()
    }

    pub fn count(&self) -> usize {
        self.made.borrow().len()
    }

    /// Waits until there were so many calls.
    pub async fn called(&self, count: usize) {
        let mut made = self.made.subscribe();
        let called = made.wait_for(|made| made.len() >= count);
        tokio::time::timeout(PATIENCE, called)
            .await
            .unwrap()
            .unwrap();
    }

    /// The most calls that were under way at the same moment.
    pub fn busiest(&self) -> usize {
        self.busy.lock().unwrap().1
    }
}

impl Plugins for App {
    async fn load(&self, _bytes: Vec<u8>) -> Result<Arc<Plugin>, LoadError> {
        Err(LoadError::CoreModule)
    }

    fn describe(&self, digest: Digest) -> Option<Arc<Plugin>> {
        let descriptor = Descriptor {
            schema_version: 1,
            name: "test/app".into(),
            version: "1.0.0".into(),
            licence: None,
            title: String::new(),
            summary: String::new(),
            settings: None,
            hosts: Vec::new(),
            origins: Vec::new(),
            rate: None,
            authentication: Vec::new(),
            operations: Vec::new(),
        };
        Some(Arc::new(Plugin {
            digest,
            size_bytes: 1,
            roles: Vec::new(),
            imports: Vec::new(),
            descriptor,
            document: Json::null(),
        }))
    }

    async fn call(&self, call: Call) -> Report {
        struct Busy<'a>(&'a Mutex<(usize, usize)>);
        impl Drop for Busy<'_> {
            fn drop(&mut self) {
                self.0.lock().unwrap().0 -= 1;
            }
        }
        {
            let mut busy = self.busy.lock().unwrap();
            busy.0 += 1;
            busy.1 = busy.1.max(busy.0);
        }
        let _busy = Busy(&self.busy);
        let reply = (self.act)(&call);
        self.made.send_modify(|made| {
            made.push(Made {
                at: call.now,
                workflow: call.workflow.to_string(),
                invocation: call.invocation,
            });
        });
        tokio::time::sleep(Duration::from_millis(reply.takes_ms)).await;
        let request = RequestRecord {
            method: "GET".into(),
            url: "http://app/".into(),
            status: None,
            duration_ms: reply.takes_ms,
        };
        Report {
            result: reply.result,
            files: Vec::new(),
            requests: vec![request],
            log: Vec::new(),
        }
    }

    async fn evaluate(&self, _program: &str, value: Json) -> Result<Json, Failure> {
        Ok(value)
    }
}

/// A clock that goes as tokio's does, and that a test can set.
pub struct Hands {
    start: Timestamp,
    since: Instant,
    set_ms: AtomicI64,
}

impl Hands {
    pub fn set(&self, by: i64) {
        self.set_ms.fetch_add(by, Ordering::SeqCst);
    }
}

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        let since = i64::try_from(self.since.elapsed().as_millis()).unwrap();
        Timestamp(self.start.0 + since + self.set_ms.load(Ordering::SeqCst))
    }

    fn random(&self) -> u64 {
        // Any will do, as long as no two owners have the same.
        static NEXT: AtomicI64 = AtomicI64::new(1);
        NEXT.fetch_add(1, Ordering::SeqCst).unsigned_abs() * 7_919
    }
}

/// What outlives the lives of runners.
pub struct World {
    pub store: MemoryStore,
    pub app: App,
    pub settings: Settings,
    pub rates: Vec<(ConnectionName, Rate)>,
    /// When the next life begins.
    pub now: Mutex<Timestamp>,
    /// When this one began.
    pub since: Mutex<Option<Instant>>,
}

/// A life of a runner.
pub struct Life<'w> {
    pub world: &'w World,
    pub runner: Engine,
    pub clock: Arc<Hands>,
}

/// Longer than anything here takes; only a defect waits for it.
pub const PATIENCE: Duration = Duration::from_secs(2 * 3_600);

pub const START: &str = "2025-06-01T00:00:00Z";

impl World {
    pub fn new(app: App) -> Self {
        Self {
            store: MemoryStore::new(),
            app,
            settings: Settings {
                public_url: "https://hooks.example.com".into(),
                ..Settings::default()
            },
            rates: Vec::new(),
            now: Mutex::new(START.parse().unwrap()),
            since: Mutex::default(),
        }
    }

    /// Lives one life, with these plans, until `story` ends; then all of it dies at once.
    pub fn live(&self, plans: Vec<Plan>, story: impl AsyncFnOnce(Life<'_>)) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .start_paused(true)
            .build()
            .unwrap();
        self.store.crash();
        runtime.block_on(async {
            *self.since.lock().unwrap() = Some(Instant::now());
            let life = self.begin(plans).await;
            let clock = Arc::clone(&life.clock);
            story(life).await;
            *self.now.lock().unwrap() = clock.now();
        });
    }

    /// A runner on the same store and the same application.
    pub async fn begin(&self, plans: Vec<Plan>) -> Life<'_> {
        let since = self.since.lock().unwrap().unwrap_or_else(Instant::now);
        let clock = Arc::new(Hands {
            start: *self.now.lock().unwrap(),
            since,
            set_ms: AtomicI64::new(0),
        });
        let (store, app) = (Arc::new(self.store.clone()), Arc::new(self.app.clone()));
        let hands = Arc::clone(&clock);
        let runner = Runner::start(store, app, hands, self.settings.clone());
        let life = Life {
            world: self,
            runner,
            clock,
        };
        life.activate(plans).await;
        life
    }

    /// The ids of a workflow's events, in the order of their acceptance.
    pub async fn events(&self, workflow: &str) -> Vec<String> {
        let runs = self.runs(workflow).await.into_iter();
        runs.map(|run| run.event_id).collect()
    }

    pub async fn runs(&self, workflow: &str) -> Vec<Summary> {
        let filter = Filter {
            workflow: Some(WorkflowName::from(workflow)),
            ..Filter::default()
        };
        let page = Page {
            before: None,
            limit: 20_000,
        };
        let listing = self.store.list(&namespace(), &filter, page).await.unwrap();
        let mut runs = listing.runs;
        runs.reverse();
        runs
    }
}

impl Life<'_> {
    /// These plans and no others are active from now on.
    pub async fn activate(&self, plans: Vec<Plan>) {
        let store = &self.world.store;
        let revision = store.active(&namespace()).await.unwrap().revision;
        let published = store
            .publish(&namespace(), revision, plans.into())
            .await
            .unwrap();
        let activation = Activation {
            plans: published.plans,
            paused: published.paused,
            rates: Some(self.world.rates.clone()),
        };
        self.runner.activate(&namespace(), activation);
    }

    /// Lets time pass.
    pub async fn pass(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }

    pub fn status(&self, trigger: &str) -> TriggerStatus {
        let all = self.runner.triggers(&namespace());
        let ours = |(key, _): &(TriggerKey, TriggerStatus)| key.trigger == trigger;
        all.into_iter().find(ours).unwrap().1
    }

    /// Waits until something is so.
    pub async fn until(&self, so: impl AsyncFn() -> bool) {
        let waiting = async {
            while !so().await {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        tokio::time::timeout(PATIENCE, waiting).await.unwrap();
    }

    pub async fn pause(&self, workflow: &str, paused: bool) {
        let workflow = WorkflowName::from(workflow);
        self.runner
            .pause(&namespace(), &workflow, paused)
            .await
            .unwrap();
    }
}

pub fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

pub fn namespace() -> Namespace {
    Namespace::default_namespace()
}

pub fn json(text: &str) -> Json {
    Json::parse(text).unwrap()
}

/// A workflow with one trigger, `t`, whose runs end at once.
pub fn plan(workflow: &str, source: Source) -> Plan {
    let trigger = Trigger {
        id: "t".to_owned(),
        source,
    };
    Plan {
        format: Plan::FORMAT,
        namespace: namespace(),
        workflow: workflow.into(),
        description: None,
        vars: Json::null(),
        triggers: vec![trigger],
        steps: vec![step(Action::Wait(Wait::Duration { ms: 0 }))],
        finally: Vec::new(),
        output: None,
        concurrency: None,
        deduplicate: None,
        timeout_ms: None,
        retain_ms: None,
    }
}

/// The same, with runs that wait for somebody.
pub fn waiting(plan: Plan) -> Plan {
    let within_ms = 30 * 86_400_000;
    let steps = vec![step(Action::Wait(Wait::Callback { within_ms }))];
    Plan { steps, ..plan }
}

/// The same, with runs that call the application.
pub fn calling(plan: Plan, connection: &str) -> Plan {
    let operation = Operation {
        connection: Some(connection.into()),
        ..operation(OperationKind::Action)
    };
    let steps = vec![step(Action::Operation(operation.into()))];
    Plan { steps, ..plan }
}

pub fn step(action: Action) -> Step {
    Step {
        id: "only".into(),
        condition: None,
        action,
        on_failure: OnFailure::Park,
        undo: None,
    }
}

pub fn operation(kind: OperationKind) -> Operation {
    Operation {
        plugin: "test/app".into(),
        version: "1.0.0".into(),
        digest: Digest([0; 32]),
        uses: "app/work".into(),
        name: "work".into(),
        kind,
        repeat: Repeat::Safe,
        with: Template::Literal(json(r#"{"pipeline":"default"}"#)),
        connection: None,
        hosts: Vec::new(),
        retry: Retry::default(),
        timeout_ms: 600_000,
        on_unclear: None,
    }
}

pub fn news(
    events: impl IntoIterator<Item = (String, String)>,
    cursor: u64,
    more: bool,
) -> Outcome {
    let events = events.into_iter().map(|(id, payload)| News {
        id,
        ordering_key: None,
        payload: json(&payload),
    });
    Outcome::News {
        events: events.collect(),
        cursor: json(&cursor.to_string()),
        more,
    }
}

pub fn failed(disposition: Disposition, status: Option<u16>) -> Failure {
    let mut failure = Failure::new(disposition, "scripted", "the test says so");
    failure.cause = status.map(|status| Cause {
        status: Some(status),
        ..Cause::default()
    });
    failure
}

pub const RETRY: Disposition = Disposition::Retry { after_ms: None };

/// How often each is there.
pub fn counted(ids: &[String]) -> HashMap<&str, usize> {
    let mut counts = HashMap::new();
    for id in ids {
        *counts.entry(id.as_str()).or_default() += 1;
    }
    counts
}
