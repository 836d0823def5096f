//! What is too large or too binary for JSON.

use std::future::Future;

use bytes::Bytes;
use mortise_model::id::{Digest, Namespace, RunId};

use crate::error::StoreError;

/// What the smallest file counts in [`Files::files_bytes`], in bytes: a disk gives it no less.
pub const FILE_MIN_BYTES: u64 = 4_096;

/// Keeps files beside the journal, apart from payloads. A file belongs to a run and goes with it.
pub trait Files: Send + Sync + 'static {
    /// Keeps content under its digest, durably, before the commit that names it. Doing it twice is
    /// harmless.
    ///
    /// # Errors
    /// `TooLarge`, `Full` or `Failed`.
    fn put_file(
        &self,
        namespace: &Namespace,
        run: RunId,
        content: Bytes,
    ) -> impl Future<Output = Result<Digest, StoreError>> + Send;

    /// Reads a file whole, and checks it against its digest.
    ///
    /// # Errors
    /// `Damaged` where it is missing or its bytes are not those of its digest.
    fn read_file(
        &self,
        namespace: &Namespace,
        run: RunId,
        digest: Digest,
    ) -> impl Future<Output = Result<Bytes, StoreError>> + Send;

    /// How large a file is, in bytes; none where the run has none with this digest.
    ///
    /// # Errors
    /// Where it cannot be known.
    fn file_size(
        &self,
        namespace: &Namespace,
        run: RunId,
        digest: Digest,
    ) -> impl Future<Output = Result<Option<u64>, StoreError>> + Send;

    /// What all files of a run have together, in bytes; each counts as [`FILE_MIN_BYTES`] at least.
    ///
    /// # Errors
    /// Where it cannot be known.
    fn files_bytes(
        &self,
        namespace: &Namespace,
        run: RunId,
    ) -> impl Future<Output = Result<u64, StoreError>> + Send;
}
