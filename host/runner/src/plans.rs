//! Plans: those that are active, and by digest those of running runs.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock};

use mortise_model::entry::Accepted;
use mortise_model::id::{ConnectionName, Digest, Namespace};
use mortise_model::plan::Source;
use mortise_model::{Plan, WorkflowName, connection::Rate};
use mortise_ports::catalog::{ActivePlan, PlanRef};
use mortise_ports::{Plugins, Store, StoreError};
use thiserror::Error;

use crate::Inner;

/// Plans kept in memory beside the active ones; beyond that all are read again.
const KEPT_MAX: usize = 256;

/// What is active in a namespace from now on.
#[derive(Clone, Debug, Default)]
pub struct Activation {
    /// The plans that the catalog published.
    pub plans: Vec<ActivePlan>,
    /// Workflows that are paused.
    pub paused: Vec<WorkflowName>,
    /// How often applications may be asked, by connection, where that is known; none leaves it as it
    /// was.
    pub rates: Option<Vec<(ConnectionName, Rate)>>,
}

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
    Store(#[from] StoreError),
}

/// The plans at hand.
#[derive(Default)]
pub(crate) struct Plans {
    by_digest: RwLock<HashMap<Digest, Arc<Plan>>>,
    active: RwLock<HashMap<Namespace, Table>>,
}

/// What is active in a namespace.
#[derive(Default)]
struct Table {
    plans: HashMap<WorkflowName, ActivePlan>,
    paused: HashSet<WorkflowName>,
}

impl Table {
    fn of(plans: &[ActivePlan], paused: &[WorkflowName]) -> Self {
        let by_name = plans.iter().map(|a| (a.plan.workflow.clone(), a.clone()));
        Self {
            plans: by_name.collect(),
            paused: paused.iter().cloned().collect(),
        }
    }
}

impl Plans {
    pub fn activate(&self, namespace: &Namespace, activation: &Activation) {
        let plans = &activation.plans;
        let by_digest = plans.iter().map(|a| (a.digest, Arc::clone(&a.plan)));
        write(&self.by_digest).extend(by_digest);
        let table = Table::of(plans, &activation.paused);
        write(&self.active).insert(namespace.clone(), table);
    }

    fn knows(&self, namespace: &Namespace) -> bool {
        self.look(namespace, |_| Some(())).is_some()
    }

    /// The active plan of a workflow.
    pub fn active(&self, namespace: &Namespace, workflow: &WorkflowName) -> Option<ActivePlan> {
        self.look(namespace, |table| table.plans.get(workflow).cloned())
    }

    pub fn set_paused(&self, namespace: &Namespace, workflow: &WorkflowName, paused: bool) {
        let mut active = write(&self.active);
        let table = active.entry(namespace.clone()).or_default();
        if paused {
            table.paused.insert(workflow.clone());
        } else {
            table.paused.remove(workflow);
        }
    }

    pub fn is_paused(&self, namespace: &Namespace, workflow: &WorkflowName) -> bool {
        self.look(namespace, |table| {
            table.paused.contains(workflow).then_some(())
        })
        .is_some()
    }

    /// The triggers that a parked or failed run starts runs by: never of its own workflow, and none
    /// for a run that such a trigger started, nor for those that it called.
    pub fn failure_triggers(&self, failed: &Accepted) -> Vec<(ActivePlan, String)> {
        if failed.is_after_failure() {
            return Vec::new();
        }
        let covers = |of: &Option<Vec<WorkflowName>>| {
            of.as_ref().is_none_or(|of| of.contains(&failed.workflow))
        };
        let all = self.look(&failed.namespace, |table| {
            let others = table
                .plans
                .values()
                .filter(|active| active.plan.workflow != failed.workflow);
            let triggers = others.flat_map(|active| {
                let triggers = active.plan.triggers.iter();
                triggers.map(move |trigger| (active, trigger))
            });
            let covering = triggers.filter(
                |(_, trigger)| matches!(&trigger.source, Source::Failure { of } if covers(of)),
            );
            let mut found: Vec<_> = covering
                .map(|(active, trigger)| (active.clone(), trigger.id.clone()))
                .collect();
            found.sort_by(|(a, _), (b, _)| a.plan.workflow.cmp(&b.plan.workflow));
            Some(found)
        });
        all.unwrap_or_default()
    }

    /// Every active workflow and how long its runs are kept, where its manifest says so.
    pub fn retention(&self) -> Vec<(Namespace, WorkflowName, Option<u64>)> {
        let active = self.active.read().unwrap_or_else(PoisonError::into_inner);
        let each = |(namespace, table): (&Namespace, &Table)| {
            let namespace = namespace.clone();
            let plans: Vec<_> = table.plans.values().map(|a| Arc::clone(&a.plan)).collect();
            plans
                .into_iter()
                .map(move |plan| (namespace.clone(), plan.workflow.clone(), plan.retain_ms))
        };
        active.iter().flat_map(each).collect()
    }

    fn look<T>(&self, namespace: &Namespace, look: impl FnOnce(&Table) -> Option<T>) -> Option<T> {
        let active = self.active.read().unwrap_or_else(PoisonError::into_inner);
        active.get(namespace).and_then(look)
    }

    fn get(&self, digest: Digest) -> Option<Arc<Plan>> {
        let plans = self
            .by_digest
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        plans.get(&digest).cloned()
    }

    fn insert(&self, digest: Digest, plan: &Arc<Plan>) {
        let mut plans = write(&self.by_digest);
        if plans.len() >= KEPT_MAX {
            plans.clear();
        }
        plans.insert(digest, Arc::clone(plan));
    }
}

fn write<T>(lock: &RwLock<T>) -> std::sync::RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}

/// Sees to it that what is active in a namespace is known before a run of it is taken up: a process
/// that starts claims what a former one left before anybody has activated anything.
pub(crate) async fn recall<S: Store, P: Plugins>(
    inner: &Inner<S, P>,
    namespace: &Namespace,
) -> Result<(), StoreError> {
    if inner.plans.knows(namespace) {
        return Ok(());
    }
    let active = inner.store.active(namespace).await?;
    let table = Table::of(&active.plans, &active.paused);
    let mut tables = write(&inner.plans.active);
    tables.entry(namespace.clone()).or_insert(table);
    Ok(())
}

/// The plan of a run, with its plugins loaded.
pub(crate) async fn of_run<S: Store, P: Plugins>(
    inner: &Inner<S, P>,
    digest: Digest,
) -> Result<Arc<Plan>, PlanError> {
    let plan = match inner.plans.get(digest) {
        Some(plan) => plan,
        None => {
            let wanted = PlanRef::Digest(digest);
            let plan = inner.store.plan(&wanted).await?;
            let plan = plan.ok_or(PlanError::Missing(digest))?;
            inner.plans.insert(digest, &plan);
            plan
        }
    };
    for operation in plan.operations() {
        if inner.plugins.describe(operation.digest).is_none() {
            load(inner, &operation.plugin, operation.digest).await?;
        }
    }
    Ok(plan)
}

/// Loads a plugin from the catalog.
pub(crate) async fn load<S: Store, P: Plugins>(
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
