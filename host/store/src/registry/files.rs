//! Where content lies: `registry/blobs/ALGORITHM/XX/DIGEST` once it is whole, `registry/uploads/UPLOAD`
//! while it comes. Digests and uploads are digits, so nothing else becomes part of a path.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read as _};
use std::ops::Range;
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use mortise_model::{ContentDigest, UploadId};
use mortise_ports::StoreError;

use crate::disk::{self, Writer};
use crate::shared::{Folders, Shared};

/// So much is read at once while a digest is computed.
const READ_BYTES: usize = 256 * 1024;

/// Where a blob lies.
pub fn blob(folders: &Folders, digest: ContentDigest) -> PathBuf {
    let hex = digest.hex();
    let (first, _) = hex.split_at(2);
    let folder = blobs(folders).join(digest.algorithm()).join(first);
    folder.join(hex)
}

/// The folder of the blobs.
pub fn blobs(folders: &Folders) -> PathBuf {
    folders.registry.join("blobs")
}

/// The folder of the uploads.
pub fn uploads(folders: &Folders) -> PathBuf {
    folders.registry.join("uploads")
}

/// Where an upload lies.
pub fn upload(folders: &Folders, upload: UploadId) -> PathBuf {
    uploads(folders).join(upload.to_string())
}

/// Makes an empty file for an upload, durably.
pub fn begin(shared: &Shared, id: UploadId) -> Result<(), StoreError> {
    let path = upload(&shared.folders, id);
    room(shared, 0)?;
    let made = disk::make_folder_durably(&uploads(&shared.folders), &shared.folders.root)
        .and_then(|()| {
            let mut options = OpenOptions::new();
            options.write(true).create_new(true).mode(0o600);
            options.open(&path)?.sync_all()
        })
        .and_then(|()| disk::sync_folder(&uploads(&shared.folders)));
    made.map_err(|error| failed(shared, &path, &error))
}

/// Writes bytes at an offset of an upload. False where there is none.
pub fn append(
    shared: &Shared,
    id: UploadId,
    offset: u64,
    bytes: &[u8],
) -> Result<bool, StoreError> {
    room(shared, bytes.len() as u64)?;
    let path = upload(&shared.folders, id);
    let written = open(&path).and_then(|file| match file {
        Some(file) => file.write_all_at(bytes, offset).map(|()| true),
        None => Ok(false),
    });
    written.map_err(|error| failed(shared, &path, &error))
}

/// Makes the first bytes of an upload durable, and removes those behind. False where there is none.
pub fn settle(shared: &Shared, id: UploadId, length: u64) -> Result<bool, StoreError> {
    let path = upload(&shared.folders, id);
    let settled = open(&path).and_then(|file| match file {
        Some(file) => {
            file.set_len(length)?;
            file.sync_all().map(|()| true)
        }
        None => Ok(false),
    });
    settled.map_err(|error| failed(shared, &path, &error))
}

/// The digest of the first bytes of an upload, by the algorithm of another. None where there is
/// none, or it has not so many.
pub fn digest(
    shared: &Shared,
    id: UploadId,
    (length, like): (u64, ContentDigest),
) -> Result<Option<ContentDigest>, StoreError> {
    let path = upload(&shared.folders, id);
    let mut hasher = like.hasher();
    let mut read = || -> io::Result<Option<u64>> {
        let Some(file) = open(&path)? else {
            return Ok(None);
        };
        let mut part = file.take(length);
        let mut buffer = vec![0; READ_BYTES];
        let mut total = 0;
        loop {
            let read = part.read(&mut buffer)?;
            if read == 0 {
                return Ok(Some(total));
            }
            total += read as u64;
            hasher.add(&buffer[..read]);
        }
    };
    let total = read().map_err(|error| unreadable(&path, &error))?;
    Ok((total == Some(length)).then(|| hasher.end()))
}

/// Makes a blob of an upload that is durable, under the digest that it has.
pub fn become_blob(
    shared: &Shared,
    id: UploadId,
    (length, digest): (u64, ContentDigest),
) -> Result<(), StoreError> {
    let (from, path) = (upload(&shared.folders, id), blob(&shared.folders, digest));
    if fs::metadata(&path).is_ok_and(|known| known.len() == length) {
        // Whoever has the same digest has the same bytes.
        return Ok(());
    }
    let folder = path.parent().unwrap_or(&shared.folders.registry);
    let moved = disk::make_folder_durably(folder, &shared.folders.root)
        .and_then(|()| fs::rename(&from, &path))
        .and_then(|()| disk::sync_folder(folder));
    moved.map_err(|error| failed(shared, &path, &error))
}

/// The size of a blob; none where it is not there.
pub fn size(folders: &Folders, digest: ContentDigest) -> Result<Option<u64>, StoreError> {
    let path = blob(folders, digest);
    match fs::metadata(&path) {
        Ok(found) => Ok(Some(found.len())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unreadable(&path, &error)),
    }
}

/// Reads the part of a range that lies in a blob.
pub fn read(
    folders: &Folders,
    digest: ContentDigest,
    range: Range<u64>,
) -> Result<Option<Vec<u8>>, StoreError> {
    let path = blob(folders, digest);
    let read = || {
        let file = File::open(&path)?;
        let end = range.end.min(file.metadata()?.len());
        let length = usize::try_from(end.saturating_sub(range.start)).unwrap_or(0);
        let mut bytes = vec![0; length];
        file.read_exact_at(&mut bytes, range.start)?;
        Ok(bytes)
    };
    match read() {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if io::Error::kind(&error) == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unreadable(&path, &error)),
    }
}

fn open(path: &Path) -> io::Result<Option<File>> {
    match OpenOptions::new().read(true).write(true).open(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn room(shared: &Shared, bytes: u64) -> Result<(), StoreError> {
    match shared.disk.has_room_for_file(Writer::News, bytes) {
        true => Ok(()),
        false => Err(StoreError::Full),
    }
}

fn failed(shared: &Shared, path: &Path, error: &io::Error) -> StoreError {
    if disk::is_full(error) {
        return StoreError::Full;
    }
    let why = format!("`{}` cannot be written: {error}", path.display());
    shared.fail(&why);
    StoreError::Failed(why)
}

fn unreadable(path: &Path, error: &io::Error) -> StoreError {
    StoreError::Damaged(format!("`{}` cannot be read: {error}", path.display()))
}
