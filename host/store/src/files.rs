//! Files of runs: each a file beside the payloads of its run, with a name that none of those has.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use mortise_model::id::{Digest, Namespace, RunId};
use mortise_ports::files::FILE_MIN_BYTES;
use mortise_ports::{Files, StoreError};

use crate::disk::Writer;
use crate::payloads::{keep, missing, read_whole, unreadable};
use crate::shared::{Shared, blocking};
use crate::store::SledStore;

/// How the names of files end.
const SUFFIX: &str = ".file";

impl Files for SledStore {
    async fn put_file(
        &self,
        namespace: &Namespace,
        run: RunId,
        content: Bytes,
    ) -> Result<Digest, StoreError> {
        self.shared.allows(content.len())?;
        let (shared, namespace) = (Arc::clone(&self.shared), namespace.clone());
        blocking(move || {
            let digest = Digest::of(&content);
            shared.touched.add(run);
            let path = path(&shared, &namespace, run, digest);
            keep(&shared, &path, &content, Writer::UnderWay)?;
            Ok(digest)
        })
        .await
    }

    async fn read_file(
        &self,
        namespace: &Namespace,
        run: RunId,
        digest: Digest,
    ) -> Result<Bytes, StoreError> {
        let path = path(&self.shared, namespace, run, digest);
        blocking(move || {
            let content = read_whole(&path, digest)?;
            content.map(Bytes::from).ok_or_else(|| missing(&path))
        })
        .await
    }

    async fn file_size(
        &self,
        namespace: &Namespace,
        run: RunId,
        digest: Digest,
    ) -> Result<Option<u64>, StoreError> {
        let path = path(&self.shared, namespace, run, digest);
        blocking(move || match fs::metadata(&path) {
            Ok(found) => Ok(Some(found.len())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(unreadable(&path, &error)),
        })
        .await
    }

    async fn files_bytes(&self, namespace: &Namespace, run: RunId) -> Result<u64, StoreError> {
        let folder = self.shared.folders.payloads_of(namespace, run);
        blocking(move || total(&folder).map_err(|error| unreadable(&folder, &error))).await
    }
}

fn path(shared: &Shared, namespace: &Namespace, run: RunId, digest: Digest) -> PathBuf {
    let folder = shared.folders.payloads_of(namespace, run);
    folder.join(format!("{}{SUFFIX}", digest.hex()))
}

fn total(folder: &Path) -> io::Result<u64> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(0),
        entries => entries?,
    };
    let mut bytes = 0;
    for entry in entries {
        let entry = entry?;
        if entry.file_name().to_string_lossy().ends_with(SUFFIX) {
            bytes += entry.metadata()?.len().max(FILE_MIN_BYTES);
        }
    }
    Ok(bytes)
}
