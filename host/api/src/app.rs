//! What every handler shares.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use mortise_model::id::Namespace;
use mortise_ports::{Plugins, Store};
use mortise_runner::{Activation, Runner};
use mortise_vault::Connections;
use tokio::sync::Mutex;

use crate::connections::Keep;
use crate::query::{Extent, Seen};
use crate::reload::{Changes, Reload, ReloadError};
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
    /// One reload at a time.
    reload: Mutex<Option<Box<dyn Reload>>>,
    keeper: Option<Arc<dyn Keep>>,
    connections: Arc<Connections>,
}

/// What whoever assembles the process does for its listeners.
#[derive(Default)]
pub struct Hands {
    /// Reads the manifests again; without it they stay as they are.
    pub reload: Option<Box<dyn Reload>>,
    /// Keeps the connections that have secrets.
    pub keeper: Option<Arc<dyn Keep>>,
    /// The connections that there are now.
    pub connections: Arc<Connections>,
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
    pub fn new(runner: Runner<S, P>, settings: Settings, token: String, hands: Hands) -> Self {
        Self {
            shared: Arc::new(Shared {
                runner,
                settings,
                routes: Routes::default(),
                token,
                counters: Counters::default(),
                reload: Mutex::new(hands.reload),
                keeper: hands.keeper,
                connections: hands.connections,
            }),
        }
    }

    /// Makes plans active: triggers, retention and routes follow them from now on.
    pub fn activate(&self, namespace: &Namespace, activation: Activation) {
        self.shared.routes.replace(&activation.plans);
        self.shared.runner.activate(namespace, activation);
    }

    /// Reads the manifests again and makes them active, all or nothing, and logs what that changes.
    ///
    /// # Errors
    /// Why everything stays as it was; that is logged as well.
    pub async fn reload(&self) -> Result<Changes, ReloadError> {
        let reload = self.shared.reload.lock().await;
        let loaded = match &*reload {
            Some(reload) => reload.load().await,
            None => Err(ReloadError::NoFolder),
        };
        match loaded {
            Ok(reloaded) => {
                self.activate(&self.namespace(), reloaded.activation);
                tracing::info!(changes = %reloaded.changes, "the manifests were read again");
                Ok(reloaded.changes)
            }
            Err(error) => {
                tracing::error!(%error, "the manifests were not reloaded");
                if let ReloadError::Invalid(diagnostics) = &error {
                    for found in diagnostics {
                        let at = format!("{}:{}:{}", found.file, found.line, found.column);
                        tracing::error!(at, code = %found.code, help = found.help, "{}", found.message);
                    }
                }
                Err(error)
            }
        }
    }

    /// Waits for a reload that is under way: what is active and what is served are the same then.
    pub async fn settled(&self) {
        drop(self.shared.reload.lock().await);
    }

    /// How this process shows runs.
    #[must_use]
    pub fn seen(&self, extent: Extent) -> Seen<'_> {
        Seen {
            extent,
            links: self.shared.runner.links(),
        }
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

    /// The connections that there are now.
    pub(crate) fn connections(&self) -> &Connections {
        &self.shared.connections
    }

    /// Who keeps the connections that have secrets.
    pub(crate) fn keeper(&self) -> Option<&dyn Keep> {
        self.shared.keeper.as_deref()
    }

    /// The admin listener's token.
    pub(crate) fn token(&self) -> &str {
        &self.shared.token
    }
}
