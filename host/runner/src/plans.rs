//! Plans by digest: those of running runs stay at hand.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use mortise_model::id::{Digest, Namespace};
use mortise_model::plan::Action;
use mortise_model::{Plan, WorkflowName};
use mortise_ports::catalog::ActivePlan;
use mortise_ports::{Plugins, Store};
use thiserror::Error;

use crate::Inner;

/// Plans kept in memory beside the active ones; beyond that all are read again.
const KEPT_MAX: usize = 256;

/// Why a run's plan cannot be had.
#[derive(Debug, Error)]
pub(crate) enum PlanError {
    #[error("the plan {0} is not in the catalog")]
    Missing(Digest),
    #[error("the plugin `{plugin}` with digest {digest} is not in the catalog")]
    PluginMissing { plugin: String, digest: Digest },
    #[error("the plugin `{plugin}` does not load: {error}")]
    PluginBroken {
        plugin: String,
        error: mortise_ports::plugins::LoadError,
    },
    #[error(transparent)]
    Store(#[from] mortise_ports::StoreError),
}

/// The plans at hand.
#[derive(Default)]
pub(crate) struct Plans {
    by_digest: RwLock<HashMap<Digest, Arc<Plan>>>,
    retention: RwLock<HashMap<Namespace, Vec<(WorkflowName, Option<u64>)>>>,
}

impl Plans {
    pub fn activate(&self, namespace: &Namespace, plans: &[ActivePlan]) {
        let mut by_digest = self
            .by_digest
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        by_digest.extend(
            plans
                .iter()
                .map(|active| (active.digest, Arc::clone(&active.plan))),
        );
        let retained = plans
            .iter()
            .map(|a| (a.plan.workflow.clone(), a.plan.retain_ms))
            .collect();
        self.retention
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .insert(namespace.clone(), retained);
    }

    /// Every active workflow and how long its runs are kept, where its manifest says so.
    pub fn retention(&self) -> Vec<(Namespace, WorkflowName, Option<u64>)> {
        let retention = self
            .retention
            .read()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let each = |(namespace, workflows): (&Namespace, &Vec<(WorkflowName, Option<u64>)>)| {
            let namespace = namespace.clone();
            workflows
                .clone()
                .into_iter()
                .map(move |(w, ms)| (namespace.clone(), w, ms))
        };
        retention.iter().flat_map(each).collect::<Vec<_>>()
    }

    fn get(&self, digest: Digest) -> Option<Arc<Plan>> {
        let plans = self
            .by_digest
            .read()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        plans.get(&digest).cloned()
    }

    fn insert(&self, digest: Digest, plan: &Arc<Plan>) {
        let mut plans = self
            .by_digest
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if plans.len() >= KEPT_MAX {
            plans.clear();
        }
        plans.insert(digest, Arc::clone(plan));
    }
}

/// The plan of a run, with its plugins loaded.
pub(crate) async fn of_run<S: Store, P: Plugins>(
    inner: &Inner<S, P>,
    digest: Digest,
) -> Result<Arc<Plan>, PlanError> {
    let plan = match inner.plans.get(digest) {
        Some(plan) => plan,
        None => {
            let plan = inner
                .store
                .plan(digest)
                .await?
                .ok_or(PlanError::Missing(digest))?;
            inner.plans.insert(digest, &plan);
            plan
        }
    };
    for step in &plan.steps {
        let Action::Operation(operation) = &step.action;
        if inner.plugins.describe(operation.digest).is_none() {
            load(inner, &operation.plugin, operation.digest).await?;
        }
    }
    Ok(plan)
}

async fn load<S: Store, P: Plugins>(
    inner: &Inner<S, P>,
    plugin: &str,
    digest: Digest,
) -> Result<(), PlanError> {
    let missing = || PlanError::PluginMissing {
        plugin: plugin.to_owned(),
        digest,
    };
    let bytes = inner.store.plugin(digest).await?.ok_or_else(missing)?;
    match inner.plugins.load(bytes).await {
        Ok(_) => Ok(()),
        Err(error) => Err(PlanError::PluginBroken {
            plugin: plugin.to_owned(),
            error,
        }),
    }
}
