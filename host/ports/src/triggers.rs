//! What triggers remember between events.

use std::future::Future;

use mortise_model::id::{Namespace, WorkflowName};
use mortise_model::{Json, Timestamp};

use crate::error::StoreError;
use crate::journal::Owner;

/// Keeps the memory of triggers. It changes together with the events that it belongs to, see
/// [`crate::journal::Acceptance::memory`], or here where there are none. Who polls or keeps a
/// schedule holds a claim, so that no two processes do it at the same moment.
pub trait Triggers: Send + Sync + 'static {
    /// Takes a trigger for `lease_ms` of the owner, or prolongs that; none where somebody else has
    /// it.
    ///
    /// # Errors
    /// Where the store failed.
    fn hold(
        &self,
        trigger: &TriggerKey,
        owner: &Owner,
        now: Timestamp,
    ) -> impl Future<Output = Result<Option<Fence>, StoreError>> + Send;

    /// What a trigger remembers.
    ///
    /// # Errors
    /// Where it cannot be read.
    fn memory(
        &self,
        trigger: &TriggerKey,
    ) -> impl Future<Output = Result<Option<Json>, StoreError>> + Send;

    /// Replaces what a trigger remembers, durably.
    ///
    /// # Errors
    /// `Outdated` where the trigger's fence has moved on; `Full` or `Failed`.
    fn save(&self, memory: Memory) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Every trigger of a namespace that remembers something, also of workflows that are gone.
    ///
    /// # Errors
    /// Where they cannot be read.
    fn remembered(
        &self,
        namespace: &Namespace,
    ) -> impl Future<Output = Result<Vec<TriggerKey>, StoreError>> + Send;

    /// Forgets what a trigger remembers.
    ///
    /// # Errors
    /// `Full` or `Failed`.
    fn forget(&self, trigger: &TriggerKey) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// Grows with every change of hands; a write with an old one is refused.
pub type Fence = u64;

/// What a trigger is to remember.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Memory {
    /// Which trigger.
    pub trigger: TriggerKey,
    /// From [`Triggers::hold`]; none where the trigger is nobody's to hold, such as a webhook.
    pub fence: Option<Fence>,
    /// What.
    pub value: Json,
}

/// Which trigger.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TriggerKey {
    /// Whose it is.
    pub namespace: Namespace,
    /// Of which workflow.
    pub workflow: WorkflowName,
    /// Its id in the manifest.
    pub trigger: String,
}
