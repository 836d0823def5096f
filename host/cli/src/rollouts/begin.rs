//! A rollout begins: what it would change is found, held against what is granted, and published.

use std::collections::BTreeSet;
use std::sync::Arc;

use mortise_api::rollouts::{self, Outlook, RolloutError, Wanted};
use mortise_model::descriptor::Plugin;
use mortise_model::{Connection, Plan};
use mortise_ports::Catalog as _;
use mortise_ports::catalog::{Active, Rollout, Trial};
use mortise_registry::diff::diff;
use mortise_runner::clock::{Clock as _, SystemClock};

use super::source::Found;
use super::standing::changed;
use super::{digests_of, reach};
use crate::exit::Stop;
use crate::manifests::{Checked, Manifests, has_errors};
use crate::publisher::Publisher;
use crate::wire;

/// What a version stands against.
struct Basis {
    active: Active,
    /// What the manifests were checked against.
    plugins: Vec<Arc<Plugin>>,
    kept: Vec<Connection>,
    checked: Checked,
    /// The versions of the plugin that the active plans have.
    old: Vec<Arc<Plugin>>,
    new: Found,
}

type Result<T> = std::result::Result<T, RolloutError>;

impl From<Stop> for RolloutError {
    fn from(stop: Stop) -> Self {
        Self::Failed(stop.message.unwrap_or_default())
    }
}

impl Publisher {
    /// What a version of a plugin would change for the workflows of manifests.
    ///
    /// # Errors
    /// Where there is no such version, or nothing that would take it.
    pub async fn outlook(
        &self,
        manifests: &Manifests,
        plugin: &str,
        version: &str,
    ) -> Result<Outlook> {
        let new = self.find(plugin, version).await?;
        let basis = self.basis(manifests, new).await?;
        let mut differences = Vec::new();
        for old in &basis.old {
            for difference in diff(old, &basis.new.plugin) {
                if !differences.contains(&difference) {
                    differences.push(difference);
                }
            }
        }
        differences.sort_by_key(|difference| difference.kind);
        let from = basis.old.iter().map(|old| old.descriptor.version.clone());
        Ok(Outlook {
            plugin: plugin.to_owned(),
            version: version.to_owned(),
            digest: basis.new.plugin.digest,
            from: from.collect(),
            workflows: basis.users().map(|plan| plan.workflow.clone()).collect(),
            differences,
        })
    }

    /// Has a share of the new runs take a version, or another share than up to now.
    ///
    /// # Errors
    /// Why everything stays as it was.
    pub async fn roll_out(
        &self,
        manifests: &Manifests,
        wanted: &Wanted,
    ) -> Result<(Rollout, Active)> {
        let Wanted {
            plugin,
            version,
            share,
        } = wanted;
        let found = self.find(plugin, version).await;
        if let Some((rollout, active)) = self.change_share(manifests, wanted, &found).await? {
            return Ok((rollout, active));
        }
        let basis = self.basis(manifests, found?).await?;
        basis.stands_alone(plugin)?;
        basis.is_granted()?;
        let candidates = basis.candidates(manifests)?;
        let digest = self.store.put_plugin(basis.new.bytes).await?;
        let rollout = Rollout {
            plugin: plugin.clone(),
            version: version.clone(),
            digest,
            share: *share,
            since: SystemClock.time_of_day(),
        };
        let mut publication = basis.active.publication();
        publication.rollouts.push(Trial {
            rollout: rollout.clone(),
            candidates,
        });
        let revision = basis.active.revision;
        let active = self
            .store
            .publish(&manifests.namespace, revision, publication)
            .await?;
        Ok((rollout, active))
    }

    /// Changes the share of what is rolled out already. A file of other bytes is not what was begun with.
    async fn change_share(
        &self,
        manifests: &Manifests,
        wanted: &Wanted,
        found: &Result<Found>,
    ) -> Result<Option<(Rollout, Active)>> {
        let active = self.store.active(&manifests.namespace).await?;
        let mut standing = active.rollouts.iter();
        let standing =
            standing.find(|one| one.plugin == wanted.plugin && one.version == wanted.version);
        if let (Some(standing), Ok(found)) = (standing, found)
            && standing.digest != found.plugin.digest
        {
            let (name, began, lies) = (standing.name(), standing.digest, found.plugin.digest);
            return Err(RolloutError::Refused(format!(
                "`{name}` is being rolled out with the digest `{began}`, and the file has `{lies}` by now: give \
                 the new bytes a version of their own, or take the rollout back with `mortise plugin rollback {}`",
                wanted.plugin
            )));
        }
        rollouts::change(&*self.store, &manifests.namespace, wanted).await
    }

    /// Whether the next reload would take a version for all runs: it is there, and no lock pins another.
    pub async fn comes_back(&self, manifests: &Manifests, rollout: &Rollout) -> bool {
        let found = self.find(&rollout.plugin, &rollout.version).await;
        manifests.locked().is_none() && found.is_ok()
    }

    /// A version, wherever it comes from.
    async fn find(&self, plugin: &str, version: &str) -> Result<Found> {
        let mut all = Vec::new();
        for source in &self.sources {
            all.extend(source.versions(plugin.to_owned()).await?);
        }
        let known: BTreeSet<String> = all
            .iter()
            .map(|one| one.plugin.descriptor.version.clone())
            .collect();
        all.retain(|one| one.plugin.descriptor.version == version);
        all.sort_by_key(|one| one.plugin.digest);
        all.dedup_by_key(|one| one.plugin.digest);
        match (all.len(), all.pop()) {
            (1, Some(found)) => Ok(found),
            (0, _) if known.is_empty() => Err(RolloutError::Unknown(format!(
                "there is no plugin `{plugin}` in the folder of plugins, and none is approved in the registry"
            ))),
            (0, _) => {
                let known: Vec<String> =
                    known.iter().map(|version| format!("`{version}`")).collect();
                Err(RolloutError::Unknown(format!(
                    "there is no version `{version}` of `{plugin}` in the folder of plugins or the registry, which have {}",
                    known.join(", ")
                )))
            }
            _ => Err(RolloutError::Refused(format!(
                "there are several files of `{plugin}@{version}` with different bytes in the folder of plugins or the registry: \
                 leave the one that is meant"
            ))),
        }
    }

    /// What a version stands against: the manifests as they are active.
    async fn basis(&self, manifests: &Manifests, new: Found) -> Result<Basis> {
        let active = self.store.active(&manifests.namespace).await?;
        let plugin = new.plugin.descriptor.name.clone();
        let plans = || active.plans.iter().map(|plan| &*plan.plan);
        let digests = digests_of(plans(), &plugin);
        if digests.is_empty() {
            return Err(RolloutError::Unknown(format!(
                "no workflow of namespace `{}` uses `{plugin}`",
                manifests.namespace
            )));
        }
        if digests.iter().all(|digest| *digest == new.plugin.digest) {
            let version = &new.plugin.descriptor.version;
            return Err(RolloutError::Refused(format!(
                "every workflow that uses `{plugin}` has `{plugin}@{version}` already"
            )));
        }
        let names: BTreeSet<&str> = plans()
            .flat_map(Plan::operations)
            .map(|operation| operation.plugin.as_str())
            .collect();
        let loaded = wire::load_plugins(&self.sandbox, &self.settings).await?;
        let plugins = self.in_use(&active, &names, &loaded.all()).await?;
        let kept = self.keeper.described(&manifests.namespace).await?;
        let checked = manifests.check(&plugins, Some(&kept));
        let is_same = checked.plans.len() == active.plans.len()
            && plans().all(|plan| checked.plans.contains(plan));
        if !is_same {
            return Err(RolloutError::Refused(
                "the manifests are others by now than those that are active: have them read with \
                 `mortise workflows reload` first"
                    .to_owned(),
            ));
        }
        let is_old =
            |one: &&Arc<Plugin>| digests.contains(&one.digest) && one.digest != new.plugin.digest;
        let old = plugins.iter().filter(is_old).cloned().collect();
        Ok(Basis {
            active,
            plugins,
            kept,
            checked,
            old,
            new,
        })
    }
}

impl Basis {
    /// The plans that would take the version.
    fn users(&self) -> impl Iterator<Item = &Plan> {
        let is_old = |plan: &&Plan| {
            let mut operations = plan.operations().into_iter();
            operations.any(|operation| self.old.iter().any(|old| old.digest == operation.digest))
        };
        self.checked.plans.iter().filter(is_old)
    }

    /// A workflow stands in one rollout: of two candidates nobody could say which one failed.
    fn stands_alone(&self, plugin: &str) -> Result<()> {
        for plan in self.users() {
            let mut active = self.active.plans.iter();
            let found = active.find(|active| active.plan.workflow == plan.workflow);
            if let Some(candidate) = found.and_then(|active| active.candidate.as_ref()) {
                let (other, workflow) = (candidate.rollout.name(), &plan.workflow);
                return Err(RolloutError::Refused(format!(
                    "workflow `{workflow}` uses `{plugin}`, and `{other}` is being rolled out to it: finish that \
                     first, or take it back with `mortise plugin rollback {}`",
                    candidate.rollout.plugin
                )));
            }
        }
        Ok(())
    }

    /// It asks for nothing that is not granted.
    fn is_granted(&self) -> Result<()> {
        let connections = &self.checked.described;
        for plan in self.users() {
            for old in &self.old {
                if let Some(why) = reach::refusal((old, &self.new.plugin), plan, connections) {
                    return Err(RolloutError::NotGranted(why));
                }
            }
        }
        Ok(())
    }

    /// The plans with the version.
    fn candidates(&self, manifests: &Manifests) -> Result<Vec<Plan>> {
        let new = &self.new.plugin;
        let checked = manifests.check_with(&self.plugins, Some(&self.kept), Some(new));
        if has_errors(&checked.diagnostics) {
            let descriptor = &new.descriptor;
            let name = format!("{}@{}", descriptor.name, descriptor.version);
            return Err(RolloutError::Invalid(name, checked.diagnostics));
        }
        Ok(changed(checked.plans, &self.checked.plans))
    }
}
