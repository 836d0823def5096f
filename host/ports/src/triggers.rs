//! What triggers remember between events.

use std::future::Future;

use mortise_model::Json;
use mortise_model::id::{Namespace, WorkflowName};

use crate::error::StoreError;

/// Keeps the memory of triggers. It changes together with the events that it belongs to, see
/// [`crate::journal::Acceptance::memory`], or here where there are none.
pub trait Triggers: Send + Sync + 'static {
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
    /// `Full` or `Failed`.
    fn save(
        &self,
        trigger: &TriggerKey,
        memory: Json,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
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
