//! What is too large for a journal entry.

use std::future::Future;
use std::ops::Range;

use mortise_model::id::{Digest, Namespace, RunId};

use crate::error::StoreError;

/// Keeps large payloads beside the journal. A payload belongs to a run and goes with it.
pub trait Payloads: Send + Sync + 'static {
    /// Keeps bytes under their digest, durably, before the commit that names them. Doing it twice
    /// is harmless.
    ///
    /// # Errors
    /// `TooLarge`, `Full` or `Failed`.
    fn put(
        &self,
        namespace: &Namespace,
        run: RunId,
        bytes: Vec<u8>,
    ) -> impl Future<Output = Result<Digest, StoreError>> + Send;

    /// Reads a range of a payload, or all of it; a whole one is checked against its digest.
    ///
    /// # Errors
    /// `Damaged` where it is missing or its bytes are not those of its digest.
    fn read(
        &self,
        namespace: &Namespace,
        run: RunId,
        digest: Digest,
        range: Option<Range<u64>>,
    ) -> impl Future<Output = Result<Vec<u8>, StoreError>> + Send;

    /// Whether there is no room for news at this moment: events would be refused with `Full`. Asked
    /// often, and answered without waiting.
    fn is_full(&self) -> bool;
}
