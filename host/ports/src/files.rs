//! What is too large or too binary for JSON.

use std::fmt::Debug;
use std::future::Future;
use std::sync::Arc;

use bytes::Bytes;
use mortise_model::id::{Digest, Namespace, RunId};

use crate::error::StoreError;

/// What the smallest file counts in [`Files::files_bytes`], in bytes: a disk gives it no less.
pub const FILE_MIN_BYTES: u64 = 4_096;

/// The bytes of a file, wherever they lie: whoever needs a part of them reads that part.
pub trait Content: Debug + Send + Sync {
    /// How many there are.
    fn size_bytes(&self) -> u64;

    /// Up to `length` bytes from `offset`; fewer at the end. May wait for a disk.
    ///
    /// # Errors
    /// Where they cannot be read, in words.
    fn read(&self, offset: u64, length: usize) -> Result<Bytes, String>;

    /// All of them. May wait for a disk.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    fn whole(&self) -> Result<Bytes, String> {
        let length = usize::try_from(self.size_bytes()).map_err(|error| error.to_string())?;
        self.read(0, length)
    }
}

/// Bytes that are at hand.
impl Content for Bytes {
    fn size_bytes(&self) -> u64 {
        self.len() as u64
    }

    fn read(&self, offset: u64, length: usize) -> Result<Bytes, String> {
        let start = usize::try_from(offset).map_or(self.len(), |start| start.min(self.len()));
        Ok(self.slice(start..start.saturating_add(length).min(self.len())))
    }
}

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

    /// Opens a file to read parts of it, and checks it against its digest first, without holding all of it. It
    /// can be read to its end even where its run is deleted meanwhile.
    ///
    /// # Errors
    /// `Damaged` where it is missing or its bytes are not those of its digest.
    fn open_file(
        &self,
        namespace: &Namespace,
        run: RunId,
        digest: Digest,
    ) -> impl Future<Output = Result<Arc<dyn Content>, StoreError>> + Send;

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
