//! What every handler shares.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use mortise_model::id::Namespace;
use mortise_ports::catalog::ActivePlan;
use mortise_ports::{Plugins, Store};
use mortise_runner::Runner;

use crate::routes::Routes;
use crate::settings::Settings;

/// A daemon as its listeners see it. Cloning gives another handle to the same one.
pub struct App<S, P> {
    shared: Arc<Shared<S, P>>,
}

struct Shared<S, P> {
    runner: Runner<S, P>,
    settings: Settings,
    routes: Routes,
    token: String,
    counters: Counters,
}

/// What the listeners count since the start.
#[derive(Debug, Default)]
pub struct Counters {
    /// Requests to the hooks listener.
    pub hook_requests: AtomicU64,
    /// Of those, the ones that were refused because of the request: 4xx but 429.
    pub hook_rejected: AtomicU64,
    /// Of those, the ones that were told to come back: 429 and 503.
    pub hook_deferred: AtomicU64,
    /// Events that were accepted, duplicates included.
    pub hook_accepted: AtomicU64,
}

impl Counters {
    /// Adds one.
    pub fn count(counter: &AtomicU64) {
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

impl<S, P> Clone for App<S, P> {
    fn clone(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
        }
    }
}

impl<S: Store, P: Plugins> App<S, P> {
    /// A daemon's face over a running engine. `token` is what the admin listener asks for.
    #[must_use]
    pub fn new(runner: Runner<S, P>, settings: Settings, token: String) -> Self {
        Self {
            shared: Arc::new(Shared {
                runner,
                settings,
                routes: Routes::default(),
                token,
                counters: Counters::default(),
            }),
        }
    }

    /// Makes plans active: schedules and routes follow them from now on.
    pub fn activate(&self, namespace: &Namespace, plans: Vec<ActivePlan>) {
        self.shared.routes.replace(&plans);
        self.shared.runner.activate(namespace, plans);
    }

    /// The namespace of this process's workflows.
    #[must_use]
    pub fn namespace(&self) -> Namespace {
        Namespace::default_namespace()
    }

    /// The engine.
    #[must_use]
    pub fn runner(&self) -> &Runner<S, P> {
        &self.shared.runner
    }

    /// The store, for reading.
    #[must_use]
    pub fn store(&self) -> &S {
        self.shared.runner.store()
    }

    /// The limits.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.shared.settings
    }

    /// The routes of the hooks listener.
    #[must_use]
    pub fn routes(&self) -> &Routes {
        &self.shared.routes
    }

    /// What the listeners count.
    #[must_use]
    pub fn counters(&self) -> &Counters {
        &self.shared.counters
    }

    /// The admin listener's token.
    pub(crate) fn token(&self) -> &str {
        &self.shared.token
    }
}
