//! A runner over a store in memory, whose clock jumps to whatever is due.

pub use crate::script::*;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use mortise_model::entry::End;
use mortise_model::event::{Origin, TriggerKind};
use mortise_model::{
    Fact, Json, Letter, Namespace, Payload, Plan, RunId, Status, Timestamp, WorkflowName,
};
use mortise_ports::catalog::ActivePlan;
use mortise_ports::inbox::{Delivery, Post};
use mortise_ports::memory::MemoryStore;
use mortise_ports::runs::{Filter, Page, Summary};
use mortise_ports::{Catalog as _, Journal as _, Runs as _};
use mortise_runner::{Activation, NewEvent, Runner, Settings, VirtualClock};

/// Longer than anything here takes; only a defect waits for it.
pub const PATIENCE: Duration = Duration::from_secs(3 * 3_600);

pub fn namespace() -> Namespace {
    Namespace::default_namespace()
}

pub fn json(text: &str) -> Json {
    Json::parse(text).unwrap()
}

/// A life of a runner on a store that outlives it.
pub struct World {
    pub store: MemoryStore,
    pub script: Script,
    runner: Runner<MemoryStore, Script>,
    pub active: Vec<ActivePlan>,
}

impl Deref for World {
    type Target = Runner<MemoryStore, Script>;

    fn deref(&self) -> &Self::Target {
        &self.runner
    }
}

pub fn settings() -> Settings {
    Settings {
        public_url: "https://hooks.example.com".into(),
        lanes: 4,
        live_max: 100,
        ..Settings::default()
    }
}

impl World {
    pub async fn new(plans: Vec<Plan>, script: Script) -> Self {
        Self::with(MemoryStore::new(), plans, script, settings()).await
    }

    pub async fn with(
        store: MemoryStore,
        plans: Vec<Plan>,
        script: Script,
        settings: Settings,
    ) -> Self {
        let revision = store.active(&namespace()).await.unwrap().revision;
        let published = store
            .publish(&namespace(), revision, plans.into())
            .await
            .unwrap();
        let start = Timestamp(1_800_000_000_000);
        let clock = Arc::new(VirtualClock::new(start, 7 + revision));
        let (kept, plugins) = (store.clone().into(), script.clone().into());
        let runner = Runner::start(kept, plugins, clock, settings);
        let activation = Activation {
            plans: published.plans.clone(),
            paused: published.paused,
            rates: None,
        };
        runner.activate(&namespace(), activation);
        Self {
            store,
            script,
            runner,
            active: published.plans,
        }
    }

    /// The process dies, and another one goes on with the same plans.
    pub async fn crash(self, script: Script) -> Self {
        let plans = self.active.iter().map(|a| (*a.plan).clone()).collect();
        self.store.crash();
        Self::with(self.store, plans, script, settings()).await
    }

    fn plan(&self, workflow: &str) -> ActivePlan {
        let mut plans = self.active.iter();
        let found = plans.find(|active| active.plan.workflow.as_str() == workflow);
        found.unwrap().clone()
    }

    pub fn event(&self, workflow: &str, id: Option<&str>, payload: &str) -> NewEvent {
        NewEvent {
            plan: self.plan(workflow),
            origin: Origin {
                trigger: "test".into(),
                kind: TriggerKind::Manual,
            },
            id: id.map(str::to_owned),
            payload: json(payload),
            request: None,
        }
    }

    pub async fn send(&self, payload: &str) -> RunId {
        let event = self.event("main", None, payload);
        self.accept(event).await.unwrap().run
    }

    /// Accepts an event of `main`, and waits for its run to be at rest.
    pub async fn run(&self, payload: &str) -> (RunId, End) {
        let event = self.event("main", None, payload);
        let (accepted, end) = self.accept_and_wait(event, PATIENCE).await.unwrap();
        (accepted.run, (*end.unwrap()).clone())
    }

    pub async fn rest(&self, run: RunId) -> Status {
        self.wait(&namespace(), run, PATIENCE).await.unwrap()
    }

    pub async fn told(&self, run: RunId, letter: Letter) -> Delivery {
        let namespace = namespace();
        let post = Post::new(namespace, run, letter);
        self.tell(post).await.unwrap()
    }

    pub async fn facts(&self, run: RunId) -> Vec<Fact> {
        let history = self.store.entries(&namespace(), run).await.unwrap();
        history.entries.into_iter().map(|(_, e)| e.fact).collect()
    }

    /// How a run ended, or is parked.
    pub async fn end(&self, run: RunId) -> End {
        match self.facts(run).await.pop() {
            Some(Fact::Ended(end)) => end,
            other => panic!("not at rest: {other:?}"),
        }
    }

    pub async fn status(&self, run: RunId) -> Status {
        let row = self.store.get(&namespace(), run).await.unwrap();
        row.unwrap().status
    }

    /// Waits until a run has a status.
    pub async fn becomes(&self, run: RunId, status: Status) {
        for _ in 0..10_000 {
            if self.status(run).await == status {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("it is {:?}, not {status:?}", self.status(run).await);
    }

    /// All runs of a workflow, oldest first.
    pub async fn runs(&self, workflow: &str) -> Vec<Summary> {
        let filter = Filter {
            workflow: Some(WorkflowName::from(workflow)),
            ..Filter::default()
        };
        let page = Page {
            before: None,
            limit: 1_000,
        };
        let mut runs = self
            .store
            .list(&namespace(), &filter, page)
            .await
            .unwrap()
            .runs;
        runs.reverse();
        runs
    }
}

/// What is too large for an entry.
pub fn large(of: char) -> String {
    format!("\"{}\"", String::from(of).repeat(Payload::INLINE_MAX_BYTES))
}

/// The output of a run that succeeded.
pub fn output(end: &End) -> &str {
    match end {
        End::Succeeded {
            output: Payload::Inline(json),
        } => json.as_str(),
        other => panic!("not a small output: {other:?}"),
    }
}

/// The code of the failure of a run.
pub fn code(end: &End) -> &str {
    match end {
        End::Parked { failure, .. } | End::Failed { failure, .. } => &failure.code,
        other => panic!("no failure: {other:?}"),
    }
}
