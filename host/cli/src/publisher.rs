//! From manifests to what is active: at the start of a process, and again at each reload.

use std::path::PathBuf;
use std::sync::Arc;

use mortise_api::reload::{Changes, Loading, Reload, ReloadError, Reloaded};
use mortise_manifest::Diagnostic;
use mortise_model::connection::Rate;
use mortise_model::{ConnectionName, Namespace, Plan};
use mortise_ports::Catalog as _;
use mortise_runner::Activation;
use mortise_sandbox::Sandbox;
use mortise_store::SledStore;
use mortise_vault::Connections;

use crate::exit::{Outcome, Stop};
use crate::keeper::Keeper;
use crate::manifests::{Checked, Manifests, has_errors};
use crate::plugins::{self, Loaded};
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
}

/// What came of publishing.
pub enum Published {
    /// Everything is durable and may be made active; there may be warnings.
    Done(Reloaded, Vec<Diagnostic>),
    /// The manifests have errors; nothing has changed.
    Invalid(Vec<Diagnostic>),
}

impl Publisher {
    /// Checks manifests against the plugins that are there now, and publishes their plans, all or
    /// nothing.
    ///
    /// # Errors
    /// Where the plugins or the store cannot be used; nothing has changed then.
    pub async fn publish(&self, manifests: &Manifests) -> Outcome<Published> {
        let loaded = wire::load_plugins(&self.sandbox, &self.settings).await?;
        let kept = self.keeper.described().await?;
        let checked = manifests.check(&loaded.all(), &kept);
        if has_errors(&checked.diagnostics) {
            return Ok(Published::Invalid(checked.diagnostics));
        }
        let connections = checked.connections(&kept)?;
        plugins::keep(&self.store, &loaded, &checked.plans).await?;
        let rates = rates(&checked, &loaded);
        let namespace = Namespace::default_namespace();
        let before = self.store.active(&namespace).await?;
        let revision = before.revision;
        let after = self
            .store
            .publish(&namespace, revision, checked.plans)
            .await?;
        self.connections.replace(connections);
        let changes = Changes::between(&before, &after);
        let activation = Activation {
            plans: after.plans,
            paused: after.paused,
            rates,
        };
        let reloaded = Reloaded {
            activation,
            changes,
        };
        Ok(Published::Done(reloaded, checked.diagnostics))
    }
}

/// How often applications may be asked: what the connection says, else what the plugin says that is
/// called through it.
fn rates(checked: &Checked, loaded: &Loaded) -> Vec<(ConnectionName, Rate)> {
    let described = checked.described.iter();
    described
        .filter_map(|connection| {
            let name = &connection.name;
            let rate = connection.rate;
            let rate = rate.or_else(|| rate_of_plugin(name, &checked.plans, loaded));
            Some((name.clone(), rate?))
        })
        .collect()
}

fn rate_of_plugin(name: &ConnectionName, plans: &[Plan], loaded: &Loaded) -> Option<Rate> {
    let operations = plans.iter().flat_map(Plan::operations);
    let mut used = operations.filter(|operation| operation.connection.as_ref() == Some(name));
    used.find_map(|operation| {
        let plugins = loaded.plugins.iter().map(|(_, plugin)| plugin);
        plugins
            .filter(|plugin| plugin.digest == operation.digest)
            .find_map(|plugin| plugin.descriptor.rate)
    })
}

/// Reads a folder of manifests again.
pub struct Reloader {
    /// What they are published with.
    pub publisher: Publisher,
    /// The folder.
    pub folder: PathBuf,
}

impl Reload for Reloader {
    fn load(&self) -> Loading<'_> {
        Box::pin(async {
            let folder = self.folder.clone();
            let read = tokio::task::spawn_blocking(move || Manifests::of_folder(&folder)).await;
            let manifests = read.map_err(|error| ReloadError::Failed(error.to_string()))?;
            let published = match manifests {
                Ok(manifests) => self.publisher.publish(&manifests).await,
                Err(stop) => Err(stop),
            };
            match published.map_err(failed)? {
                Published::Done(reloaded, warnings) => {
                    for warning in warnings {
                        tracing::warn!("{warning}");
                    }
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
