//! What can go wrong in a store.

use mortise_model::RunId;
use thiserror::Error;

/// Why a store did not do what it was asked.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum StoreError {
    /// The claim is not held any more: somebody else works on the run, or it is at rest.
    #[error("the claim on run {0} is not held any more")]
    Fenced(RunId),
    /// The journal of the run is at another sequence.
    #[error("the journal of run {run} is at {actual}, not at {expected}")]
    Sequence {
        /// The run.
        run: RunId,
        /// What the caller believed.
        expected: u32,
        /// What is so.
        actual: u32,
    },
    /// Somebody else holds the trigger now.
    #[error("the trigger is held by somebody else now")]
    Outdated,
    /// Nobody knows whether it was done: read back by sequence.
    #[error("the store was lost while it wrote; whether it did is unknown")]
    Unknown,
    /// There is no room. Nothing was changed; the store goes on when there is room again.
    #[error("the disk of the data folder is full")]
    Full,
    /// A value is larger than the store keeps.
    #[error("a value of {size_bytes} bytes is over the store's limit of {max_bytes}")]
    TooLarge {
        /// How large it is.
        size_bytes: u64,
        /// How large it may be.
        max_bytes: u64,
    },
    /// The catalog was changed by somebody else since it was read.
    #[error("the catalog is at revision {actual}, not at {expected}")]
    Revision {
        /// What the caller believed.
        expected: u64,
        /// What is so.
        actual: u64,
    },
    /// What is kept cannot be read: it names what and where.
    #[error("the store is damaged: {0}")]
    Damaged(String),
    /// Writing failed for good; the process must stop and acknowledge nothing.
    #[error("the store failed: {0}")]
    Failed(String),
}
