//! Compiled code on disk, so that a start need not compile.
//!
//! A file is named after the component's digest and everything that the code depends on: the
//! version of wasmtime, the processor's features and the engine's configuration. It holds a checksum
//! of all that follows it, what is known of the component, and the code.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use mortise_model::Digest;
use serde::{Deserialize, Serialize};
use wasmtime::Engine;

/// The folder of compiled code.
pub(crate) struct Cache {
    dir: PathBuf,
    suffix: String,
}

/// Numbers the temporary files of this process, whose caches may share a folder.
static TEMPORARIES: AtomicU64 = AtomicU64::new(0);

/// What is known of a component that has been looked at.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Facts {
    pub size_bytes: u64,
    pub roles: Vec<String>,
    pub imports: Vec<String>,
    /// What `describe` returned.
    pub descriptor: String,
}

/// A component's compiled code and what is known of it.
pub(crate) struct Kept {
    pub facts: Facts,
    pub code: Vec<u8>,
}

/// Raised when this file's own layout changes.
const MAGIC: &[u8; 8] = b"mortise1";
const CHECKSUM_BYTES: usize = 32;

impl Cache {
    /// Makes the folder where it is missing.
    ///
    /// # Errors
    /// Where it cannot be made, or where others may write to it: whoever can write there chooses
    /// what the host executes.
    pub fn open(dir: &Path, engine: &Engine) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
        let mut hasher = DefaultHasher::new();
        engine.precompile_compatibility_hash().hash(&mut hasher);
        let cache = Self {
            dir: dir.to_owned(),
            suffix: format!("{:016x}", hasher.finish()),
        };
        cache.check_owner()?;
        Ok(cache)
    }

    /// Only this user may write to the folder: its mode says so, and a file made in it belongs to
    /// whom the folder belongs to.
    fn check_owner(&self) -> io::Result<()> {
        let folder = fs::metadata(&self.dir)?;
        let (path, file) = self.temporary()?;
        let ours = file.metadata();
        fs::remove_file(&path)?;
        if folder.mode() & 0o077 == 0 && folder.uid() == ours?.uid() {
            return Ok(());
        }
        Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            format!(
                "`{}` holds code that the host executes, and others may write to it: make it the \
                 host's own with `chmod 700`",
                self.dir.display()
            ),
        ))
    }

    /// What is kept of a component, if it is there and whole.
    pub fn find(&self, digest: Digest) -> Option<Kept> {
        let bytes = fs::read(self.path(digest)).ok()?;
        let (magic, rest) = bytes.split_first_chunk::<{ MAGIC.len() }>()?;
        let (checksum, content) = rest.split_first_chunk::<CHECKSUM_BYTES>()?;
        if magic != MAGIC || Digest::of(content).0 != *checksum {
            return None;
        }
        let (length, rest) = content.split_first_chunk::<4>()?;
        let (facts, code) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
        Some(Kept {
            facts: serde_json::from_slice(facts).ok()?,
            code: code.to_vec(),
        })
    }

    /// Keeps compiled code: whole or not at all.
    ///
    /// # Errors
    /// Where it cannot be written; then the next start compiles again.
    pub fn keep(&self, digest: Digest, facts: &Facts, code: &[u8]) -> io::Result<()> {
        let facts = serde_json::to_vec(facts)?;
        let length = u32::try_from(facts.len()).map_err(io::Error::other)?;
        let mut content = Vec::with_capacity(4 + facts.len() + code.len());
        content.extend_from_slice(&length.to_le_bytes());
        content.extend_from_slice(&facts);
        content.extend_from_slice(code);
        let (path, mut file) = self.temporary()?;
        let written = file
            .write_all(MAGIC)
            .and_then(|()| file.write_all(&Digest::of(&content).0))
            .and_then(|()| file.write_all(&content))
            .and_then(|()| fs::rename(&path, self.path(digest)));
        if written.is_err() {
            let _ = fs::remove_file(&path);
        }
        written
    }

    fn path(&self, digest: Digest) -> PathBuf {
        self.dir
            .join(format!("{}-{}.code", digest.hex(), self.suffix))
    }

    fn temporary(&self) -> io::Result<(PathBuf, File)> {
        let number = TEMPORARIES.fetch_add(1, Ordering::Relaxed);
        let name = format!(".{}-{number}", std::process::id());
        let path = self.dir.join(name);
        // Left by a process of the same number that was killed.
        let _ = fs::remove_file(&path);
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)?;
        Ok((path, file))
    }
}
