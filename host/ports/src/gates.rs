//! What is remembered of applications: how often they may be asked, and whether they are down.

use std::future::Future;

use mortise_model::Json;
use mortise_model::id::{ConnectionName, Namespace};

use crate::error::StoreError;

/// Keeps the state of the gate before each connection, over restarts.
pub trait Gates: Send + Sync + 'static {
    /// Every gate that is kept.
    ///
    /// # Errors
    /// Where they cannot be read.
    fn gates(&self) -> impl Future<Output = Result<Vec<(GateKey, Json)>, StoreError>> + Send;

    /// Replaces the state of a gate; durable with the next commit at the latest.
    ///
    /// # Errors
    /// `Full` or `Failed`.
    fn save_gate(
        &self,
        gate: &GateKey,
        state: Json,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// Which gate.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GateKey {
    /// Whose it is.
    pub namespace: Namespace,
    /// Before which connection.
    pub connection: ConnectionName,
}
