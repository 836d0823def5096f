//! From manifests to what is active: at the start of a process, and again at each reload.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use mortise_api::reload::{Changes, Loading, Reload, ReloadError, Reloaded};
use mortise_api::rollouts::{self, Outlook, RolloutError, Trying, Wanted};
use mortise_manifest::{Diagnostic, Level};
use mortise_model::connection::Rate;
use mortise_model::descriptor::Plugin;
use mortise_model::plan::Source as TriggerSource;
use mortise_model::{Connection, ConnectionName, Namespace, Plan};
use mortise_ports::Catalog as _;
use mortise_ports::catalog::{Active, Publication, Rollout};
use mortise_runner::Activation;
use mortise_sandbox::Sandbox;
use mortise_store::SledStore;
use mortise_vault::Connections;
use tokio::sync::Mutex;

use crate::approved::Approved;
use crate::exit::{Outcome, Stop};
use crate::keeper::Keeper;
use crate::manifests::{Checked, Manifests, has_errors};
use crate::plugins::{self, Loaded};
use crate::rollouts::Source;
use crate::settings::Settings;
use crate::wire;

/// What checked manifests are published with.
#[derive(Clone)]
pub struct Publisher {
    /// The plugins' folder is looked at again each time.
    pub settings: Settings,
    /// Where plans and plugins are kept.
    pub store: Arc<SledStore>,
    /// Where plugins are compiled.
    pub sandbox: Arc<Sandbox>,
    /// The connections that calls may use.
    pub connections: Arc<Connections>,
    /// Who keeps those that have secrets.
    pub keeper: Arc<Keeper>,
    /// Plugins that are there without a file.
    pub approved: Approved,
    /// Where versions that are rolled out come from.
    pub sources: Vec<Arc<dyn Source>>,
}

/// What came of publishing.
pub enum Published {
    /// Everything is durable and may be made active; there may be warnings.
    Done(Vec<Reloaded>, Vec<Diagnostic>),
    /// The manifests have errors; nothing has changed.
    Invalid(Vec<Diagnostic>),
}

/// The manifests of a namespace that passed.
pub struct Passed<'a> {
    manifests: &'a Manifests,
    checked: Checked,
    /// Its connections that are in no file.
    kept: Vec<Connection>,
    /// What is active up to now.
    pub before: Active,
    /// What they were checked against.
    plugins: Vec<Arc<Plugin>>,
}

impl Passed<'_> {
    /// Whose they are.
    pub fn namespace(&self) -> &Namespace {
        &self.checked.namespace
    }

    /// Their plans.
    pub fn plans(&self) -> &[Plan] {
        &self.checked.plans
    }

    /// The same manifests with a plugin that is taken wherever one of its name is meant.
    pub fn check_with(&self, instead: &Arc<Plugin>) -> Checked {
        let Self { plugins, kept, .. } = self;
        self.manifests
            .check_with(plugins, Some(kept), Some(instead))
    }
}

impl Publisher {
    /// Checks the manifests of namespaces against the plugins that are there now, and publishes their
    /// plans: where one has an error, none of them. What is being rolled out goes on beside them.
    ///
    /// # Errors
    /// Where the plugins or the store cannot be used; nothing has changed then.
    pub async fn publish(&self, manifests: &[Manifests]) -> Outcome<Published> {
        let mut loaded = wire::load_plugins(&self.sandbox, &self.settings).await?;
        loaded.approved = self.approved.meant_by(manifests, &loaded.all()).await?;
        let (mut passed, mut diagnostics) = (Vec::new(), Vec::new());
        for one in manifests {
            let mut one = self.check(one, &loaded).await?;
            diagnostics.append(&mut one.checked.diagnostics);
            diagnostics.extend(self.crowded(one.manifests, manifests).await?);
            passed.push(one);
        }
        if has_errors(&diagnostics) {
            return Ok(Published::Invalid(diagnostics));
        }
        let mut done = Vec::new();
        for passed in passed {
            done.push(self.publish_one(passed, &loaded).await?);
        }
        Ok(Published::Done(done, diagnostics))
    }

    /// Checks the manifests of a namespace. A version that is being rolled out is not taken by itself,
    /// as the newest one would be: only where manifests or lock ask for nothing else.
    async fn check<'a>(&self, manifests: &'a Manifests, loaded: &Loaded) -> Outcome<Passed<'a>> {
        let kept = self.keeper.described(&manifests.namespace).await?;
        let before = self.store.active(&manifests.namespace).await?;
        let mut plugins = loaded.all();
        let mut checked = None;
        if !before.rollouts.is_empty() {
            if let Some(held) = self.held_back(&before, &plugins).await {
                let found = manifests.check(&held, Some(&kept));
                checked = (!has_errors(&found.diagnostics)).then_some((found, held));
            }
            plugins = self.with_rollouts(&before, plugins).await;
        }
        let (checked, plugins) = checked.unwrap_or_else(|| {
            let checked = manifests.check(&plugins, Some(&kept));
            (checked, plugins)
        });
        Ok(Passed {
            checked,
            manifests,
            kept,
            before,
            plugins,
        })
    }

    async fn publish_one(&self, passed: Passed<'_>, loaded: &Loaded) -> Outcome<Reloaded> {
        let connections = passed.checked.connections(&passed.kept)?;
        plugins::keep(&self.store, loaded, &passed.checked.plans).await?;
        let rates = rates(&passed.checked, &passed.plugins);
        let rollouts = self.go_on(&passed).await;
        let namespace = passed.checked.namespace;
        let before = passed.before;
        let publication = Publication {
            plans: passed.checked.plans,
            rollouts,
        };
        let after = self
            .store
            .publish(&namespace, before.revision, publication)
            .await?;
        self.connections.replace_in(&namespace, connections);
        let changes = Changes::between(&before, &after);
        let activation = Activation {
            plans: after.plans,
            paused: after.paused,
            rates: Some(rates),
        };
        Ok(Reloaded {
            namespace,
            activation,
            changes,
        })
    }

    /// Hooks of the default namespace that lie where those of this one would be served. Where its
    /// manifests are checked as well, that is found there.
    async fn crowded(&self, one: &Manifests, all: &[Manifests]) -> Outcome<Vec<Diagnostic>> {
        if all.iter().any(|one| one.namespace.is_default()) {
            return Ok(Vec::new());
        }
        let active = self.store.active(&Namespace::default_namespace()).await?;
        let prefix = format!("/{}/", one.namespace);
        let triggers = active.plans.iter().flat_map(|plan| &plan.plan.triggers);
        let hooks = triggers.filter_map(|trigger| match &trigger.source {
            TriggerSource::Webhook(webhook) if webhook.path.starts_with(&prefix) => {
                Some(&webhook.path)
            }
            _ => None,
        });
        let hooks = hooks.map(|path| Diagnostic {
            code: mortise_manifest::Code::DuplicateWebhook,
            level: Level::Error,
            file: one.folder.display().to_string(),
            line: 1,
            column: 1,
            message: format!(
                "a webhook of the namespace `default` is served at `{path}`, where the hooks of this one begin"
            ),
            help: "give the folder another name, or that webhook another path".to_owned(),
        });
        Ok(hooks.collect())
    }
}

/// How often applications may be asked: what the connection says, else what the plugin says that is
/// called through it.
fn rates(checked: &Checked, plugins: &[Arc<Plugin>]) -> Vec<(ConnectionName, Rate)> {
    let described = checked.described.iter();
    described
        .filter_map(|connection| {
            let name = &connection.name;
            let rate = connection.rate;
            let rate = rate.or_else(|| rate_of_plugin(name, &checked.plans, plugins));
            Some((name.clone(), rate?))
        })
        .collect()
}

fn rate_of_plugin(name: &ConnectionName, plans: &[Plan], plugins: &[Arc<Plugin>]) -> Option<Rate> {
    let operations = plans.iter().flat_map(Plan::operations);
    let mut used = operations.filter(|operation| operation.connection.as_ref() == Some(name));
    used.find_map(|operation| {
        plugins
            .iter()
            .filter(|plugin| plugin.digest == operation.digest)
            .find_map(|plugin| plugin.descriptor.rate)
    })
}

/// Reads a folder of manifests again.
pub struct Reloader {
    /// What they are published with.
    publisher: Publisher,
    /// The folder.
    folder: PathBuf,
    /// The namespaces that were there the last time.
    served: Mutex<BTreeSet<Namespace>>,
}

impl Reloader {
    /// Reads a folder again that has served these namespaces.
    pub fn new(publisher: Publisher, folder: &Path, served: BTreeSet<Namespace>) -> Self {
        Self {
            publisher,
            folder: folder.to_owned(),
            served: Mutex::new(served),
        }
    }

    /// What is published now: the manifests of all namespaces or of one. One whose folder is gone has
    /// none any more.
    async fn read(
        &self,
        only: Option<&Namespace>,
        served: &BTreeSet<Namespace>,
    ) -> Result<Vec<Manifests>, ReloadError> {
        let folder = self.folder.clone();
        let read = tokio::task::spawn_blocking(move || Manifests::of_namespaces(&folder)).await;
        let read = read.map_err(|error| ReloadError::Failed(error.to_string()))?;
        let mut all = read.map_err(failed)?;
        for namespace in served {
            if !all.iter().any(|one| one.namespace == *namespace) {
                all.push(Manifests::gone(&self.folder, namespace.clone()));
            }
        }
        if let Some(only) = only {
            all.retain(|one| one.namespace == *only);
            if all.is_empty() {
                return Err(ReloadError::NoNamespace(only.clone()));
            }
        }
        Ok(all)
    }
}

impl Reloader {
    /// The manifests of a namespace as they lie there now.
    async fn only(&self, namespace: Namespace) -> Result<Manifests, RolloutError> {
        let served = self.served.lock().await;
        let read = self.read(Some(&namespace), &served).await;
        let mut all = read.map_err(|error| match error {
            ReloadError::NoNamespace(_) => RolloutError::Unknown(error.to_string()),
            other => RolloutError::Failed(other.to_string()),
        })?;
        all.pop().ok_or(RolloutError::NoFolder)
    }
}

impl Reload for Reloader {
    fn outlook(
        &self,
        namespace: Namespace,
        plugin: String,
        version: String,
    ) -> Trying<'_, Outlook> {
        Box::pin(async move {
            let manifests = self.only(namespace).await?;
            self.publisher.outlook(&manifests, &plugin, &version).await
        })
    }

    fn roll_out(&self, namespace: Namespace, wanted: Wanted) -> Trying<'_, (Rollout, Active)> {
        Box::pin(async move {
            let manifests = self.only(namespace).await?;
            self.publisher.roll_out(&manifests, &wanted).await
        })
    }

    fn roll_back(
        &self,
        namespace: Namespace,
        plugin: String,
    ) -> Trying<'_, (Rollout, Active, bool)> {
        Box::pin(async move {
            let store = &*self.publisher.store;
            let (rollout, active) = rollouts::roll_back(store, &namespace, &plugin).await?;
            // What cannot be read now is for the next reload to say.
            let comes_back = match self.only(namespace).await {
                Ok(manifests) => self.publisher.comes_back(&manifests, &rollout).await,
                Err(_) => false,
            };
            Ok((rollout, active, comes_back))
        })
    }

    fn load(&self, only: Option<Namespace>) -> Loading<'_> {
        Box::pin(async move {
            let mut served = self.served.lock().await;
            let manifests = self.read(only.as_ref(), &served).await?;
            let published = self.publisher.publish(&manifests).await;
            match published.map_err(failed)? {
                Published::Done(reloaded, warnings) => {
                    for warning in warnings {
                        tracing::warn!("{warning}");
                    }
                    served.extend(manifests.into_iter().map(|one| one.namespace));
                    Ok(reloaded)
                }
                Published::Invalid(diagnostics) => Err(ReloadError::Invalid(diagnostics)),
            }
        })
    }
}

fn failed(stop: Stop) -> ReloadError {
    ReloadError::Failed(stop.message.unwrap_or_default())
}
