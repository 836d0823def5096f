//! Plans and plugins in memory.

use std::sync::Arc;

use mortise_model::Plan;
use mortise_model::id::{Digest, Namespace};

use super::{MemoryStore, State};
use crate::Catalog;
use crate::catalog::{Active, ActivePlan};
use crate::error::StoreError;

impl Catalog for MemoryStore {
    async fn publish(
        &self,
        namespace: &Namespace,
        expected_revision: u64,
        mut plans: Vec<Plan>,
    ) -> Result<Active, StoreError> {
        let mut state = self.state();
        state.room()?;
        let State {
            catalogs,
            plans: kept,
            ..
        } = &mut *state;
        let catalog = catalogs.entry(namespace.clone()).or_default();
        if catalog.revision != expected_revision {
            return Err(StoreError::Revision {
                expected: expected_revision,
                actual: catalog.revision,
            });
        }
        plans.sort_by(|a, b| a.workflow.cmp(&b.workflow));
        let mut active = Vec::with_capacity(plans.len());
        for plan in plans {
            let text = serde_json::to_string(&plan)
                .map_err(|error| StoreError::Failed(error.to_string()))?;
            let digest = Digest::of(text.as_bytes());
            let name = plan.workflow.as_str().to_owned();
            let versions = catalog.versions.entry(name).or_default();
            let known = versions.iter().position(|known| *known == digest);
            let index = known.unwrap_or_else(|| {
                versions.push(digest);
                versions.len() - 1
            });
            kept.insert(digest, Arc::new(plan));
            active.push((digest, u32::try_from(index + 1).unwrap_or(u32::MAX)));
        }
        catalog.active = active;
        catalog.revision += 1;
        Ok(state.active(namespace))
    }

    async fn active(&self, namespace: &Namespace) -> Result<Active, StoreError> {
        Ok(self.state().active(namespace))
    }

    async fn plan(&self, plan: Digest) -> Result<Option<Arc<Plan>>, StoreError> {
        Ok(self.state().plans.get(&plan).cloned())
    }

    async fn put_plugin(&self, bytes: Vec<u8>) -> Result<Digest, StoreError> {
        let mut state = self.state();
        state.room()?;
        let digest = Digest::of(&bytes);
        state.plugins.insert(digest, bytes);
        Ok(digest)
    }

    async fn plugin(&self, digest: Digest) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.state().plugins.get(&digest).cloned())
    }
}

impl State {
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
        }
    }
}
