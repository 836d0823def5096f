//! Files of runs: each a file beside the payloads of its run, with a name that none of those has.

use std::collections::HashSet;
use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind, Read as _};
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use mortise_model::ContentDigest;
use mortise_model::id::{Digest, Namespace, RunId};
use mortise_ports::files::{Content, FILE_MIN_BYTES};
use mortise_ports::{Files, StoreError};

use crate::disk::Writer;
use crate::payloads::{altered, keep, missing, read_whole, unreadable};
use crate::shared::{Shared, blocking};
use crate::store::SledStore;
use crate::sync::lock;

/// How the names of files end.
const SUFFIX: &str = ".file";

/// What is read at once of a file that is held against its digest, in bytes.
const PIECE_BYTES: usize = 256 << 10;

/// How many files are known to be as they were written; after that many all are read again.
const VERIFIED_MAX: usize = 4_096;

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

    async fn open_file(
        &self,
        namespace: &Namespace,
        run: RunId,
        digest: Digest,
    ) -> Result<Arc<dyn Content>, StoreError> {
        let shared = Arc::clone(&self.shared);
        let path = path(&self.shared, namespace, run, digest);
        blocking(move || {
            let opened = open(&path, digest, &shared.verified);
            match opened.map_err(|error| unreadable(&path, &error))? {
                Some(opened) => Ok(Arc::new(opened) as Arc<dyn Content>),
                None => Err(altered(&path)),
            }
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

/// A file that is open.
#[derive(Debug)]
struct Opened {
    file: File,
    size_bytes: u64,
}

impl Content for Opened {
    fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    fn read(&self, offset: u64, length: usize) -> Result<Bytes, String> {
        let left = self.size_bytes.saturating_sub(offset);
        let mut bytes = vec![0; usize::try_from(left).map_or(length, |left| left.min(length))];
        let read = self.file.read_exact_at(&mut bytes, offset);
        read.map_err(|error| format!("the file cannot be read: {error}"))?;
        Ok(bytes.into())
    }
}

/// Opens a file; none where its bytes are not those of its digest.
fn open(path: &Path, digest: Digest, verified: &Verified) -> io::Result<Option<Opened>> {
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    let stamp = Stamp::of(digest, &metadata);
    if !verified.has(&stamp) {
        if !is_of(&file, digest)? {
            return Ok(None);
        }
        verified.add(stamp);
    }
    Ok(Some(Opened {
        file,
        size_bytes: metadata.len(),
    }))
}

fn is_of(mut file: &File, digest: Digest) -> io::Result<bool> {
    let expected = ContentDigest::from(digest);
    let mut hasher = expected.hasher();
    let mut piece = vec![0; PIECE_BYTES];
    loop {
        match file.read(&mut piece)? {
            0 => return Ok(hasher.end() == expected),
            length => hasher.add(&piece[..length]),
        }
    }
}

/// Files that were held against their digests: whoever reads one page by page opens it with every page, and
/// need not wait each time until all of it is read. A file is written once and never changed.
#[derive(Debug, Default)]
pub(crate) struct Verified(Mutex<HashSet<Stamp>>);

impl Verified {
    fn has(&self, stamp: &Stamp) -> bool {
        lock(&self.0).contains(stamp)
    }

    fn add(&self, stamp: Stamp) {
        let mut stamps = lock(&self.0);
        if stamps.len() >= VERIFIED_MAX {
            stamps.clear();
        }
        stamps.insert(stamp);
    }
}

/// Which file it was, and that nobody touched it since.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Stamp {
    digest: Digest,
    device: u64,
    inode: u64,
    size_bytes: u64,
    changed_at: (i64, i64),
}

impl Stamp {
    fn of(digest: Digest, metadata: &Metadata) -> Self {
        Self {
            digest,
            device: metadata.dev(),
            inode: metadata.ino(),
            size_bytes: metadata.len(),
            changed_at: (metadata.ctime(), metadata.ctime_nsec()),
        }
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
