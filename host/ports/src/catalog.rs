//! Plans and plugins: what a run is bound to.

use std::future::Future;
use std::sync::Arc;

use mortise_model::id::{Digest, Namespace, WorkflowName};
use mortise_model::{Plan, Timestamp};
use serde::{Deserialize, Serialize};

use crate::error::StoreError;

/// Keeps every plan and plugin that a run may need.
pub trait Catalog: Send + Sync + 'static {
    /// Makes this what is active in a namespace, all or nothing, durably: plans, and the rollouts
    /// with the plans that stand beside them. A plan that is known keeps its version; a new one gets the
    /// next of its workflow. A workflow that is not among them is not active any more; its runs go on.
    ///
    /// # Errors
    /// `Revision` where somebody else published since `expected_revision`; `Full`, `Failed`.
    fn publish(
        &self,
        namespace: &Namespace,
        expected_revision: u64,
        publication: Publication,
    ) -> impl Future<Output = Result<Active, StoreError>> + Send;

    /// The active plans of a namespace.
    ///
    /// # Errors
    /// Where they cannot be read.
    fn active(
        &self,
        namespace: &Namespace,
    ) -> impl Future<Output = Result<Active, StoreError>> + Send;

    /// A plan, active or not.
    ///
    /// # Errors
    /// Where it cannot be read.
    fn plan(
        &self,
        plan: &PlanRef,
    ) -> impl Future<Output = Result<Option<Arc<Plan>>, StoreError>> + Send;

    /// Pauses a workflow or lets it go on, durably. It stays so over publications.
    ///
    /// # Errors
    /// `Full` or `Failed`.
    fn pause(
        &self,
        namespace: &Namespace,
        workflow: &WorkflowName,
        paused: bool,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Keeps a plugin's bytes under their digest, durably, before the plan that names it.
    ///
    /// # Errors
    /// `Full` or `Failed`.
    fn put_plugin(&self, bytes: Vec<u8>)
    -> impl Future<Output = Result<Digest, StoreError>> + Send;

    /// A plugin's bytes.
    ///
    /// # Errors
    /// `Damaged` where they are not those of the digest.
    fn plugin(
        &self,
        digest: Digest,
    ) -> impl Future<Output = Result<Option<Vec<u8>>, StoreError>> + Send;
}

/// Which plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlanRef {
    /// By the digest of its JSON text.
    Digest(Digest),
    /// By its number among the versions of its workflow.
    Version(Namespace, WorkflowName, u32),
}

/// What is to be active in a namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Publication {
    /// One for each workflow.
    pub plans: Vec<Plan>,
    /// What is tried out beside them. A workflow has a candidate in one of them at most.
    pub rollouts: Vec<Trial>,
}

/// A rollout, with the plans that some of the new runs take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trial {
    /// What is rolled out, and how far.
    pub rollout: Rollout,
    /// One for each workflow whose plan it changes.
    pub candidates: Vec<Plan>,
}

impl From<Vec<Plan>> for Publication {
    /// Plans alone.
    fn from(plans: Vec<Plan>) -> Self {
        Self {
            plans,
            rollouts: Vec::new(),
        }
    }
}

/// A version of a plugin that some of the new runs take.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rollout {
    /// `acme/shop`
    pub plugin: String,
    /// The version that is tried out.
    pub version: String,
    /// Its bytes.
    pub digest: Digest,
    /// So many of a hundred new runs take it.
    pub share: u8,
    /// When it began.
    pub since: Timestamp,
}

impl Rollout {
    /// `acme/shop@1.2.0`
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}@{}", self.plugin, self.version)
    }
}

/// What is active in a namespace.
#[derive(Clone, Debug, Default)]
pub struct Active {
    /// Grows with every publication; 0 before the first.
    pub revision: u64,
    /// By name of workflow.
    pub plans: Vec<ActivePlan>,
    /// What is tried out beside them.
    pub rollouts: Vec<Rollout>,
    /// Workflows that are paused, active or not.
    pub paused: Vec<WorkflowName>,
}

impl Active {
    /// The same as it was published; to be published again with a change.
    #[must_use]
    pub fn publication(&self) -> Publication {
        let candidates_of = |rollout: &Rollout| {
            let candidates = self.plans.iter().filter_map(|plan| plan.candidate.as_ref());
            let its = candidates.filter(|candidate| candidate.rollout.plugin == rollout.plugin);
            its.map(|candidate| (*candidate.plan).clone()).collect()
        };
        let rollouts = self.rollouts.iter().map(|rollout| Trial {
            rollout: rollout.clone(),
            candidates: candidates_of(rollout),
        });
        Publication {
            plans: self.plans.iter().map(|plan| (*plan.plan).clone()).collect(),
            rollouts: rollouts.collect(),
        }
    }
}

/// An active plan.
#[derive(Clone, Debug)]
pub struct ActivePlan {
    /// The digest of the plan's JSON text.
    pub digest: Digest,
    /// Its number among the versions of its workflow, from 1.
    pub version: u32,
    /// The plan.
    pub plan: Arc<Plan>,
    /// The plan that some of the new runs take instead.
    pub candidate: Option<Arc<Candidate>>,
}

/// A plan that some of the new runs of its workflow take.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// Why, and how many.
    pub rollout: Rollout,
    /// The digest of the plan's JSON text.
    pub digest: Digest,
    /// Its number among the versions of its workflow.
    pub version: u32,
    /// The plan.
    pub plan: Arc<Plan>,
}
