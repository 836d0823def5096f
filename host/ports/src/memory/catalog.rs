//! Plans and plugins in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use mortise_model::Plan;
use mortise_model::id::{Digest, Namespace, WorkflowName};

use super::{MemoryStore, State, Write};
use crate::Catalog;
use crate::catalog::{Active, ActivePlan, PlanRef};
use crate::error::StoreError;

/// What is published in a namespace.
#[derive(Debug, Default)]
pub struct Published {
    revision: u64,
    active: Vec<(Digest, u32)>,
    versions: BTreeMap<WorkflowName, Vec<Digest>>,
    paused: BTreeSet<WorkflowName>,
}

impl Catalog for MemoryStore {
    async fn publish(
        &self,
        namespace: &Namespace,
        expected_revision: u64,
        mut plans: Vec<Plan>,
    ) -> Result<Active, StoreError> {
        let mut state = self.state();
        let actual = state.catalogs.get(namespace).map_or(0, |c| c.revision);
        if actual != expected_revision {
            return Err(StoreError::Revision {
                expected: expected_revision,
                actual,
            });
        }
        plans.sort_by(|a, b| a.workflow.cmp(&b.workflow));
        let plans = plans
            .into_iter()
            .map(|plan| {
                let text = serde_json::to_string(&plan)
                    .map_err(|error| StoreError::Failed(error.to_string()))?;
                Ok((Digest::of(text.as_bytes()), plan))
            })
            .collect::<Result<Vec<_>, StoreError>>()?;
        let known = state.catalogs.get(namespace).map(|c| c.active.as_slice());
        let known = known.unwrap_or_default().iter().map(|(digest, _)| *digest);
        if known.eq(plans.iter().map(|(digest, _)| *digest)) {
            return Ok(state.active(namespace));
        }
        state.write(Write::Other, |state| {
            state.publish(namespace, plans);
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

impl State {
    fn publish(&mut self, namespace: &Namespace, plans: Vec<(Digest, Plan)>) {
        let catalog = self.catalogs.entry(namespace.clone()).or_default();
        catalog.active.clear();
        catalog.revision += 1;
        for (digest, plan) in plans {
            let versions = catalog.versions.entry(plan.workflow.clone()).or_default();
            let known = versions.iter().position(|known| *known == digest);
            let index = known.unwrap_or_else(|| {
                versions.push(digest);
                versions.len() - 1
            });
            let version = u32::try_from(index + 1).unwrap_or(u32::MAX);
            catalog.active.push((digest, version));
            self.plans.insert(digest, Arc::new(plan));
        }
    }

    fn active(&self, namespace: &Namespace) -> Active {
        let Some(catalog) = self.catalogs.get(namespace) else {
            return Active::default();
        };
        let plans = catalog.active.iter().filter_map(|(digest, version)| {
            self.plans.get(digest).map(|plan| ActivePlan {
                digest: *digest,
                version: *version,
                plan: Arc::clone(plan),
            })
        });
        Active {
            revision: catalog.revision,
            plans: plans.collect(),
            paused: catalog.paused.iter().cloned().collect(),
        }
    }
}
