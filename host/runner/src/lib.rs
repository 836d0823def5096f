//! Carries runs from acceptance to rest: the tasks around the pure engine.
//!
//! An event comes in through [`Runner::accept`] and is durable when that returns. A **lane** is a
//! task that works on one run at a time, on several of its steps at the same moment: it asks the
//! engine what follows, has the journal keep it and performs the commands. There are as many lanes as the
//! settings say and not one more, so what runs at the same moment is bounded; what is accepted and
//! not at rest is bounded as well, and past that bound senders are told to come back later.
//! Whatever tells a run something, from a callback to the end of a run that it called, is a letter
//! ([`Runner::tell`]).
//!
//! Reading order: [`settings`]; [`clock`], where time and randomness come from; [`accept`], which makes runs
//! of events; `plans`; `dispatch`, which claims runs for free lanes; `lane`, the spiral of decide,
//! commit, apply, perform; `perform` and `evaluate`; `files`, what runs keep beside JSON; `gate`, the rate and the breaker before each connection; [`links`], the addresses of steps; `wait`;
//! `trigger`, with `schedule`, `poll` and `subscribe`; `control`, what people do, and [`by_hand`], the input of
//! what they start; `upkeep`.

pub mod accept;
pub mod by_hand;
pub mod clock;
mod control;
mod dispatch;
mod evaluate;
mod files;
mod gate;
mod lane;
pub mod links;
mod metrics;
mod perform;
mod plans;
mod poll;
mod schedule;
pub mod settings;
mod subscribe;
mod trigger;
mod upkeep;
mod wait;

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use mortise_model::entry::End;
use mortise_model::id::Namespace;
use mortise_model::{RunId, Status, Timestamp};
use mortise_ports::journal::Owner;
use mortise_ports::{Plugins, Store};
use tokio::sync::{Notify, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use accept::choice::Shares;
pub use accept::{Accepted, NewEvent, Refusal};
pub use clock::{Clock, SystemClock, VirtualClock};
pub use links::{Address, Links};
pub use mortise_engine::{
    Defect, Misfit, NoReplay, PART_ITEMS, PartsDone, fits, fold, item_count, leaves_nothing,
    replayable,
};
pub use perform::receive::ReceiveError;
pub use plans::Activation;
pub use schedule::{BackfillError, Backfilled};
pub use settings::Settings;
pub use trigger::TriggerStatus;

/// A running engine over a store and a sandbox. Cloning gives another handle to the same one.
pub struct Runner<S, P> {
    inner: Arc<Inner<S, P>>,
}

/// What every task of the runner shares.
struct Inner<S, P> {
    store: Arc<S>,
    plugins: Arc<P>,
    clock: Arc<dyn Clock>,
    settings: Settings,
    owner: Owner,
    ids: clock::Ids,
    links: Links,
    plans: plans::Plans,
    gates: gate::Gates,
    triggers: trigger::Tasks,
    waiters: wait::Waiters,
    claims: lane::Claims,
    quarantine: Arc<lane::Quarantine>,
    metrics: metrics::Metrics,
    /// What runs took that had a choice.
    shares: accept::choice::Counts,
    /// One permit for each lane that is free.
    lanes: Arc<Semaphore>,
    /// One permit for each call that may be made beside those under way.
    calls: Arc<Semaphore>,
    /// Rings when there may be something to claim.
    news: Notify,
    /// Events on their way into the journal, which the store does not count yet.
    accepting: AtomicUsize,
    /// Nothing new is accepted or claimed.
    draining: CancellationToken,
    /// Lanes begin nothing new either.
    stopping: CancellationToken,
    tasks: TaskTracker,
}

impl<S, P> Inner<S, P> {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn new_run(&self) -> RunId {
        self.ids.next(&*self.clock)
    }
}

impl<S, P> Clone for Runner<S, P> {
    fn clone(&self) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
        }
    }
}

impl<S: Store, P: Plugins> Runner<S, P> {
    /// Starts the dispatcher, the scheduler and the upkeep on the current tokio runtime. Runs that a
    /// former process left are taken up at once.
    #[must_use]
    pub fn start(
        store: Arc<S>,
        plugins: Arc<P>,
        clock: Arc<dyn Clock>,
        settings: Settings,
    ) -> Self {
        let owner = Owner {
            name: clock::owner_name(&*clock),
            lease_ms: settings.lease_ms,
        };
        let inner = Arc::new(Inner {
            links: Links::new(&settings.public_url, store.callback_key()),
            store,
            plugins,
            clock,
            owner,
            ids: clock::Ids::default(),
            plans: plans::Plans::default(),
            gates: gate::Gates::new(&settings),
            triggers: trigger::Tasks::default(),
            waiters: wait::Waiters::default(),
            claims: lane::Claims::default(),
            quarantine: Arc::default(),
            metrics: metrics::Metrics::default(),
            shares: accept::choice::Counts::default(),
            lanes: Arc::new(Semaphore::new(settings.lanes)),
            calls: Arc::new(Semaphore::new(settings.calls_max)),
            news: Notify::new(),
            accepting: AtomicUsize::new(0),
            draining: CancellationToken::new(),
            stopping: CancellationToken::new(),
            tasks: TaskTracker::new(),
            settings,
        });
        tokio::spawn(carry(Arc::clone(&inner)));
        tokio::spawn(upkeep::run(Arc::clone(&inner)));
        tokio::spawn(upkeep::remove_old(Arc::clone(&inner)));
        Self { inner }
    }

    /// What time it is.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.inner.clock.time_of_day()
    }

    /// The store, for reading.
    #[must_use]
    pub fn store(&self) -> &S {
        &self.inner.store
    }

    /// The sandbox, for listing plugins.
    #[must_use]
    pub fn plugins(&self) -> &P {
        &self.inner.plugins
    }

    /// The addresses at which steps can be told something.
    #[must_use]
    pub fn links(&self) -> &Links {
        &self.inner.links
    }

    /// Replaces what is active in a namespace: triggers and retention follow it from now on. Webhook
    /// routes are the listener's business. The plans are those that the catalog published.
    pub fn activate(&self, namespace: &Namespace, activation: Activation) {
        self.inner.plans.activate(namespace, &activation);
        if let Some(rates) = &activation.rates {
            self.inner.gates.rates(namespace, rates);
        }
        trigger::replace(&self.inner, namespace, &activation.plans);
    }

    /// Makes an event durable as a new run and returns when it is.
    ///
    /// # Errors
    /// Why it was refused; nothing was kept then.
    pub async fn accept(&self, event: NewEvent) -> Result<Accepted, Refusal> {
        accept::accept(&self.inner, event, |_| ())
            .await
            .map(|(accepted, ())| accepted)
    }

    /// As [`Runner::accept`], and then waits for the run to come to rest, at most for `timeout`: how
    /// it ended, or none where it has not by then.
    ///
    /// # Errors
    /// Why it was refused; nothing was kept then.
    pub async fn accept_and_wait(
        &self,
        event: NewEvent,
        timeout: Duration,
    ) -> Result<(Accepted, Option<Arc<End>>), Refusal> {
        let plan = Arc::clone(&event.plan.plan);
        let has_keys = plan.concurrency.is_some() || plan.deduplicate.is_some();
        // The ear is out before the run can end, so that nothing is missed.
        let waiters = &self.inner.waiters;
        let (accepted, ticket) =
            accept::accept(&self.inner, event, |run| waiters.register(run)).await?;
        // A key may have found a run that is there, or ended this one at once.
        if accepted.duplicate || has_keys {
            let end = wait::for_rest(&self.inner, &plan.namespace, accepted.run, timeout).await;
            return Ok((accepted, end));
        }
        let end = tokio::time::timeout(timeout, ticket.rest())
            .await
            .ok()
            .flatten();
        Ok((accepted, end))
    }

    /// Waits until a run is at rest, at most for `timeout`; none where it is not by then or does not
    /// exist. A run that is at rest already answers at once.
    pub async fn wait(
        &self,
        namespace: &Namespace,
        run: RunId,
        timeout: Duration,
    ) -> Option<Status> {
        wait::for_rest(&self.inner, namespace, run, timeout)
            .await
            .map(|end| end.status())
    }

    /// Whether new events are accepted: not while draining or while the disk is full.
    #[must_use]
    pub fn readiness(&self) -> Readiness {
        if self.inner.draining.is_cancelled() {
            Readiness::Draining
        } else if self.inner.store.is_full() {
            Readiness::DiskFull
        } else {
            Readiness::Ready
        }
    }

    /// Numbers for `/metrics`: name, help and value; counters since the start, and gauges.
    #[must_use]
    pub fn metrics(&self) -> Vec<(&'static str, &'static str, u64)> {
        metrics::all(&self.inner)
    }

    /// The runs that were accepted since the start while a rollout of this name, such as
    /// `acme/shop@1.2.0`, gave them a choice.
    #[must_use]
    pub fn shares(&self, namespace: &Namespace, rollout: &str) -> Shares {
        self.inner.shares.of(namespace, rollout)
    }

    /// Stops accepting and claiming, and lets the runs in lanes come to rest or to a wait for half of
    /// `timeout`. Those that are left then begin nothing new: their calls come to an end in the other
    /// half, and what they gave is kept. Returns whether all did; every run goes on after the next
    /// start.
    pub async fn drain(&self, timeout: Duration) -> bool {
        self.inner.draining.cancel();
        self.inner.news.notify_one();
        self.inner.tasks.close();
        let mut rested = tokio::time::timeout(timeout / 2, self.inner.tasks.wait()).await;
        if rested.is_err() {
            self.inner.stopping.cancel();
            rested = tokio::time::timeout(timeout / 2, self.inner.tasks.wait()).await;
        }
        gate::save(&self.inner).await;
        // Whoever waits for a run that goes on after the next start is told so, and not cut off.
        self.inner.waiters.dismiss();
        rested.is_ok()
    }
}

/// Takes up what a former process knew of applications, and then its runs.
async fn carry<S: Store, P: Plugins>(inner: Arc<Inner<S, P>>) {
    if let Err(error) = inner.gates.load(&*inner.store).await {
        tracing::error!(%error, "what was known of applications cannot be read: every gate is open");
    }
    tokio::spawn(gate::keep(Arc::clone(&inner)));
    dispatch::run(inner).await;
}

/// Whether new events are accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readiness {
    /// They are.
    Ready,
    /// The process is stopping.
    Draining,
    /// There is no room on the disk.
    DiskFull,
}
