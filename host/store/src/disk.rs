//! The disk under the data folder: how much room it has, and files that survive a power cut.

use std::ffi::CString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::mem::MaybeUninit;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::sync::{instant, lock};

/// How long a look at the free space is believed.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// What sled may write for one byte of a record, counted on the safe side: a page is rewritten
/// for every few records that it takes.
const AMPLIFICATION: u64 = 16;
/// The reserve is divided by this for runs that are under way: they may use most of it, so that
/// what was accepted can end.
const UNDER_WAY_SHARE: u64 = 4;

/// Who wants to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writer {
    /// News: events, plans, plugins.
    News,
    /// A run that is under way.
    UnderWay,
}

/// The free space of a disk, looked at now and then.
#[derive(Debug)]
pub struct Disk {
    folder: PathBuf,
    reserve_bytes: u64,
    looked: Mutex<Option<Instant>>,
    free_bytes: AtomicU64,
}

impl Disk {
    /// Watches the disk of a folder.
    #[must_use]
    pub fn new(folder: &Path, reserve_bytes: u64) -> Self {
        Self {
            folder: folder.to_owned(),
            reserve_bytes,
            looked: Mutex::new(None),
            free_bytes: AtomicU64::new(0),
        }
    }

    /// Whether `bytes` more may be written, so that sled itself never meets a full disk: it
    /// cannot go on after one.
    #[must_use]
    pub fn has_room(&self, writer: Writer, bytes: u64) -> bool {
        self.has_room_for_file(writer, bytes.saturating_mul(AMPLIFICATION))
    }

    /// The same for a file, whose bytes are written once.
    #[must_use]
    pub fn has_room_for_file(&self, writer: Writer, bytes: u64) -> bool {
        let reserve = match writer {
            Writer::News => self.reserve_bytes,
            Writer::UnderWay => self.reserve_bytes / UNDER_WAY_SHARE,
        };
        let needed = reserve.saturating_add(bytes);
        self.look(false) >= needed || self.look(true) >= needed
    }

    /// Counts what was written since the last look.
    pub fn spend(&self, bytes: u64) {
        let spent = bytes.saturating_mul(AMPLIFICATION);
        let _ = self
            .free_bytes
            .try_update(Ordering::Relaxed, Ordering::Relaxed, |free| {
                Some(free.saturating_sub(spent))
            });
    }

    fn look(&self, spent_too_much: bool) -> u64 {
        let mut looked = lock(&self.looked);
        let now = instant();
        let old = looked.is_none_or(|at| now.duration_since(at) >= LOOK_EVERY);
        // A disk that is full is looked at no more often than another: whoever is refused asks again.
        let fresh_enough = Duration::from_millis(5);
        let again = spent_too_much && looked.is_none_or(|at| now.duration_since(at) > fresh_enough);
        if old || again {
            *looked = Some(now);
            match free_bytes(&self.folder) {
                Ok(free) => self.free_bytes.store(free, Ordering::Relaxed),
                Err(error) => {
                    tracing::warn!(%error, "the free space of the data folder is unknown")
                }
            }
        }
        self.free_bytes.load(Ordering::Relaxed)
    }
}

/// What a process without privileges may still write to the disk of a folder.
fn free_bytes(folder: &Path) -> io::Result<u64> {
    let path = CString::new(folder.as_os_str().as_bytes())?;
    let mut stat = MaybeUninit::<libc::statvfs>::uninit();
    // SAFETY: `path` ends with a zero byte and lives through the call; `stat` is large enough, and
    // statvfs fills it whole where it returns 0, which is checked before it is read.
    #[allow(unsafe_code)]
    let stat = unsafe {
        if libc::statvfs(path.as_ptr(), stat.as_mut_ptr()) != 0 {
            return Err(io::Error::last_os_error());
        }
        stat.assume_init()
    };
    Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
}

/// Makes a folder that only its owner may enter, with those above it.
///
/// # Errors
/// As the system says.
pub fn make_folder(path: &Path) -> io::Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
}

/// Takes the rights of others on a folder away, and says so.
///
/// # Errors
/// Where they cannot be taken away: the folder is somebody else's, who could give them back as well.
pub fn keep_to_owner(path: &Path) -> io::Result<()> {
    let mode = fs::metadata(path)?.permissions().mode() & 0o7777;
    if mode & 0o077 == 0 {
        return Ok(());
    }
    let rights = fs::Permissions::from_mode(mode & 0o700);
    fs::set_permissions(path, rights).map_err(|error| {
        let why = "others may look into it, and only its owner can change that with `chmod 700`";
        io::Error::new(
            error.kind(),
            format!("it has the rights {mode:04o}, so {why}: {error}"),
        )
    })?;
    let shown = path.display();
    tracing::warn!(
        "others could look into `{shown}`, with the rights {mode:04o}: now its owner alone can"
    );
    Ok(())
}

/// Makes a folder and its entry in the folder above durable. `root` is known to be.
///
/// # Errors
/// As the system says.
pub fn make_folder_durably(path: &Path, root: &Path) -> io::Result<()> {
    if path == root || path.is_dir() {
        return Ok(());
    }
    let Some(above) = path.parent() else {
        return Ok(());
    };
    make_folder_durably(above, root)?;
    make_folder(path)?;
    sync_folder(above)
}

/// Makes the entries of a folder durable.
///
/// # Errors
/// As the system says.
pub fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Writes a file whole or not at all: temporary file, fsync, rename, fsync of the folder.
///
/// # Errors
/// As the system says; nothing is left behind where it could be removed.
pub fn write_file_durably(path: &Path, bytes: &[u8]) -> io::Result<()> {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let folder = path
        .parent()
        .ok_or_else(|| io::Error::from(ErrorKind::InvalidInput))?;
    let number = COUNTER.fetch_add(1, Ordering::Relaxed);
    let temporary = folder.join(format!("{TEMPORARY}{number}"));
    let written = (|| {
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&temporary)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&temporary, path)?;
        sync_folder(folder)
    })();
    if written.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    written
}

/// How names of files begin that are being written; left over ones are swept.
pub const TEMPORARY: &str = ".new-";

/// Whether an error means that there is no room.
#[must_use]
pub fn is_full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge
    )
}
