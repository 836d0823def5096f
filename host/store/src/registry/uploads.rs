//! Uploads: a file and a record each.

use std::fs;
use std::sync::Arc;

use mortise_model::{ContentDigest, Timestamp, UploadId};
use mortise_ports::uploads::{Begun, Finished, Room, Upload, Which};
use mortise_ports::{StoreError, Uploads};

use super::turn::{Step, in_turn, remove_file};
use super::{Linked, count, files, has_room, remove, write};
use crate::keys::registry as keys;
use crate::record;
use crate::shared::{Shared, blocking};
use crate::store::SledStore;

impl Uploads for SledStore {
    async fn begin_upload(
        &self,
        upload: UploadId,
        to: Upload,
        room: Room,
    ) -> Result<Begun, StoreError> {
        in_turn(&self.shared, move |shared| {
            if count(shared, &keys::all_uploads())? >= room.uploads {
                return Ok(Step::nothing(Begun::Uploads));
            }
            if !has_room(shared, &to.repository, room)? {
                return Ok(Step::nothing(Begun::Repositories));
            }
            files::begin(shared, upload)?;
            let kept = write(shared, keys::upload(upload), &to)?;
            Ok(Step::writes(Begun::UnderWay, vec![kept]))
        })
        .await
    }

    async fn append_upload(
        &self,
        upload: UploadId,
        offset: u64,
        bytes: Vec<u8>,
    ) -> Result<bool, StoreError> {
        let shared = Arc::clone(&self.shared);
        blocking(move || files::append(&shared, upload, offset, &bytes)).await
    }

    async fn settle_upload(
        &self,
        upload: UploadId,
        length_bytes: u64,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let shared = Arc::clone(&self.shared);
        // The bytes first, and not while others wait for their turn.
        if !blocking(move || files::settle(&shared, upload, length_bytes)).await? {
            return Ok(false);
        }
        in_turn(&self.shared, move |shared| {
            let Some(known) = read(shared, upload)? else {
                return Ok(Step::nothing(false));
            };
            let settled = Upload {
                length_bytes,
                at: now,
                ..known
            };
            let kept = write(shared, keys::upload(upload), &settled)?;
            Ok(Step::writes(true, vec![kept]))
        })
        .await
    }

    async fn upload(&self, upload: UploadId) -> Result<Option<Upload>, StoreError> {
        let shared = Arc::clone(&self.shared);
        blocking(move || read(&shared, upload)).await
    }

    async fn finish_upload(
        &self,
        upload: UploadId,
        digest: ContentDigest,
        now: Timestamp,
        room: Room,
    ) -> Result<Finished, StoreError> {
        let shared = Arc::clone(&self.shared);
        let found = blocking(move || {
            let Some(known) = read(&shared, upload)? else {
                return Ok(None);
            };
            let length = known.length_bytes;
            let found = files::digest(&shared, upload, (length, digest))?;
            Ok(found.map(|found| (known, found)))
        });
        let Some((known, found)) = found.await? else {
            return Ok(Finished::Unknown);
        };
        in_turn(&self.shared, move |shared| {
            finish(shared, (upload, known), (digest, found), (now, room))
        })
        .await
    }

    async fn drop_uploads(&self, which: Which) -> Result<usize, StoreError> {
        in_turn(&self.shared, move |shared| match &which {
            Which::One(upload) => {
                let known = read(shared, *upload)?.is_some();
                let gone = known.then(|| remove(keys::upload(*upload)));
                let mut step = Step::writes(usize::from(known), gone.into_iter().collect());
                step.rid.push(files::upload(&shared.folders, *upload));
                Ok(step)
            }
            Which::Idle(since, spared) => sweep(shared, |id, upload| {
                upload.at >= *since || spared.contains(&id)
            }),
        })
        .await
    }
}

fn read(shared: &Shared, upload: UploadId) -> Result<Option<Upload>, StoreError> {
    record::get(&shared.db, &keys::upload(upload))
}

/// The rename is undone by nobody: where the commit behind it never comes, the blob is one that no
/// repository has, and the next collection takes it.
fn finish(
    shared: &Shared,
    (upload, known): (UploadId, Upload),
    (wanted, found): (ContentDigest, ContentDigest),
    (now, room): (Timestamp, Room),
) -> Result<Step<Finished>, StoreError> {
    // It may have been dropped, or written to, since its digest was computed.
    if read(shared, upload)?.is_none_or(|now| now != known) {
        return Ok(Step::nothing(Finished::Unknown));
    }
    let gone = remove(keys::upload(upload));
    let path = files::upload(&shared.folders, upload);
    if wanted != found {
        let mut step = Step::writes(Finished::Differs(found), vec![gone]);
        step.rid.push(path);
        return Ok(step);
    }
    let (repository, length) = (&known.repository, known.length_bytes);
    if !has_room(shared, repository, room)? {
        return Ok(Step::nothing(Finished::Repositories));
    }
    files::become_blob(shared, upload, (length, found))?;
    let records = vec![
        gone,
        write(shared, keys::blob(repository, found), &Linked { at: now })?,
        write(shared, keys::repository(repository), &())?,
    ];
    let mut step = Step::writes(Finished::Kept(length), records);
    // Still there where the same blob was known.
    step.rid.push(path);
    Ok(step)
}

/// Drops the uploads that are not to stay, and the files that no record is known for.
fn sweep(
    shared: &Shared,
    stays: impl Fn(UploadId, &Upload) -> bool,
) -> Result<Step<usize>, StoreError> {
    let prefix = keys::all_uploads();
    let (mut records, mut rid, mut staying) = (Vec::new(), Vec::new(), Vec::new());
    for kept in record::scan::<Upload>(&shared.db, &prefix) {
        let (key, upload) = kept?;
        let id = key.get(prefix.len()..).and_then(|id| id.try_into().ok());
        let id = UploadId(id.ok_or_else(|| record::damaged(&key, "it names no upload"))?);
        if stays(id, &upload) {
            staying.push(id.to_string());
        } else {
            records.push(remove(key.to_vec()));
            rid.push(files::upload(&shared.folders, id));
        }
    }
    let dropped = records.len();
    let folder = fs::read_dir(files::uploads(&shared.folders));
    for file in folder.into_iter().flatten().flatten() {
        let name = file.file_name();
        let is_known = staying.iter().any(|id| name.to_str() == Some(id));
        if !is_known && !rid.contains(&file.path()) {
            // Nothing is written for it, so nothing has to be durable before it goes.
            remove_file(&file.path());
        }
    }
    let mut step = Step::writes(dropped, records);
    step.rid = rid;
    Ok(step)
}
