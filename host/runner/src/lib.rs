//! Carries runs from acceptance to rest: the tasks around the pure engine.
//!
//! An event comes in through [`Runner::accept`] and is durable when that returns. A **lane** is a
//! task that works on one run at a time: it asks the engine what follows, has the journal keep it
//! and performs the commands. There are as many lanes as the settings say and not one more, so what
//! runs at the same moment is bounded; what is accepted and not at rest is bounded as well, and
//! past that bound senders are told to come back later.
//!
//! Reading order: [`settings`]; `clock`, the only place that reads time and randomness;
//! [`accept`]; `dispatch`, which claims runs for free lanes; `lane`, the spiral of decide, commit,
//! apply, perform; `perform` and `evaluate`; `wait`; `schedule`; `upkeep`.

pub mod accept;
mod clock;
mod dispatch;
mod evaluate;
mod lane;
mod metrics;
mod perform;
mod plans;
mod schedule;
pub mod settings;
mod upkeep;
mod wait;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use mortise_model::entry::End;
use mortise_model::id::Namespace;
use mortise_model::{RunId, Status};
use mortise_ports::catalog::ActivePlan;
use mortise_ports::journal::Owner;
use mortise_ports::{Plugins, Store};
use tokio::sync::{Notify, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use accept::{Accepted, NewEvent, Refusal};
pub use settings::Settings;

/// A running engine over a store and a sandbox. Cloning gives another handle to the same one.
pub struct Runner<S, P> {
    inner: Arc<Inner<S, P>>,
}

/// What every task of the runner shares.
struct Inner<S, P> {
    store: Arc<S>,
    plugins: Arc<P>,
    settings: Settings,
    owner: Owner,
    plans: plans::Plans,
    schedules: schedule::Schedules,
    waiters: wait::Waiters,
    claims: lane::Claims,
    metrics: metrics::Metrics,
    /// One permit for each lane that is free.
    lanes: Arc<Semaphore>,
    /// Rings when there may be something to claim.
    news: Notify,
    /// Events on their way into the journal, which the store does not count yet.
    accepting: AtomicUsize,
    /// Set when the store has said that the disk is full, until it accepts again.
    full: std::sync::atomic::AtomicBool,
    draining: CancellationToken,
    tasks: TaskTracker,
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
    pub fn start(store: Arc<S>, plugins: Arc<P>, settings: Settings) -> Self {
        let owner = Owner {
            name: clock::owner_name(),
            lease_ms: settings.lease_ms,
        };
        let inner = Arc::new(Inner {
            store,
            plugins,
            owner,
            plans: plans::Plans::default(),
            schedules: schedule::Schedules::default(),
            waiters: wait::Waiters::default(),
            claims: lane::Claims::default(),
            metrics: metrics::Metrics::default(),
            lanes: Arc::new(Semaphore::new(settings.lanes)),
            news: Notify::new(),
            accepting: AtomicUsize::new(0),
            full: std::sync::atomic::AtomicBool::new(false),
            draining: CancellationToken::new(),
            tasks: TaskTracker::new(),
            settings,
        });
        tokio::spawn(dispatch::run(Arc::clone(&inner)));
        tokio::spawn(schedule::run(Arc::clone(&inner)));
        tokio::spawn(upkeep::run(Arc::clone(&inner)));
        Self { inner }
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

    /// Replaces the active plans of a namespace: schedules and retention follow them from now on.
    /// Webhook routes are the listener's business. The plans are those that the catalog published.
    pub fn activate(&self, namespace: &Namespace, plans: Vec<ActivePlan>) {
        self.inner.plans.activate(namespace, &plans);
        self.inner.schedules.replace(namespace, plans);
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
        let namespace = event.plan.plan.namespace.clone();
        // The ear is out before the run can end, so that nothing is missed.
        let waiters = &self.inner.waiters;
        let (accepted, ticket) =
            accept::accept(&self.inner, event, |run| waiters.register(run)).await?;
        if accepted.duplicate {
            let end = wait::for_rest(&self.inner, &namespace, accepted.run, timeout).await;
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
        } else if self.inner.full.load(Ordering::Relaxed) {
            Readiness::DiskFull
        } else {
            Readiness::Ready
        }
    }

    /// Numbers for `/metrics`: name, help and value; counters since the start, and gauges.
    #[must_use]
    pub fn metrics(&self) -> Vec<(&'static str, &'static str, u64)> {
        let free = self.inner.lanes.available_permits();
        let busy = self.inner.settings.lanes.saturating_sub(free);
        let mut all = self.inner.metrics.all();
        all.push((
            "mortise_runs_live",
            "runs that are accepted and not at rest",
            self.inner.store.live() as u64,
        ));
        all.push((
            "mortise_lanes_busy",
            "runs that are being worked on",
            busy as u64,
        ));
        all
    }

    /// Stops accepting and claiming, lets the runs in lanes come to rest or to a wait for at most
    /// `timeout`, then returns whether they all did. What is left goes on after the next start.
    pub async fn drain(&self, timeout: Duration) -> bool {
        self.inner.draining.cancel();
        self.inner.news.notify_one();
        self.inner.tasks.close();
        let rested = tokio::time::timeout(timeout, self.inner.tasks.wait()).await;
        // Whoever waits for a run that goes on after the next start is told so, and not cut off.
        self.inner.waiters.dismiss();
        rested.is_ok()
    }
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
