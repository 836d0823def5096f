//! Payloads that are too large for the journal: a file for each, below the folder of its run.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;

use mortise_model::id::{Digest, Namespace, RunId};
use mortise_ports::{Payloads, StoreError};

use crate::disk::{self, Writer};
use crate::shared::{Shared, blocking};
use crate::store::SledStore;

impl Payloads for SledStore {
    async fn put(
        &self,
        namespace: &Namespace,
        run: RunId,
        bytes: Vec<u8>,
    ) -> Result<Digest, StoreError> {
        self.shared.allows(bytes.len())?;
        let (shared, namespace) = (Arc::clone(&self.shared), namespace.clone());
        blocking(move || {
            let digest = Digest::of(&bytes);
            shared.touched.add(run);
            let folder = shared.folders.payloads_of(&namespace, run);
            let path = folder.join(digest.hex());
            keep(&shared, &path, &bytes, Writer::UnderWay)?;
            Ok(digest)
        })
        .await
    }

    async fn read(
        &self,
        namespace: &Namespace,
        run: RunId,
        digest: Digest,
        range: Option<Range<u64>>,
    ) -> Result<Vec<u8>, StoreError> {
        let folder = self.shared.folders.payloads_of(namespace, run);
        let path = folder.join(digest.hex());
        blocking(move || match range {
            None => read_whole(&path, digest)?.ok_or_else(|| missing(&path)),
            Some(range) => read_range(&path, range).map_err(|error| unreadable(&path, &error)),
        })
        .await
    }

    fn is_full(&self) -> bool {
        !self.shared.disk.has_room(Writer::News, 0)
    }
}

/// Keeps bytes in a file, durably. One that is there already is left alone: its name is its
/// content's.
pub(crate) fn keep(
    shared: &Shared,
    path: &Path,
    bytes: &[u8],
    writer: Writer,
) -> Result<(), StoreError> {
    if path.is_file() {
        return Ok(());
    }
    // Files are written once, not over and over as pages are.
    if !shared.disk.has_room_for_file(writer, bytes.len() as u64) {
        return Err(StoreError::Full);
    }
    let folder = path.parent().unwrap_or(&shared.folders.root);
    let written = disk::make_folder_durably(folder, &shared.folders.root)
        .and_then(|()| disk::write_file_durably(path, bytes));
    written.map_err(|error| {
        if disk::is_full(&error) {
            return StoreError::Full;
        }
        let why = format!("`{}` cannot be written: {error}", path.display());
        shared.fail(&why);
        StoreError::Failed(why)
    })
}

/// Reads a file that is named by its content; none where it is not there.
pub(crate) fn read_whole(path: &Path, digest: Digest) -> Result<Option<Vec<u8>>, StoreError> {
    match fs::read(path) {
        Ok(bytes) if Digest::of(&bytes) == digest => Ok(Some(bytes)),
        Ok(_) => Err(altered(path)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unreadable(path, &error)),
    }
}

/// Reads the part of a range that lies in the file.
fn read_range(path: &Path, range: Range<u64>) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    let end = range.end.min(file.metadata()?.len());
    let length = usize::try_from(end.saturating_sub(range.start)).unwrap_or(0);
    let mut bytes = vec![0; length];
    file.read_exact_at(&mut bytes, range.start)?;
    Ok(bytes)
}

pub(crate) fn altered(path: &Path) -> StoreError {
    let path = path.display();
    StoreError::Damaged(format!(
        "`{path}`: its bytes are not those that were written"
    ))
}

pub(crate) fn missing(path: &Path) -> StoreError {
    StoreError::Damaged(format!("`{}` is missing", path.display()))
}

pub(crate) fn unreadable(path: &Path, error: &io::Error) -> StoreError {
    if error.kind() == ErrorKind::NotFound {
        return missing(path);
    }
    StoreError::Damaged(format!("`{}` cannot be read: {error}", path.display()))
}
