//! Rollouts go on when manifests are read again, until the manifests themselves take the version.

use std::collections::BTreeSet;
use std::sync::Arc;

use mortise_model::WorkflowName;
use mortise_model::descriptor::Plugin;
use mortise_model::{Digest, Plan};
use mortise_ports::catalog::{Active, Rollout, Trial};

use super::digests_of;
use crate::manifests::has_errors;
use crate::publisher::{Passed, Publisher};

impl Publisher {
    /// The plugins without what is being rolled out, so that nothing takes it because it is the newest;
    /// none where what is in use cannot be had. A file of a version that is in use counts as it is now: the
    /// lock says whether it may be another.
    pub async fn held_back(
        &self,
        before: &Active,
        plugins: &[Arc<Plugin>],
    ) -> Option<Vec<Arc<Plugin>>> {
        let rollouts = before.rollouts.iter();
        let names: BTreeSet<&str> = rollouts.map(|rollout| rollout.plugin.as_str()).collect();
        let mut all = self.in_use(before, &names, plugins).await.ok()?;
        for plugin in &mut all {
            let (name, version) = (&plugin.descriptor.name, &plugin.descriptor.version);
            let mut files = plugins.iter();
            let file = files
                .find(|file| file.descriptor.name == *name && file.descriptor.version == *version);
            if let Some(file) = file {
                *plugin = Arc::clone(file);
            }
        }
        Some(all)
    }

    /// The plugins, and those that are being rolled out wherever they lie by now.
    pub async fn with_rollouts(
        &self,
        before: &Active,
        mut plugins: Vec<Arc<Plugin>>,
    ) -> Vec<Arc<Plugin>> {
        for rollout in &before.rollouts {
            let is_there = |plugin: &Arc<Plugin>| plugin.digest == rollout.digest;
            if !plugins.iter().any(is_there)
                && let Ok(kept) = self.kept_plugin(rollout.digest).await
            {
                plugins.push(kept);
            }
        }
        plugins
    }

    /// The rollouts that go on beside manifests that passed, with their candidates.
    pub async fn go_on(&self, passed: &Passed<'_>) -> Vec<Trial> {
        let mut trials: Vec<Trial> = Vec::new();
        let mut taken: BTreeSet<WorkflowName> = BTreeSet::new();
        for rollout in &passed.before.rollouts {
            let (name, namespace) = (rollout.name(), passed.namespace());
            if let Some(why) = ended(rollout, &passed.before, passed.plans()) {
                tracing::info!(%namespace, rollout = name, "a rollout has ended: {why}");
                continue;
            }
            let mut candidates = self.candidates(passed, rollout).await;
            candidates.retain(|plan| {
                let is_free = taken.insert(plan.workflow.clone());
                if !is_free {
                    let workflow = &plan.workflow;
                    tracing::warn!(%namespace, rollout = name, %workflow, "another rollout has this workflow already");
                }
                is_free
            });
            trials.push(Trial {
                rollout: rollout.clone(),
                candidates,
            });
        }
        trials
    }

    /// The plans of manifests with what is rolled out; none, with a warning, where they are not valid
    /// with it: nobody who starts a daemon shall be kept from that by what is only tried out.
    async fn candidates(&self, passed: &Passed<'_>, rollout: &Rollout) -> Vec<Plan> {
        let name = rollout.name();
        let diagnostics = match self.kept_plugin(rollout.digest).await {
            Ok(plugin) => {
                let checked = passed.check_with(&plugin);
                if !has_errors(&checked.diagnostics) {
                    return changed(checked.plans, passed.plans());
                }
                checked
                    .diagnostics
                    .iter()
                    .map(ToString::to_string)
                    .collect()
            }
            Err(stop) => vec![stop.message.unwrap_or_default()],
        };
        for why in diagnostics {
            tracing::warn!(rollout = name, "no new run takes what is rolled out: {why}");
        }
        Vec::new()
    }
}

/// The plans that are others than those they would stand beside.
pub fn changed(mut candidates: Vec<Plan>, plans: &[Plan]) -> Vec<Plan> {
    candidates.retain(|candidate| !plans.contains(candidate));
    candidates
}

/// Why a rollout has ended with these plans; none where it goes on.
fn ended(rollout: &Rollout, before: &Active, plans: &[Plan]) -> Option<&'static str> {
    let now = digests_of(plans, &rollout.plugin);
    let others: BTreeSet<Digest> = now
        .iter()
        .filter(|digest| **digest != rollout.digest)
        .copied()
        .collect();
    let then = digests_of(before.plans.iter().map(|plan| &*plan.plan), &rollout.plugin);
    if now.is_empty() {
        Some("no workflow uses the plugin any more")
    } else if others.is_empty() {
        Some("the manifests pin this version now")
    } else if others.is_disjoint(&then) {
        Some("the manifests pin another version now")
    } else {
        None
    }
}
