//! A case: a store, and lives of a runner on it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mortise_model::entry::{Letter, Waiting};
use mortise_model::event::{Origin, TriggerKind};
use mortise_model::plan::{Decision, OnFailure, Plan, Source, Trigger};
use mortise_model::{
    Entry, Fact, Json, Namespace, RunId, Status, StepPath, Timestamp, WorkflowName,
};
use mortise_ports::catalog::ActivePlan;
use mortise_ports::inbox::Post;
use mortise_ports::memory::{Lost, MemoryStore};
use mortise_ports::runs::{Filter, Page, Summary};
use mortise_ports::{Catalog as _, Journal as _, Runs as _};
use mortise_runner::{Activation, NewEvent, Runner, Settings, VirtualClock};

use crate::network::Network;
use crate::plans;
use crate::random::Random;

type TestRunner = Runner<MemoryStore, Network>;

/// Virtual time that the last life has for everything to come to rest.
const PEACE: Duration = Duration::from_secs(86_400);

/// One case, while it is played and afterwards.
pub struct Case {
    pub seed: u64,
    random: Random,
    pub store: Arc<MemoryStore>,
    pub network: Arc<Network>,
    plans: Vec<Plan>,
    now: Timestamp,
    /// Acknowledged: event id to run.
    pub acknowledged: BTreeMap<String, RunId>,
    pub replayed: u64,
    lives: u64,
    lost: Arc<AtomicU64>,
}

impl Case {
    pub fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let plans = workflows(&mut random);
        let store = Arc::new(MemoryStore::default());
        let lost = Arc::new(AtomicU64::new(0));
        lose(&store, seed, &lost);
        Self {
            seed,
            random,
            store,
            network: Arc::new(Network::new(seed)),
            plans,
            now: Timestamp(1_800_000_000_000),
            acknowledged: BTreeMap::new(),
            replayed: 0,
            lives: 0,
            lost,
        }
    }

    /// Plays the case to its end.
    pub fn play(mut self) -> Self {
        for _ in 0..1 + self.random.below(3) {
            self.live(false);
        }
        self.store.keep_writes();
        self.live(true);
        self
    }

    /// One life of a process. All but the last one end in the middle of something.
    fn live(&mut self, last: bool) {
        self.lives += 1;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        self.now = runtime.block_on(self.awake(last));
        drop(runtime);
        self.store.crash();
    }

    async fn awake(&mut self, last: bool) -> Timestamp {
        let namespace = Namespace::default_namespace();
        let clock = Arc::new(VirtualClock::new(self.now, self.seed ^ self.lives));
        let settings = Settings {
            lanes: 4,
            interruptions_max: 3,
            ..Settings::default()
        };
        let active = self.publish(&namespace).await;
        let runner = Runner::start(
            Arc::clone(&self.store),
            Arc::clone(&self.network),
            clock.clone(),
            settings,
        );
        let activation = Activation {
            plans: active.clone(),
            ..Activation::default()
        };
        runner.activate(&namespace, activation);
        if last {
            self.network.calm();
            self.settle(&runner).await;
        } else {
            let moments = 2 + self.random.below(12);
            for _ in 0..moments {
                self.moment(&runner, &active).await;
            }
        }
        mortise_runner::Clock::now(&*clock).plus_ms(1)
    }

    async fn publish(&self, namespace: &Namespace) -> Vec<ActivePlan> {
        for _ in 0..100 {
            let revision = self.store.active(namespace).await.unwrap().revision;
            let plans = self.plans.clone();
            if let Ok(active) = self.store.publish(namespace, revision, plans.into()).await {
                return active.plans;
            }
        }
        panic!("seed {}: nothing can be published", self.seed)
    }

    /// Something happens, and some time passes.
    async fn moment(&mut self, runner: &TestRunner, active: &[ActivePlan]) {
        match self.random.below(8) {
            0..=3 => self.event(runner, active).await,
            4 => self.stop_one(runner).await,
            _ => self.answer(runner).await,
        }
        let pause_ms = self.random.pick(&[0, 1, 20, 50, 200, 3_000]);
        tokio::time::sleep(Duration::from_millis(pause_ms)).await;
    }

    /// An event comes, now and then twice at the same moment, or one that came before.
    async fn event(&mut self, runner: &TestRunner, active: &[ActivePlan]) {
        let known: Vec<String> = self.acknowledged.keys().cloned().collect();
        let id = if !known.is_empty() && self.random.below(5) == 0 {
            self.random.pick(&known)
        } else {
            format!("e{}", self.random.below(1_000_000))
        };
        let plan = active
            .iter()
            .find(|a| a.plan.workflow.as_str() == "simulated");
        let event = NewEvent {
            plan: plan.unwrap().clone(),
            origin: Origin {
                trigger: "test".into(),
                kind: TriggerKind::Manual,
            },
            id: Some(id.clone()),
            payload: plans::event(),
            request: None,
        };
        let twice = self.random.below(4) == 0;
        let second = async {
            match twice {
                true => Some(runner.accept(event.clone()).await),
                false => None,
            }
        };
        let (first, second) = tokio::join!(runner.accept(event.clone()), second);
        for accepted in [Some(first), second].into_iter().flatten().flatten() {
            let run = *self.acknowledged.entry(id.clone()).or_insert(accepted.run);
            assert_eq!(
                run, accepted.run,
                "seed {}: {id} started two runs",
                self.seed
            );
        }
    }

    async fn stop_one(&mut self, runner: &TestRunner) {
        let (by, why) = ("someone".to_owned(), "enough".to_owned());
        let runs = self.runs(None).await;
        if runs.is_empty() || self.random.below(3) > 0 {
            return;
        }
        let run = self.random.pick(&runs).run;
        tell(runner, run, Letter::Cancel { by, why }).await;
    }

    /// Somebody answers a run that waits, or decides about one that is parked.
    async fn answer(&mut self, runner: &TestRunner) {
        self.answer_all(runner).await;
        let parked = self.runs(Some(Status::Parked)).await;
        if !parked.is_empty() && self.random.below(2) == 0 {
            let run = self.random.pick(&parked).run;
            self.replay(runner, run).await;
        }
    }

    async fn answer_all(&mut self, runner: &TestRunner) {
        let waiting = self.runs(Some(Status::Waiting)).await;
        for summary in &waiting {
            for (step, wait) in self.waits(summary.run).await {
                let letter = answer(&mut self.random, step, wait);
                tell(runner, summary.run, letter).await;
            }
        }
    }

    async fn replay(&mut self, runner: &TestRunner, run: RunId) {
        self.replayed += 1;
        let letter = Letter::Replay {
            from: None,
            event: None,
            by: "someone".to_owned(),
            why: "again".to_owned(),
        };
        tell(runner, run, letter).await;
    }

    /// Steps that wait for somebody.
    async fn waits(&self, run: RunId) -> Vec<(StepPath, Waiting)> {
        let history = self.entries(run).await;
        let waits = history.iter().filter_map(|entry| match &entry.fact {
            Fact::StepWaiting { step, wait, .. } => Some((step.clone(), *wait)),
            Fact::AttemptSuspended {
                step,
                callback: true,
                ..
            } => Some((step.clone(), Waiting::Callback)),
            _ => None,
        });
        waits
            .filter(|(_, wait)| matches!(wait, Waiting::Callback | Waiting::Approval { .. }))
            .collect()
    }

    pub async fn entries(&self, run: RunId) -> Vec<Entry> {
        let namespace = Namespace::default_namespace();
        let history = self.store.entries(&namespace, run).await.unwrap();
        history
            .entries
            .into_iter()
            .map(|(_, entry)| entry)
            .collect()
    }

    pub async fn runs(&self, status: Option<Status>) -> Vec<Summary> {
        let filter = Filter {
            status,
            ..Filter::default()
        };
        let page = Page {
            before: None,
            limit: 10_000,
        };
        let namespace = Namespace::default_namespace();
        self.store
            .list(&namespace, &filter, page)
            .await
            .unwrap()
            .runs
    }

    /// Nothing fails any more: everything has to come to rest, and what is parked is replayed once
    /// and then given up.
    async fn settle(&mut self, runner: &TestRunner) {
        let since = tokio::time::Instant::now();
        let mut replayed = Vec::new();
        let mut pause = Duration::from_millis(100);
        loop {
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_secs(60));
            // Nobody waits for a call for a week of virtual time, a second at a time.
            self.answer_all(runner).await;
            let parked = self.runs(Some(Status::Parked)).await;
            for run in parked.iter().map(|summary| summary.run) {
                pause = Duration::from_millis(100);
                if replayed.contains(&run) {
                    let (by, why) = ("someone".to_owned(), "hopeless".to_owned());
                    tell(runner, run, Letter::Discard { by, why }).await;
                } else {
                    replayed.push(run);
                    self.replay(runner, run).await;
                }
            }
            if parked.is_empty() && self.store.live() == 0 {
                return;
            }
            assert!(
                since.elapsed() < PEACE,
                "seed {}: these do not come to rest: {:?}",
                self.seed,
                self.unrested().await
            );
        }
    }

    async fn unrested(&self) -> Vec<(RunId, Status, Option<Entry>)> {
        let mut found = Vec::new();
        for summary in self.runs(None).await {
            if !summary.status.is_rest() {
                let last = self.entries(summary.run).await.pop();
                found.push((summary.run, summary.status, last));
            }
        }
        found
    }

    /// What happened how often.
    pub fn totals(&self) -> BTreeMap<&'static str, u64> {
        let mut totals = BTreeMap::from([
            ("lives", self.lives),
            ("lost writes", self.lost.load(Ordering::Relaxed)),
            ("replayed", self.replayed),
        ]);
        for summary in futures_now(self.runs(None)) {
            *totals.entry(summary.status.word()).or_default() += 1;
        }
        totals
    }

    /// Everything that every run remembers.
    pub fn story(&self) -> Vec<String> {
        futures_now(async {
            let mut story = Vec::new();
            for summary in self.runs(None).await {
                let entries = self.entries(summary.run).await;
                story.push(format!("{} {entries:?}", summary.run));
            }
            story
        })
    }
}

/// Runs what never waits: the store in memory answers at once.
pub fn futures_now<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.unwrap().block_on(future)
}

async fn tell(runner: &TestRunner, run: RunId, letter: Letter) {
    let post = Post::new(Namespace::default_namespace(), run, letter);
    // Whoever is told that it is not known sends it again.
    for _ in 0..20 {
        if runner.tell(post.clone()).await.is_ok() {
            return;
        }
    }
}

fn answer(random: &mut Random, step: StepPath, wait: Waiting) -> Letter {
    match wait {
        Waiting::Approval { .. } => Letter::Decided {
            step,
            decision: random.pick(&[Decision::Approve, Decision::Reject]),
            by: "someone".to_owned(),
            why: String::new(),
        },
        _ => Letter::Callback {
            step,
            body: Json::null().into(),
        },
    }
}

/// Writes are lost before or after they were done, one in fifty.
fn lose(store: &MemoryStore, seed: u64, lost: &Arc<AtomicU64>) {
    let random = Mutex::new(Random::new(seed ^ 0x6469_736b));
    let lost = Arc::clone(lost);
    store.lose_writes(move |_| {
        let mut random = random.lock().unwrap();
        if random.below(50) > 0 {
            return None;
        }
        lost.fetch_add(1, Ordering::Relaxed);
        Some(random.pick(&[Lost::Before, Lost::After]))
    });
}

/// The workflow of the case, one that it may call, and one that is told of failures.
fn workflows(random: &mut Random) -> Vec<Plan> {
    let main = plans::plan(random);
    let simple = |name: &str, triggers: Vec<Trigger>| {
        let mut random = Random::new(7);
        let mut plan = plans::plan(&mut random);
        plan.workflow = WorkflowName::from(name);
        plan.triggers = triggers;
        plan.steps.truncate(1);
        plan.finally.clear();
        for step in &mut plan.steps {
            step.on_failure = OnFailure::Fail;
        }
        plan
    };
    let failure = Trigger {
        id: "broken".to_owned(),
        source: Source::Failure { of: None },
    };
    vec![
        main,
        simple("other", Vec::new()),
        simple("errors", vec![failure]),
    ]
}
