//! What the library knows from its start on.

use std::ffi::{CStr, CString};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use libc::c_int;

use crate::layout::{FOLDER_VARIABLE, LOG_VARIABLE, NUMBERS, OWNER, STATE_VARIABLE};
use crate::raw;

/// The one world of this process; none where nothing is watched.
static WORLD: OnceLock<World> = OnceLock::new();

/// What is watched, and the shared numbers.
pub struct World {
    process: c_int,
    folder: &'static [u8],
    numbers: &'static [AtomicU64; NUMBERS],
    /// Whoever holds this may change the folder and write the log.
    turn: Mutex<()>,
    /// Where the log is written.
    pub log: Option<c_int>,
}

impl World {
    /// The world where this process is the watched one.
    pub fn get() -> Option<&'static Self> {
        let world = WORLD.get()?;
        // SAFETY: getpid takes nothing and cannot fail.
        let process = unsafe { libc::getpid() };
        // A child between fork and exec has our memory, and perhaps a lock that nobody will free.
        (world.process == process).then_some(world)
    }

    /// Whether a path is the watched folder or below it.
    pub fn watches(&self, path: &[u8]) -> bool {
        path.strip_prefix(self.folder)
            .is_some_and(|rest| rest.is_empty() || rest[0] == b'/')
    }

    /// A path of the watched ones, without the folder.
    pub fn below<'a>(&self, path: &'a [u8]) -> &'a [u8] {
        path.get(self.folder.len()..).unwrap_or_default()
    }

    /// One of the shared numbers.
    pub fn number(&self, index: usize) -> &AtomicU64 {
        &self.numbers[index]
    }

    /// Waits for the turn to change the folder.
    pub fn turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Run by the loader before anything of the program. Until then every function passes through.
#[used]
#[unsafe(link_section = ".init_array")]
static START: extern "C" fn() = start;

extern "C" fn start() {
    if let Some(world) = begin() {
        let _ = WORLD.set(world);
    }
}

fn begin() -> Option<World> {
    let numbers = share(variable(STATE_VARIABLE)?)?;
    let folder = variable(FOLDER_VARIABLE)?.to_bytes();
    // SAFETY: getpid takes nothing and cannot fail.
    let process = unsafe { libc::getpid() };
    let owner = u64::try_from(process).ok()?;
    let first = numbers[OWNER].compare_exchange(0, owner, Ordering::Relaxed, Ordering::Relaxed);
    first.ok()?;
    let flags = libc::O_WRONLY | libc::O_CREAT | libc::O_APPEND | libc::O_CLOEXEC;
    let log = match variable(LOG_VARIABLE) {
        Some(path) => Some(descriptor(path, flags)?),
        None => None,
    };
    Some(World {
        process,
        folder,
        numbers,
        turn: Mutex::new(()),
        log,
    })
}

/// A variable of the environment at the start; the text stays where it is.
fn variable(name: &str) -> Option<&'static CStr> {
    let name = CString::new(name).ok()?;
    // SAFETY: `name` ends with a zero byte. Only this thread runs yet, so nobody changes the
    // environment meanwhile.
    let found = unsafe { libc::getenv(name.as_ptr()) };
    if found.is_null() {
        return None;
    }
    // SAFETY: getenv's texts end with a zero byte.
    let text = unsafe { CStr::from_ptr(found) }.to_owned();
    // Kept for the life of the process, also if the program changes its environment.
    Some(Box::leak(text.into_boxed_c_str()))
}

fn descriptor(path: &CStr, flags: c_int) -> Option<c_int> {
    // SAFETY: `path` ends with a zero byte.
    let opened = unsafe { raw::openat(libc::AT_FDCWD, path.as_ptr(), flags, 0o600) };
    c_int::try_from(opened.ok()?).ok()
}

fn share(path: &CStr) -> Option<&'static [AtomicU64; NUMBERS]> {
    let file = descriptor(path, libc::O_RDWR | libc::O_CLOEXEC)?;
    let length = NUMBERS * 8;
    let protection = libc::PROT_READ | libc::PROT_WRITE;
    // SAFETY: without `MAP_FIXED` the kernel picks a free range.
    let mapped = unsafe {
        raw::mmap(
            std::ptr::null_mut(),
            length,
            protection,
            libc::MAP_SHARED,
            file,
            0,
        )
    };
    raw::close(file);
    let address = mapped.ok()? as *const [AtomicU64; NUMBERS];
    // SAFETY: the range is as long as the numbers, begins at a page, is never unmapped, and every
    // access to it, from here and from the harness, is of whole numbers.
    Some(unsafe { &*address })
}
