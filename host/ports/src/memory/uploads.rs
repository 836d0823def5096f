//! Uploads, in memory.

use mortise_model::{ContentDigest, Timestamp, UploadId};

use super::{MemoryStore, Write};
use crate::error::StoreError;
use crate::uploads::{Begun, Finished, Room, Upload, Uploads, Which};

/// An upload, and what came behind what was settled.
#[derive(Clone, Debug)]
pub struct Coming {
    upload: Upload,
    bytes: Vec<u8>,
}

impl Uploads for MemoryStore {
    async fn begin_upload(
        &self,
        upload: UploadId,
        to: Upload,
        room: Room,
    ) -> Result<Begun, StoreError> {
        let mut state = self.state();
        if state.uploads.len() >= room.uploads {
            return Ok(Begun::Uploads);
        }
        if !state.shelves.has_room(&to.repository, room) {
            return Ok(Begun::Repositories);
        }
        state.write(Write::Other, |state| {
            let coming = Coming {
                upload: to,
                bytes: Vec::new(),
            };
            state.uploads.insert(upload, coming);
            Begun::UnderWay
        })
    }

    async fn append_upload(
        &self,
        upload: UploadId,
        offset: u64,
        bytes: Vec<u8>,
    ) -> Result<bool, StoreError> {
        let mut state = self.state();
        let Some(coming) = state.uploads.get_mut(&upload) else {
            return Ok(false);
        };
        coming.bytes.resize(index(offset), 0);
        coming.bytes.extend(bytes);
        Ok(true)
    }

    async fn settle_upload(
        &self,
        upload: UploadId,
        length_bytes: u64,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut state = self.state();
        if !state.uploads.contains_key(&upload) {
            return Ok(false);
        }
        state.write(Write::Other, |state| {
            if let Some(coming) = state.uploads.get_mut(&upload) {
                coming.bytes.resize(index(length_bytes), 0);
                coming.upload.length_bytes = length_bytes;
                coming.upload.at = now;
            }
            true
        })
    }

    async fn upload(&self, upload: UploadId) -> Result<Option<Upload>, StoreError> {
        let state = self.state();
        Ok(state.uploads.get(&upload).map(|kept| kept.upload.clone()))
    }

    async fn finish_upload(
        &self,
        upload: UploadId,
        digest: ContentDigest,
        now: Timestamp,
        room: Room,
    ) -> Result<Finished, StoreError> {
        let mut state = self.state();
        let Some(coming) = state.uploads.get(&upload).cloned() else {
            return Ok(Finished::Unknown);
        };
        let repository = coming.upload.repository;
        if !state.shelves.has_room(&repository, room) {
            return Ok(Finished::Repositories);
        }
        let length = coming.upload.length_bytes;
        let mut bytes = coming.bytes;
        bytes.resize(index(length), 0);
        let found = digest.same_of(&bytes);
        state.write(Write::Other, |state| {
            state.uploads.remove(&upload);
            if found != digest {
                return Finished::Differs(found);
            }
            state.shelves.keep(&repository, digest, now, bytes);
            Finished::Kept(length)
        })
    }

    async fn drop_uploads(&self, which: Which) -> Result<usize, StoreError> {
        self.state().write(Write::Other, |state| {
            let before = state.uploads.len();
            match which {
                Which::One(upload) => {
                    state.uploads.remove(&upload);
                }
                Which::Idle(since, spared) => state
                    .uploads
                    .retain(|id, kept| kept.upload.at >= since || spared.contains(id)),
            }
            before - state.uploads.len()
        })
    }
}

fn index(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}
