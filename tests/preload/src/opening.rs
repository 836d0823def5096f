//! open in all its names, and mkdir: what makes files and folders, or empties them.
//!
//! C's open takes its third argument only where it is needed. On the machines that Mortise runs on
//! an argument that is not passed is an undefined register, which is passed on and not looked at.

use libc::{c_char, c_int, mode_t};

use crate::fault;
use crate::journal;
use crate::layout::{FILE_MADE, FOLDER_MADE, Kind, TRUNCATED};
use crate::place::{self, Name};
use crate::raw::{self, Outcome};
use crate::world::World;

/// # Safety
/// As open(2).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn open(path: *const c_char, flags: c_int, mode: mode_t) -> c_int {
    // SAFETY: the same contract.
    unsafe { openat(libc::AT_FDCWD, path, flags, mode) }
}

/// # Safety
/// As open(2).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn open64(path: *const c_char, flags: c_int, mode: mode_t) -> c_int {
    // SAFETY: the same contract.
    unsafe { openat(libc::AT_FDCWD, path, flags, mode) }
}

/// # Safety
/// As openat(2).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn openat64(
    folder: c_int,
    path: *const c_char,
    flags: c_int,
    mode: mode_t,
) -> c_int {
    // SAFETY: the same contract.
    unsafe { openat(folder, path, flags, mode) }
}

/// # Safety
/// As openat(2).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn openat(
    folder: c_int,
    path: *const c_char,
    flags: c_int,
    mode: mode_t,
) -> c_int {
    let changes = flags & (libc::O_CREAT | libc::O_TRUNC) != 0;
    let opened = match World::get().filter(|_| changes) {
        // SAFETY: the caller vouches for `path`.
        Some(world) => unsafe { open_and_note(world, folder, path, flags, mode) },
        // SAFETY: as above.
        None => unsafe { raw::openat(folder, path, flags, mode) },
    };
    raw::answer(opened) as c_int
}

/// # Safety
/// `path` must end with a zero byte.
unsafe fn open_and_note(
    world: &World,
    folder: c_int,
    path: *const c_char,
    flags: c_int,
    mode: mode_t,
) -> Outcome {
    // SAFETY: the caller vouches for `path`.
    let act = || unsafe { raw::openat(folder, path, flags, mode) };
    let _turn = world.turn();
    // SAFETY: as above.
    let Some(name) = (unsafe { Name::of_path(world, folder, path) }) else {
        return act();
    };
    // SAFETY: as above. A look that leaves nothing behind, while nobody else can make the file.
    let before = unsafe { raw::openat(folder, path, libc::O_PATH | libc::O_CLOEXEC, 0) };
    let there = before
        .map(|descriptor| raw::close(descriptor as c_int))
        .is_ok();
    let file = |descriptor: isize| place::file_of(descriptor as c_int).unwrap_or(0);
    if !there {
        let note = |descriptor: isize| {
            let numbers = [name.folder.file, file(descriptor)];
            journal::note(world, FILE_MADE, &numbers, &[name.name]);
        };
        return fault::change(world, Kind::Create, name.folder.path(), act, note);
    }
    if flags & libc::O_TRUNC == 0 || flags & libc::O_EXCL != 0 {
        return act();
    }
    let note = |descriptor: isize| journal::note(world, TRUNCATED, &[file(descriptor), 0], &[]);
    fault::change(world, Kind::Truncate, name.folder.path(), act, note)
}

/// # Safety
/// As mkdir(2).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mkdir(path: *const c_char, mode: mode_t) -> c_int {
    // SAFETY: the same contract.
    unsafe { mkdirat(libc::AT_FDCWD, path, mode) }
}

/// # Safety
/// As mkdirat(2).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mkdirat(folder: c_int, path: *const c_char, mode: mode_t) -> c_int {
    // SAFETY: the caller vouches for `path`.
    let act = || unsafe { raw::mkdirat(folder, path, mode) };
    let Some(world) = World::get() else {
        return raw::answer(act()) as c_int;
    };
    let _turn = world.turn();
    // SAFETY: as above.
    let Some(name) = (unsafe { Name::of_path(world, folder, path) }) else {
        return raw::answer(act()) as c_int;
    };
    let note = |_| {
        let flags = libc::O_PATH | libc::O_DIRECTORY | libc::O_CLOEXEC;
        // SAFETY: as above.
        let opened = unsafe { raw::openat(folder, path, flags, 0) };
        let made = opened.ok().and_then(|descriptor| {
            let made = place::file_of(descriptor as c_int);
            raw::close(descriptor as c_int);
            made
        });
        let numbers = [name.folder.file, made.unwrap_or(0)];
        journal::note(world, FOLDER_MADE, &numbers, &[name.name]);
    };
    raw::answer(fault::change(
        world,
        Kind::Create,
        name.folder.path(),
        act,
        note,
    )) as c_int
}
