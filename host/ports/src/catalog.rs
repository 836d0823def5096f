//! Plans and plugins: what a run is bound to.

use std::future::Future;
use std::sync::Arc;

use mortise_model::Plan;
use mortise_model::id::{Digest, Namespace, WorkflowName};

use crate::error::StoreError;

/// Keeps every plan and plugin that a run may need.
pub trait Catalog: Send + Sync + 'static {
    /// Makes these plans the active ones of a namespace, all or nothing, durably. A plan that is
    /// known keeps its version; a new one gets the next of its workflow. A workflow that is not
    /// among them is not active any more; its runs go on.
    ///
    /// # Errors
    /// `Revision` where somebody else published since `expected_revision`; `Full`, `Failed`.
    fn publish(
        &self,
        namespace: &Namespace,
        expected_revision: u64,
        plans: Vec<Plan>,
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

/// What is active in a namespace.
#[derive(Clone, Debug, Default)]
pub struct Active {
    /// Grows with every publication; 0 before the first.
    pub revision: u64,
    /// By name of workflow.
    pub plans: Vec<ActivePlan>,
    /// Workflows that are paused, active or not.
    pub paused: Vec<WorkflowName>,
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
}
