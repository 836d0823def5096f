//! What every handler shares.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError};

use mortise_model::Digest;
use mortise_model::id::Namespace;
use mortise_ports::catalog::{Active, ActivePlan, Rollout};
use mortise_ports::tokens::Token;
use mortise_ports::{Plugins, Store, StoreError};
use mortise_runner::{Activation, Runner};
use mortise_vault::Connections;
use tokio::sync::{Mutex, RwLock};

use crate::admin::Caller;
use crate::admin::logins::Logins;
use crate::audit::{self, Change};
use crate::connections::Keep;
use crate::query::{Extent, Seen};
use crate::reload::{Changes, Reload, ReloadError};
use crate::rollouts::{Outlook, RolloutError, RolloutView, Wanted};
use crate::routes::Routes;
use crate::settings::Settings;
use crate::tokens;

/// A daemon as its listeners see it. Cloning gives another handle to the same one.
pub struct App<S, P> {
    shared: Arc<Shared<S, P>>,
    /// Who asks; nobody where the daemon acts by itself.
    caller: Option<Arc<Caller>>,
}

struct Shared<S, P> {
    runner: Runner<S, P>,
    settings: Settings,
    routes: Routes,
    token: String,
    /// As the store keeps them; none where that has to be looked up.
    tokens: RwLock<Option<Vec<Token>>>,
    logins: Logins,
    counters: Counters,
    namespaces: std::sync::RwLock<BTreeSet<Namespace>>,
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
            caller: self.caller.clone(),
        }
    }
}

impl<S: Store, P: Plugins> App<S, P> {
    /// A daemon's face over a running engine. `token` is what the admin listener asks for.
    #[must_use]
    pub fn new(runner: Runner<S, P>, settings: Settings, token: String, hands: Hands) -> Self {
        Self {
            caller: None,
            shared: Arc::new(Shared {
                runner,
                routes: Routes::default(),
                token,
                tokens: RwLock::default(),
                logins: Logins::new(&settings),
                settings,
                counters: Counters::default(),
                namespaces: std::sync::RwLock::default(),
                reload: Mutex::new(hands.reload),
                keeper: hands.keeper,
                connections: hands.connections,
            }),
        }
    }

    /// Makes plans active: triggers, retention and routes follow them from now on.
    pub fn activate(&self, namespace: &Namespace, activation: Activation) {
        self.serve(namespace, &activation.plans);
        self.shared.runner.activate(namespace, activation);
    }

    /// Serves the hooks of plans that are active already.
    pub fn serve(&self, namespace: &Namespace, plans: &[ActivePlan]) {
        self.shared.routes.replace(namespace, plans);
        let namespaces = self.shared.namespaces.write();
        let mut namespaces = namespaces.unwrap_or_else(PoisonError::into_inner);
        namespaces.insert(namespace.clone());
    }

    /// The namespaces that were served since the start.
    #[must_use]
    pub fn namespaces(&self) -> Vec<Namespace> {
        let namespaces = self.shared.namespaces.read();
        let namespaces = namespaces.unwrap_or_else(PoisonError::into_inner);
        namespaces.iter().cloned().collect()
    }

    /// Reads manifests again and makes them active, all or nothing, and logs what that changes: those
    /// of the namespace that is asked about, or of all where nobody names one.
    ///
    /// # Errors
    /// Why everything stays as it was; that is logged as well.
    pub async fn reload(&self) -> Result<(Changes, Change), ReloadError> {
        let reload = self.shared.reload.lock().await;
        let only = self.caller().filter(|caller| caller.is_named);
        let only = only.map(|caller| caller.namespace.clone());
        let before = self.active(only.as_ref()).await?;
        let loaded = match &*reload {
            Some(reload) => reload.load(only.clone()).await,
            None => Err(ReloadError::NoFolder),
        };
        let loaded = loaded.inspect_err(log_reload_error)?;
        let mut changes = Vec::new();
        for reloaded in loaded {
            self.activate(&reloaded.namespace, reloaded.activation);
            changes.push((reloaded.namespace, reloaded.changes));
        }
        let changes = match (&only, changes.len()) {
            (Some(_), 1) => changes.remove(0).1,
            _ => Changes::of_all(changes),
        };
        tracing::info!(%changes, "the manifests were read again");
        let change = Change {
            target: match &only {
                Some(namespace) => format!("the manifests of {namespace}"),
                None => "the manifests of all namespaces".to_owned(),
            },
            before: Some(before),
            after: Some(self.active(only.as_ref()).await?),
        };
        Ok((changes, change))
    }

    /// What a version of a plugin would change.
    ///
    /// # Errors
    /// Why that cannot be said.
    pub async fn outlook(&self, plugin: String, version: String) -> Result<Outlook, RolloutError> {
        let reload = self.shared.reload.lock().await;
        let reload = reload.as_ref().ok_or(RolloutError::NoFolder)?;
        reload.outlook(self.namespace(), plugin, version).await
    }

    /// Has a share of the new runs take a version of a plugin from now on.
    ///
    /// # Errors
    /// Why everything stays as it was.
    pub async fn roll_out(&self, wanted: Wanted) -> Result<(RolloutView, Change), RolloutError> {
        let namespace = self.namespace();
        let reload = self.shared.reload.lock().await;
        let reload = reload.as_ref().ok_or(RolloutError::NoFolder)?;
        let before = audit::active(self.store(), &namespace).await?;
        let (rollout, active) = reload.roll_out(namespace.clone(), wanted).await?;
        let runs = self.runner().shares(&namespace, &rollout.name());
        let view = RolloutView::new(&rollout, &active, Some(runs));
        self.exchange(&namespace, active);
        let (plugin, share) = (rollout.name(), rollout.share);
        tracing::info!(%namespace, plugin, share, "a version of a plugin is rolled out");
        let change = Change {
            target: format!("{plugin} to {share} of 100 new runs"),
            before: Some(before),
            after: Some(audit::active(self.store(), &namespace).await?),
        };
        Ok((view, change))
    }

    /// Has new runs take none of it any more: what was rolled out, and whether the next reload would
    /// take it for all runs.
    ///
    /// # Errors
    /// Why everything stays as it was.
    pub async fn roll_back(&self, plugin: String) -> Result<(Rollout, bool, Change), RolloutError> {
        let namespace = self.namespace();
        let reload = self.shared.reload.lock().await;
        let reload = reload.as_ref().ok_or(RolloutError::NoFolder)?;
        let before = audit::active(self.store(), &namespace).await?;
        let (rollout, active, comes_back) = reload.roll_back(namespace.clone(), plugin).await?;
        self.exchange(&namespace, active);
        let plugin = rollout.name();
        tracing::info!(%namespace, plugin, "a version of a plugin is rolled back");
        let change = Change {
            target: plugin,
            before: Some(before),
            after: Some(audit::active(self.store(), &namespace).await?),
        };
        Ok((rollout, comes_back, change))
    }

    /// Follows what was published, with the rates of connections as they are.
    fn exchange(&self, namespace: &Namespace, active: Active) {
        let activation = Activation {
            plans: active.plans,
            paused: active.paused,
            rates: None,
        };
        self.activate(namespace, activation);
    }

    /// What is active in a namespace, or in all that are served.
    async fn active(&self, only: Option<&Namespace>) -> Result<Digest, ReloadError> {
        let failed = |error: StoreError| ReloadError::Failed(error.to_string());
        if let Some(namespace) = only {
            return audit::active(self.store(), namespace).await.map_err(failed);
        }
        let mut all = Vec::new();
        for namespace in self.namespaces() {
            let active = audit::active(self.store(), &namespace).await;
            all.push((namespace, active.map_err(failed)?));
        }
        Ok(audit::digest(&all))
    }

    /// The same without anybody who asks over the listener: a signal, or a folder that changed. What
    /// comes of it is logged, and told to the audit log.
    pub async fn reload_by_itself(&self) {
        let Ok((_, change)) = self.reload().await else {
            return;
        };
        let what = ("a signal or a changed file", "workflows.reload");
        let deed = change.deed(what, None, self.runner().now());
        if let Err(error) = self.store().audit(deed).await {
            tracing::error!(%error, "the audit log does not have the reload");
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

    /// The same daemon, for somebody who asks.
    pub(crate) fn acting(&self, caller: Arc<Caller>) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            caller: Some(caller),
        }
    }

    /// Who asks.
    pub(crate) fn caller(&self) -> Option<&Caller> {
        self.caller.as_deref()
    }

    /// The namespace that is asked about.
    #[must_use]
    pub fn namespace(&self) -> Namespace {
        let caller = self.caller();
        caller.map_or_else(Namespace::default_namespace, |c| c.namespace.clone())
    }

    /// The token that has this text.
    pub(crate) async fn token_of(&self, text: &str) -> Result<Option<Token>, StoreError> {
        if let Some(known) = &*self.shared.tokens.read().await {
            return Ok(tokens::find(known, text).cloned());
        }
        let mut known = self.shared.tokens.write().await;
        let kept = self.store().tokens().await?;
        let found = tokens::find(&kept, text).cloned();
        *known = Some(kept);
        Ok(found)
    }

    /// Changes tokens; whoever comes next is held against those that are there then.
    pub(crate) async fn change_tokens<T>(&self, change: impl Future<Output = T>) -> T {
        let mut known = self.shared.tokens.write().await;
        *known = None;
        change.await
    }

    /// Failed logins.
    pub(crate) fn logins(&self) -> &Logins {
        &self.shared.logins
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

fn log_reload_error(error: &ReloadError) {
    tracing::error!(%error, "the manifests were not reloaded");
    if let ReloadError::Invalid(diagnostics) = error {
        for found in diagnostics {
            let at = format!("{}:{}:{}", found.file, found.line, found.column);
            tracing::error!(at, code = %found.code, help = found.help, "{}", found.message);
        }
    }
}
