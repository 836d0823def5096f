//! Plugins of this process's own registry that somebody has approved: they are there without a file.

use std::collections::BTreeSet;
use std::sync::Arc;

use mortise_manifest::pinned;
use mortise_model::descriptor::Plugin;
use mortise_model::{ContentDigest, Digest, Repository, Tag};
use mortise_ports::artifacts::{Artifacts as _, List, Listed, Named, State};
use mortise_ports::{Catalog as _, Plugins as _, StoreError};
use mortise_registry::oci::name;
use mortise_sandbox::Sandbox;
use mortise_store::SledStore;
use semver::Version;

use crate::exit::{Outcome, Stop};
use crate::manifests::Manifests;
use crate::progress;
use crate::rollouts::{Finding, Found, Source};

/// The registry, as those see it who want plugins.
#[derive(Clone)]
pub struct Approved {
    /// Where it is.
    pub store: Arc<SledStore>,
    /// Where they are compiled.
    pub sandbox: Arc<Sandbox>,
}

/// A version that is there.
struct Offer {
    repository: Repository,
    version: Version,
    component: ContentDigest,
    is_newest: bool,
}

impl Approved {
    /// The plugins that manifests may mean: of each that they name the newest version, and those whose
    /// version they or their lock name. What is in `known` by name and version is left out.
    ///
    /// # Errors
    /// Where the registry cannot be read. What does not load is told of and left out.
    pub async fn meant_by(
        &self,
        manifests: &[Manifests],
        known: &[Arc<Plugin>],
    ) -> Outcome<Vec<Arc<Plugin>>> {
        let says = |word: &str| manifests.iter().any(|one| one.says(word));
        let known: BTreeSet<String> = known.iter().map(|plugin| full_name(plugin)).collect();
        let mut plugins = Vec::new();
        let mut offers = self.offers(|repository| says(short(repository))).await?;
        offers.retain(|offer| offer.is_newest || says(&offer.version.to_string()));
        offers.append(&mut self.yanked(manifests).await?);
        for offer in offers {
            match self.load(&offer).await {
                Ok(found) if known.contains(&full_name(&found.plugin)) => {}
                Ok(found) => plugins.push(found.plugin),
                Err(stop) => {
                    let why = stop.message.unwrap_or_default();
                    progress::note(format!(
                        "warning: `{}@{}` of the registry is left out: {why}",
                        offer.repository, offer.version
                    ));
                }
            }
        }
        Ok(plugins)
    }

    /// Every approved version of the repositories that are wanted, the newest first.
    async fn offers(&self, is_wanted: impl Fn(&Repository) -> bool) -> Outcome<Vec<Offer>> {
        let Listed::Repositories(repositories) = self.store.listed(List::Repositories).await?
        else {
            return Ok(Vec::new());
        };
        // Elsewhere lie copies in the namespaces of others, who could not speak for the plugin's own.
        let is_own = |repository: &Repository| repository.as_str().matches('/').count() == 1;
        let mut offers = Vec::new();
        for repository in repositories.into_iter().filter(is_own).filter(is_wanted) {
            offers.append(&mut self.offers_of(repository).await?);
        }
        Ok(offers)
    }

    async fn offers_of(&self, repository: Repository) -> Result<Vec<Offer>, StoreError> {
        let Listed::Tags(tags) = self.store.listed(List::Tags(repository.clone())).await? else {
            return Ok(Vec::new());
        };
        let mut versions: Vec<_> = tags.iter().filter_map(name::version_of).collect();
        versions.sort_by(|one, other| other.0.cmp(&one.0));
        let mut offers: Vec<Offer> = Vec::new();
        for (version, tag) in versions {
            let named = Named::Tag(tag.clone());
            let Some((artifact, _)) = self.store.artifact(&repository, &named).await? else {
                continue;
            };
            let is_approved = artifact.standing.state == State::Approved;
            if let Some(component) = artifact.plugin.filter(|_| is_approved) {
                offers.push(Offer {
                    repository: repository.clone(),
                    version,
                    component,
                    is_newest: offers.is_empty(),
                });
            }
        }
        Ok(offers)
    }

    /// What locks and active plans have of these manifests.
    async fn in_use(&self, manifests: &[Manifests]) -> Outcome<BTreeSet<(String, String, Digest)>> {
        let locks = manifests.iter().filter_map(Manifests::locked);
        // What is wrong with a lock is found by checking.
        let pins = locks.filter_map(|lock| pinned(lock).ok()).flatten();
        let pins = pins.map(|pin| (pin.plugin, pin.version, pin.digest));
        let mut all: BTreeSet<_> = pins.collect();
        for one in manifests {
            let active = self.store.active(&one.namespace).await?;
            let plans = active.plans.iter().map(|active| &active.plan);
            let operations = plans.flat_map(|plan| plan.operations());
            all.extend(operations.map(|operation| {
                let (plugin, version) = (operation.plugin.clone(), operation.version.clone());
                (plugin, version, operation.digest)
            }));
        }
        Ok(all)
    }

    /// What was yanked and is in use: that goes on for those who have it.
    async fn yanked(&self, manifests: &[Manifests]) -> Outcome<Vec<Offer>> {
        let mut offers = Vec::new();
        for (plugin, version, digest) in self.in_use(manifests).await? {
            let Ok(version) = Version::parse(&version) else {
                continue;
            };
            let repository = Repository::from(plugin.as_str());
            let tag = version.to_string().replace('+', "_");
            let named = Named::Tag(Tag::from(tag.as_str()));
            let Some((artifact, _)) = self.store.artifact(&repository, &named).await? else {
                continue;
            };
            let component = ContentDigest::from(digest);
            if artifact.standing.state == State::Yanked && artifact.plugin == Some(component) {
                offers.push(Offer {
                    repository,
                    version,
                    component,
                    is_newest: false,
                });
            }
        }
        Ok(offers)
    }

    async fn load(&self, offer: &Offer) -> Outcome<Found> {
        let gone = || Stop::environment("its component is not in the registry any more");
        let size = self.store.blob(&offer.repository, offer.component).await?;
        let size = size.ok_or_else(gone)?;
        let bytes = self.store.read_blob(offer.component, 0..size).await?;
        let bytes = bytes.ok_or_else(gone)?;
        let loaded = self.sandbox.load(bytes.clone()).await;
        let plugin = loaded.map_err(Stop::failed)?;
        Ok(Found { plugin, bytes })
    }
}

impl Source for Approved {
    fn versions(&self, plugin: String) -> Finding<'_> {
        Box::pin(async move {
            let offers = self.offers(|repository| {
                let name = repository.as_str();
                name == plugin || name.ends_with(&format!("/{plugin}"))
            });
            let mut found = Vec::new();
            for offer in offers.await? {
                found.push(self.load(&offer).await?);
            }
            Ok(found)
        })
    }
}

fn short(repository: &Repository) -> &str {
    let name = repository.as_str();
    name.rsplit('/').next().unwrap_or(name)
}

fn full_name(plugin: &Plugin) -> String {
    format!("{}@{}", plugin.descriptor.name, plugin.descriptor.version)
}
