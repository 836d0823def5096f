//! Carries runs from acceptance to rest: the tasks around the pure engine.
//!
//! An event comes in through [`Runner::accept`] and is durable when that returns. A **lane** is a
//! task that works on one run at a time: it claims the run, asks the engine what follows, has the
//! journal keep it and performs the commands. There are as many lanes as the settings say and not
//! one more, so what runs at the same moment is bounded; what is accepted and not at rest is
//! bounded as well, and past that bound senders are told to come back later.
//!
//! Reading order: [`settings`]; [`clock`], the only place that reads time and randomness;
//! [`accept`]; [`lane`], the spiral of decide, commit, apply, perform; [`perform`] and
//! [`evaluate`]; [`schedule`]; [`drain`].

pub mod accept;
pub mod clock;
pub mod settings;

use std::sync::Arc;
use std::time::Duration;

use mortise_model::id::Namespace;
use mortise_model::{RunId, Status};
use mortise_ports::catalog::ActivePlan;
use mortise_ports::{Plugins, Store};

pub use accept::{Accepted, NewEvent, Refusal};
pub use settings::Settings;

/// A running engine over a store and a sandbox. Cloning gives another handle to the same one.
pub struct Runner<S, P> {
    inner: Arc<Inner<S, P>>,
}

struct Inner<S, P> {
    store: Arc<S>,
    plugins: Arc<P>,
}

impl<S, P> Clone for Runner<S, P> {
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner) }
    }
}

impl<S: Store, P: Plugins> Runner<S, P> {
    /// Starts the lanes and the scheduler on the current tokio runtime.
    #[must_use]
    pub fn start(store: Arc<S>, plugins: Arc<P>, _settings: Settings) -> Self {
        Self { inner: Arc::new(Inner { store, plugins }) }
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

    /// Replaces the active plans of a namespace: schedules follow them from now on. Webhook routes
    /// are the listener's business. The plans are those that the catalog published.
    pub fn activate(&self, _namespace: &Namespace, _plans: Vec<ActivePlan>) {}

    /// Makes an event durable as a new run and returns when it is.
    ///
    /// # Errors
    /// Why it was refused; nothing was kept then.
    pub async fn accept(&self, _event: NewEvent) -> Result<Accepted, Refusal> {
        Err(Refusal::Draining)
    }

    /// Waits until a run is at rest, at most for `timeout`; none where it is not by then. Register
    /// before the event is accepted is not needed: a run that is at rest already answers at once.
    pub async fn wait(&self, _namespace: &Namespace, _run: RunId, _timeout: Duration) -> Option<Status> {
        None
    }

    /// Whether new events are accepted: not while draining or while the disk is full.
    #[must_use]
    pub fn readiness(&self) -> Readiness {
        Readiness::Ready
    }

    /// Numbers for `/metrics`: name, help and value, counters since the start and gauges.
    #[must_use]
    pub fn metrics(&self) -> Vec<(&'static str, &'static str, u64)> {
        Vec::new()
    }

    /// Stops accepting, lets runs in lanes come to rest or to their next durable entry for at most
    /// `timeout`, then returns. Runs that are not at rest go on after the next start.
    pub async fn drain(&self, _timeout: Duration) {}
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
