//! Content on its way into the registry: it comes in pieces, over days if need be, and is whole or
//! not there.

use std::collections::BTreeSet;
use std::future::Future;

use mortise_model::{ContentDigest, Repository, Timestamp, UploadId};
use serde::{Deserialize, Serialize};

use crate::error::StoreError;

/// Keeps uploads under way. Who appends to one does so alone; callers see to that.
pub trait Uploads: Send + Sync + 'static {
    /// Begins an upload, durably.
    ///
    /// # Errors
    /// `Full` or `Failed`; nothing was begun then.
    fn begin_upload(
        &self,
        upload: UploadId,
        to: Upload,
        room: Room,
    ) -> impl Future<Output = Result<Begun, StoreError>> + Send;

    /// Writes bytes at an offset of what came so far. They need not survive a crash until
    /// [`Uploads::settle_upload`] says so. False where there is no such upload.
    ///
    /// # Errors
    /// `Full` or `Failed`.
    fn append_upload(
        &self,
        upload: UploadId,
        offset: u64,
        bytes: Vec<u8>,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Makes durable that an upload has so many bytes; whatever was written behind them is gone.
    /// False where there is no such upload.
    ///
    /// # Errors
    /// `Full` or `Failed`.
    fn settle_upload(
        &self,
        upload: UploadId,
        length_bytes: u64,
        now: Timestamp,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// An upload as it was settled last.
    ///
    /// # Errors
    /// Where it cannot be read.
    fn upload(
        &self,
        upload: UploadId,
    ) -> impl Future<Output = Result<Option<Upload>, StoreError>> + Send;

    /// Makes a blob of its repository out of what was settled, durably, where that has this digest.
    /// The upload is gone then, and also where the digest is another.
    ///
    /// # Errors
    /// `Full` or `Failed`; nothing has changed then.
    fn finish_upload(
        &self,
        upload: UploadId,
        digest: ContentDigest,
        now: Timestamp,
        room: Room,
    ) -> impl Future<Output = Result<Finished, StoreError>> + Send;

    /// Removes uploads with everything that came of them, and what no upload is known for. Says how
    /// many there were.
    ///
    /// # Errors
    /// `Failed`, or where they cannot be read.
    fn drop_uploads(&self, which: Which) -> impl Future<Output = Result<usize, StoreError>> + Send;
}

/// An upload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upload {
    /// Where the blob will be.
    pub repository: Repository,
    /// So many bytes are settled.
    pub length_bytes: u64,
    /// When somebody settled last.
    pub at: Timestamp,
}

/// How much there may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// Uploads under way.
    pub uploads: usize,
    /// Repositories.
    pub repositories: usize,
    /// Tags of one repository.
    pub tags: usize,
}

/// What came of beginning an upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begun {
    /// It is under way.
    UnderWay,
    /// As many as may be are under way.
    Uploads,
    /// It would be the first of another repository, and there are as many as may be.
    Repositories,
}

/// What came of ending an upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finished {
    /// It is a blob of so many bytes.
    Kept(u64),
    /// It has another digest, and is gone.
    Differs(ContentDigest),
    /// There is no such upload.
    Unknown,
    /// It would be the first of another repository, and there are as many as may be.
    Repositories,
}

/// Which uploads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Which {
    /// One.
    One(UploadId),
    /// Those that nobody settled since a time, but for some that are being written.
    Idle(Timestamp, BTreeSet<UploadId>),
}
