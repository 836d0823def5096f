//! Which plugins have to stay, although nobody may name them any more.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use mortise_manifest::pinned;
use mortise_model::{ContentDigest, Digest};
use mortise_ports::catalog::PlanRef;
use mortise_ports::{Catalog as _, Runs as _};
use mortise_registry::admission::{Needing, Needs};
use mortise_store::SledStore;

use crate::exit::{Outcome, Stop};
use crate::manifests::Manifests;

/// What runs and lock files need of a registry: see [`plugins`].
pub struct OfRuns {
    /// Where the runs are.
    pub store: Arc<SledStore>,
    /// The folder of manifests.
    pub workflows: PathBuf,
}

impl Needs for OfRuns {
    fn needed(&self) -> Needing<'_> {
        Box::pin(async move {
            let needed = plugins(&self.store, &self.workflows).await;
            let needed = needed.map_err(|stop| stop.message.unwrap_or_default())?;
            let components = needed
                .into_iter()
                .map(|digest| ContentDigest::Sha256(digest.0));
            Ok(components.collect())
        })
    }
}

/// The digests of every plugin that a run may still call, or that somebody has written down: of the plans of
/// runs that are not at rest or are parked, of active plans and the candidates beside them, of what is
/// rolled out, and of the locks in the folder of manifests and in those of its namespaces.
///
/// # Errors
/// Where a plan, the folder or a lock cannot be read: then nobody knows, and everything has to stay.
pub async fn plugins(store: &SledStore, workflows: &Path) -> Outcome<BTreeSet<Digest>> {
    let mut needed = BTreeSet::new();
    for digest in store.needed_plans().await? {
        let plan = store.plan(&PlanRef::Digest(digest)).await?;
        let plan = plan.ok_or_else(|| {
            Stop::environment(format!(
                "the plan {digest}, which a run needs, is not in the store"
            ))
        })?;
        let operations = plan.operations().into_iter();
        needed.extend(operations.map(|operation| operation.digest));
    }
    let folder = workflows.to_owned();
    let read = tokio::task::spawn_blocking(move || Manifests::of_namespaces(&folder)).await;
    for manifests in read.map_err(Stop::defect)?? {
        let active = store.active(&manifests.namespace).await?;
        needed.extend(active.rollouts.iter().map(|rollout| rollout.digest));
        let Some(lock) = manifests.locked() else {
            continue;
        };
        let pins = pinned(lock).map_err(|found| {
            let found: Vec<String> = found.iter().map(ToString::to_string).collect();
            Stop::environment(found.join("\n"))
        })?;
        needed.extend(pins.into_iter().map(|pin| pin.digest));
    }
    Ok(needed)
}
