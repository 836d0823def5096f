//! Versions of plugins that some of the new runs take.
//!
//! While one is rolled out, the manifests that use it are compiled a second time with it, and those plans
//! stand as candidates beside the active ones. `begin` checks and publishes that, `standing` has it go on over
//! reloads, `source` says where versions come from, and `reach` whether one may have what it asks for.

mod begin;
mod reach;
mod source;
mod standing;

use std::collections::BTreeSet;
use std::sync::Arc;

use mortise_model::descriptor::Plugin;
use mortise_model::{Digest, Plan};
use mortise_ports::catalog::Active;
use mortise_ports::{Catalog as _, Plugins as _};

use crate::exit::{Outcome, Stop};
use crate::publisher::Publisher;

pub use source::{Finding, Folder, Found, Source};

impl Publisher {
    /// A plugin that is kept, as it describes itself.
    async fn kept_plugin(&self, digest: Digest) -> Outcome<Arc<Plugin>> {
        if let Some(known) = self.sandbox.describe(digest) {
            return Ok(known);
        }
        let bytes = self.store.plugin(digest).await?;
        let bytes = bytes.ok_or_else(|| {
            Stop::environment(format!(
                "the plugin with the digest {digest} is not kept any more"
            ))
        })?;
        let loaded = self.sandbox.load(bytes).await;
        loaded.map_err(|error| {
            Stop::environment(format!("the plugin with the digest {digest}: {error}"))
        })
    }

    /// Plugins, of these names only the versions that active plans have, wherever those lie by now.
    async fn in_use(
        &self,
        active: &Active,
        names: &BTreeSet<&str>,
        plugins: &[Arc<Plugin>],
    ) -> Outcome<Vec<Arc<Plugin>>> {
        let plans = active.plans.iter().map(|plan| &*plan.plan);
        let operations = plans.flat_map(Plan::operations);
        let used = operations.filter(|operation| names.contains(operation.plugin.as_str()));
        let used: BTreeSet<Digest> = used.map(|operation| operation.digest).collect();
        let is_other = |plugin: &&Arc<Plugin>| !names.contains(plugin.descriptor.name.as_str());
        let mut all: Vec<_> = plugins.iter().filter(is_other).cloned().collect();
        for digest in used {
            all.push(self.kept_plugin(digest).await?);
        }
        Ok(all)
    }
}

/// The digests of a plugin that plans use.
fn digests_of<'a>(plans: impl IntoIterator<Item = &'a Plan>, plugin: &str) -> BTreeSet<Digest> {
    let operations = plans.into_iter().flat_map(Plan::operations);
    let its = operations.filter(|operation| operation.plugin == plugin);
    its.map(|operation| operation.digest).collect()
}
