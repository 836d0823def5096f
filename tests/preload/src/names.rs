//! rename, unlink and rmdir.

use libc::{c_char, c_int};

use crate::fault;
use crate::journal;
use crate::layout::{Kind, REMOVED, RENAMED};
use crate::place::Name;
use crate::raw;
use crate::world::World;

/// # Safety
/// As rename(2).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rename(from: *const c_char, to: *const c_char) -> c_int {
    // SAFETY: the caller vouches for the paths.
    let act = || unsafe { raw::rename(from, to) };
    let Some(world) = World::get() else {
        return raw::answer(act()) as c_int;
    };
    let _turn = world.turn();
    let here = libc::AT_FDCWD;
    // SAFETY: as above.
    let names = unsafe {
        (
            Name::of_path(world, here, from),
            Name::of_path(world, here, to),
        )
    };
    let (Some(old), Some(new)) = names else {
        return raw::answer(act()) as c_int;
    };
    let numbers = [old.folder.file, new.folder.file, old.name.len() as u64];
    let note = |_| journal::note(world, RENAMED, &numbers, &[old.name, new.name]);
    raw::answer(fault::change(
        world,
        Kind::Rename,
        new.folder.path(),
        act,
        note,
    )) as c_int
}

/// # Safety
/// As unlink(2).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn unlink(path: *const c_char) -> c_int {
    // SAFETY: the same contract.
    unsafe { unlinkat(libc::AT_FDCWD, path, 0) }
}

/// # Safety
/// As rmdir(2).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rmdir(path: *const c_char) -> c_int {
    // SAFETY: the same contract.
    unsafe { unlinkat(libc::AT_FDCWD, path, libc::AT_REMOVEDIR) }
}

/// # Safety
/// As unlinkat(2).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn unlinkat(folder: c_int, path: *const c_char, flags: c_int) -> c_int {
    // SAFETY: the caller vouches for `path`.
    let act = || unsafe { raw::unlinkat(folder, path, flags) };
    let Some(world) = World::get() else {
        return raw::answer(act()) as c_int;
    };
    let _turn = world.turn();
    // SAFETY: as above.
    let Some(name) = (unsafe { Name::of_path(world, folder, path) }) else {
        return raw::answer(act()) as c_int;
    };
    let note = |_| journal::note(world, REMOVED, &[name.folder.file], &[name.name]);
    raw::answer(fault::change(
        world,
        Kind::Remove,
        name.folder.path(),
        act,
        note,
    )) as c_int
}
