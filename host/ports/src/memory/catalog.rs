//! Plans and plugins in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use mortise_model::Plan;
use mortise_model::id::{Digest, Namespace, WorkflowName};

use super::{MemoryStore, State, Write};
use crate::Catalog;
use crate::catalog::{Active, ActivePlan, Candidate, PlanRef, Publication, Rollout, Trial};
use crate::error::StoreError;

/// What is published in a namespace.
#[derive(Debug, Default)]
pub struct Published {
    revision: u64,
    active: Vec<(Digest, u32)>,
    rollouts: Vec<(Rollout, Vec<(Digest, u32)>)>,
    versions: BTreeMap<WorkflowName, Vec<Digest>>,
    paused: BTreeSet<WorkflowName>,
}

impl Catalog for MemoryStore {
    async fn publish(
        &self,
        namespace: &Namespace,
        expected_revision: u64,
        publication: Publication,
    ) -> Result<Active, StoreError> {
        let mut state = self.state();
        let actual = state.catalogs.get(namespace).map_or(0, |c| c.revision);
        if actual != expected_revision {
            return Err(StoreError::Revision {
                expected: expected_revision,
                actual,
            });
        }
        let Publication { plans, rollouts } = publication;
        let plans = named(plans)?;
        let rollouts = rollouts.into_iter().map(|trial| {
            let Trial {
                rollout,
                candidates,
            } = trial;
            Ok((rollout, named(candidates)?))
        });
        let rollouts = rollouts.collect::<Result<Vec<_>, StoreError>>()?;
        let catalog = state.catalogs.get(namespace);
        if catalog.map_or(plans.is_empty() && rollouts.is_empty(), |known| {
            known.is(&plans, &rollouts)
        }) {
            return Ok(state.active(namespace));
        }
        state.write(Write::Other, |state| {
            state.publish(namespace, plans, rollouts);
            state.active(namespace)
        })
    }

    async fn active(&self, namespace: &Namespace) -> Result<Active, StoreError> {
        Ok(self.state().active(namespace))
    }

    async fn plan(&self, plan: &PlanRef) -> Result<Option<Arc<Plan>>, StoreError> {
        let state = self.state();
        let digest = match plan {
            PlanRef::Digest(digest) => Some(*digest),
            PlanRef::Version(namespace, workflow, version) => {
                let catalog = state.catalogs.get(namespace);
                let versions = catalog.and_then(|catalog| catalog.versions.get(workflow));
                let index = version.checked_sub(1).map(|index| index as usize);
                versions.and_then(|versions| versions.get(index?).copied())
            }
        };
        Ok(digest.and_then(|digest| state.plans.get(&digest).cloned()))
    }

    async fn pause(
        &self,
        namespace: &Namespace,
        workflow: &WorkflowName,
        paused: bool,
    ) -> Result<(), StoreError> {
        self.state().write(Write::Other, |state| {
            let catalog = state.catalogs.entry(namespace.clone()).or_default();
            if paused {
                catalog.paused.insert(workflow.clone());
            } else {
                catalog.paused.remove(workflow);
            }
        })
    }

    async fn put_plugin(&self, bytes: Vec<u8>) -> Result<Digest, StoreError> {
        self.state().write(Write::Other, |state| {
            let digest = Digest::of(&bytes);
            state.plugins.insert(digest, bytes);
            digest
        })
    }

    async fn plugin(&self, digest: Digest) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.state().plugins.get(&digest).cloned())
    }
}

type Named = Vec<(Digest, Plan)>;

/// Plans with their names, by workflow.
fn named(mut plans: Vec<Plan>) -> Result<Named, StoreError> {
    plans.sort_by(|a, b| a.workflow.cmp(&b.workflow));
    let named = plans.into_iter().map(|plan| {
        let text =
            serde_json::to_string(&plan).map_err(|error| StoreError::Failed(error.to_string()))?;
        Ok((Digest::of(text.as_bytes()), plan))
    });
    named.collect()
}

impl Published {
    fn is(&self, plans: &Named, rollouts: &[(Rollout, Named)]) -> bool {
        let same = |known: &[(Digest, u32)], plans: &Named| {
            let known = known.iter().map(|(digest, _)| digest);
            known.eq(plans.iter().map(|(digest, _)| digest))
        };
        let mut pairs = self.rollouts.iter().zip(rollouts);
        same(&self.active, plans)
            && self.rollouts.len() == rollouts.len()
            && pairs.all(|(known, new)| known.0 == new.0 && same(&known.1, &new.1))
    }

    /// The plans that are active, and the candidates beside them.
    pub fn plans(&self) -> impl Iterator<Item = Digest> {
        let candidates = self.rollouts.iter().flat_map(|(_, candidates)| candidates);
        self.active
            .iter()
            .chain(candidates)
            .map(|(digest, _)| *digest)
    }

    /// The version of a plan, which becomes known.
    fn version(&mut self, digest: Digest, workflow: &WorkflowName) -> u32 {
        let versions = self.versions.entry(workflow.clone()).or_default();
        let known = versions.iter().position(|known| *known == digest);
        let index = known.unwrap_or_else(|| {
            versions.push(digest);
            versions.len() - 1
        });
        u32::try_from(index + 1).unwrap_or(u32::MAX)
    }
}

impl State {
    fn publish(&mut self, namespace: &Namespace, plans: Named, rollouts: Vec<(Rollout, Named)>) {
        let catalog = self.catalogs.entry(namespace.clone()).or_default();
        catalog.revision += 1;
        let known = &mut self.plans;
        let mut keep = |catalog: &mut Published, plans: Named| -> Vec<(Digest, u32)> {
            let numbered = plans.into_iter().map(|(digest, plan)| {
                let version = catalog.version(digest, &plan.workflow);
                known.insert(digest, Arc::new(plan));
                (digest, version)
            });
            numbered.collect()
        };
        catalog.active = keep(catalog, plans);
        catalog.rollouts = Vec::new();
        for (rollout, candidates) in rollouts {
            let candidates = keep(catalog, candidates);
            catalog.rollouts.push((rollout, candidates));
        }
    }

    fn active(&self, namespace: &Namespace) -> Active {
        let Some(catalog) = self.catalogs.get(namespace) else {
            return Active::default();
        };
        let candidates = catalog.rollouts.iter().flat_map(|(rollout, candidates)| {
            let candidates = candidates.iter();
            candidates.filter_map(|(digest, version)| {
                Some(Arc::new(Candidate {
                    rollout: rollout.clone(),
                    digest: *digest,
                    version: *version,
                    plan: Arc::clone(self.plans.get(digest)?),
                }))
            })
        });
        let candidates: Vec<_> = candidates.collect();
        let candidate_of = |plan: &Plan| {
            let mut candidates = candidates.iter();
            candidates
                .find(|one| one.plan.workflow == plan.workflow)
                .cloned()
        };
        let plans = catalog.active.iter().filter_map(|(digest, version)| {
            self.plans.get(digest).map(|plan| ActivePlan {
                digest: *digest,
                version: *version,
                plan: Arc::clone(plan),
                candidate: candidate_of(plan),
            })
        });
        Active {
            revision: catalog.revision,
            plans: plans.collect(),
            rollouts: catalog
                .rollouts
                .iter()
                .map(|(rollout, _)| rollout.clone())
                .collect(),
            paused: catalog.paused.iter().cloned().collect(),
        }
    }
}
