//! How many groups were ever made durable, told by a file beside the store, and how many runs are
//! not at rest, told by each group.
//!
//! sled takes a damaged record for one that was not finished, and so for the end of its log: after a
//! bit has flipped it opens as if what came later had never been. So every group also counts
//! itself, and once it is durable the count is written down outside of sled. That write needs no
//! sync of its own: after a power cut the file may tell less than there is, and never more. A
//! store that has less than the file tells lost something that was acknowledged. A damaged record
//! in the middle of the log hides only what it holds; where that is a run that somebody still waits
//! for, the number of those tells.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use mortise_ports::StoreError;
use sled::Batch;

use crate::disk::sync_folder;
use crate::{keys, record};

const COMMITS_FILE: &str = "commits";
/// The count, and the same with every bit turned over.
const FILE_BYTES: usize = 16;

/// The count of one store, and the file that tells it.
pub struct Commits {
    file: File,
    count: u64,
}

/// Why the count cannot be trusted.
#[derive(Debug)]
pub enum Mistrust {
    /// The store lost its end.
    Missing {
        /// The file that tells more.
        path: PathBuf,
        /// The last group that is there.
        found: u64,
        /// The last group that was made durable.
        told: u64,
    },
    /// The store lost runs that are not at rest.
    Fewer {
        /// The file; where there is none, this is not looked at.
        path: PathBuf,
        /// How many there are.
        found: u64,
        /// How many there were.
        told: u64,
    },
    /// The file cannot be used.
    Unusable(PathBuf, io::Error),
    /// The store cannot be read.
    Unreadable(StoreError),
}

impl Commits {
    /// Holds the store, and how many runs in it are not at rest, against what was counted. The file
    /// is made where there is none. One that is damaged tells nothing, and is written anew.
    pub fn compare(db: &sled::Db, root: &Path, live: usize) -> Result<Self, Mistrust> {
        let path = root.join(COMMITS_FILE);
        let found = record::get::<u64>(db, &keys::commits()).map_err(Mistrust::Unreadable)?;
        let found = found.unwrap_or(0);
        let unusable = |error| Mistrust::Unusable(path.clone(), error);
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(unusable)?;
        match read(&file).map_err(unusable)? {
            Some(told) if found < told => {
                return Err(Mistrust::Missing { path, found, told });
            }
            Some(_) => compare_live(db, &path, live as u64)?,
            None if found == 0 => {}
            None => tracing::warn!(
                path = %path.display(),
                "the count of commits is missing or damaged; it is taken from the store"
            ),
        }
        let commits = Self { file, count: found };
        let write = || {
            commits.tell()?;
            commits.file.sync_all()?;
            sync_folder(root)
        };
        write().map_err(unusable)?;
        Ok(commits)
    }

    /// Counts a group that is about to be written, after which so many runs are not at rest.
    pub fn count(&mut self, batch: &mut Batch, live: usize) -> Result<(), StoreError> {
        self.count += 1;
        for (key, number) in [
            (keys::commits(), self.count),
            (keys::live_count(), live as u64),
        ] {
            batch.insert(keys::chunk(&key, 0), record::encode(&number, usize::MAX)?);
        }
        Ok(())
    }

    /// Tells how many groups are durable.
    pub fn tell(&self) -> io::Result<()> {
        let mut bytes = [0; FILE_BYTES];
        bytes[..8].copy_from_slice(&self.count.to_be_bytes());
        bytes[8..].copy_from_slice(&(!self.count).to_be_bytes());
        self.file.write_all_at(&bytes, 0)
    }
}

fn compare_live(db: &sled::Db, path: &Path, found: u64) -> Result<(), Mistrust> {
    let told = record::get::<u64>(db, &keys::live_count()).map_err(Mistrust::Unreadable)?;
    match told {
        Some(told) if found < told => Err(Mistrust::Fewer {
            path: path.to_owned(),
            found,
            told,
        }),
        _ => Ok(()),
    }
}

/// What the file tells; nothing where it is empty or damaged.
fn read(file: &File) -> io::Result<Option<u64>> {
    let mut bytes = [0; FILE_BYTES];
    match file.read_exact_at(&mut bytes, 0) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error),
    }
    let [count, turned] = [&bytes[..8], &bytes[8..]].map(|half| {
        half.iter()
            .fold(0, |number, byte| number << 8 | u64::from(*byte))
    });
    Ok((count == !turned).then_some(count))
}
