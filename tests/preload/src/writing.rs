//! write, writev, pwrite and ftruncate, and mmap, which could write without a call.

use libc::{c_int, c_void, iovec, off_t, size_t, ssize_t};

use crate::fault::{self, Verdict};
use crate::journal;
use crate::layout::{Kind, TRUNCATED, UNKNOWN, WROTE};
use crate::place::Place;
use crate::raw::{self, Outcome};
use crate::world::World;

/// # Safety
/// As write(2).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn write(descriptor: c_int, bytes: *const c_void, length: size_t) -> ssize_t {
    let part = iovec {
        iov_base: bytes.cast_mut(),
        iov_len: length,
    };
    // SAFETY: the caller vouches for the bytes.
    let act = |length: usize| unsafe { raw::write(descriptor, bytes, length) };
    raw::answer(put(descriptor, None, &[part], act))
}

/// # Safety
/// As writev(2).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn writev(descriptor: c_int, parts: *const iovec, count: c_int) -> ssize_t {
    let known = usize::try_from(count).unwrap_or(0);
    if known == 0 || parts.is_null() {
        // SAFETY: the kernel refuses it or does nothing.
        return raw::answer(unsafe { raw::writev(descriptor, parts, count) });
    }
    // SAFETY: the caller vouches for `count` parts, readable during the call.
    let all = unsafe { std::slice::from_raw_parts(parts, known) };
    let whole: usize = all.iter().map(|part| part.iov_len).sum();
    let act = |length: usize| {
        if length < whole {
            let first = all[0].iov_len.min(length);
            // SAFETY: the first part is readable for its length.
            return unsafe { raw::write(descriptor, all[0].iov_base, first) };
        }
        // SAFETY: as above.
        unsafe { raw::writev(descriptor, parts, count) }
    };
    raw::answer(put(descriptor, None, all, act))
}

/// # Safety
/// As pwrite(2).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pwrite(
    descriptor: c_int,
    bytes: *const c_void,
    length: size_t,
    offset: off_t,
) -> ssize_t {
    let part = iovec {
        iov_base: bytes.cast_mut(),
        iov_len: length,
    };
    // SAFETY: the caller vouches for the bytes.
    let act = |length: usize| unsafe { raw::pwrite(descriptor, bytes, length, offset) };
    raw::answer(put(descriptor, Some(offset), &[part], act))
}

/// # Safety
/// As pwrite(2).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pwrite64(
    descriptor: c_int,
    bytes: *const c_void,
    length: size_t,
    offset: off_t,
) -> ssize_t {
    // SAFETY: the same contract.
    unsafe { pwrite(descriptor, bytes, length, offset) }
}

/// Writes with `act`, which is told how many bytes. Without an offset the file's own is meant.
fn put(
    descriptor: c_int,
    offset: Option<off_t>,
    parts: &[iovec],
    act: impl Fn(usize) -> Outcome,
) -> Outcome {
    let whole = parts.iter().map(|part| part.iov_len).sum();
    let watched =
        World::get().and_then(|world| Some((world, Place::of_descriptor(world, descriptor)?)));
    let Some((world, place)) = watched else {
        return act(whole);
    };
    let _turn = world.turn();
    let verdict = fault::judge(world, Kind::Write, place.path());
    let length = match verdict {
        Verdict::Fail(error) => return Err(error),
        Verdict::Half => whole.div_ceil(2),
        Verdict::Go | Verdict::Last | Verdict::Lie => whole,
    };
    let written = act(length);
    if let Ok(written) = written {
        // Without an offset it ended where the file's own is now, also with `O_APPEND`.
        // SAFETY: no pointer is passed.
        let end = || unsafe { libc::lseek(descriptor, 0, libc::SEEK_CUR) };
        let begin = offset.unwrap_or_else(|| end() - written as off_t);
        let numbers = [place.file, u64::try_from(begin).unwrap_or(0)];
        journal::note_written(world, WROTE, &numbers, parts, written as usize);
    }
    if verdict == Verdict::Last {
        raw::kill();
    }
    written
}

/// # Safety
/// As ftruncate(2).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftruncate(descriptor: c_int, length: off_t) -> c_int {
    let act = || raw::ftruncate(descriptor, length);
    let watched =
        World::get().and_then(|world| Some((world, Place::of_descriptor(world, descriptor)?)));
    let Some((world, place)) = watched else {
        return raw::answer(act()) as c_int;
    };
    let _turn = world.turn();
    let numbers = [place.file, u64::try_from(length).unwrap_or(0)];
    let note = |_| journal::note(world, TRUNCATED, &numbers, &[]);
    raw::answer(fault::change(
        world,
        Kind::Truncate,
        place.path(),
        act,
        note,
    )) as c_int
}

/// # Safety
/// As ftruncate(2).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftruncate64(descriptor: c_int, length: off_t) -> c_int {
    // SAFETY: the same contract.
    unsafe { ftruncate(descriptor, length) }
}

/// # Safety
/// As mmap(2).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mmap(
    address: *mut c_void,
    length: size_t,
    protection: c_int,
    flags: c_int,
    descriptor: c_int,
    offset: off_t,
) -> *mut c_void {
    let shared = flags & libc::MAP_TYPE != libc::MAP_PRIVATE && flags & libc::MAP_ANONYMOUS == 0;
    if shared
        && protection & libc::PROT_WRITE != 0
        && let Some(world) = World::get()
        && Place::of_descriptor(world, descriptor).is_some()
    {
        let _turn = world.turn();
        journal::note(world, UNKNOWN, &[], &[b"mmap"]);
    }
    // SAFETY: the caller vouches for the range.
    let mapped = unsafe { raw::mmap(address, length, protection, flags, descriptor, offset) };
    raw::answer(mapped) as *mut c_void
}

/// # Safety
/// As mmap(2).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mmap64(
    address: *mut c_void,
    length: size_t,
    protection: c_int,
    flags: c_int,
    descriptor: c_int,
    offset: off_t,
) -> *mut c_void {
    // SAFETY: the same contract.
    unsafe { mmap(address, length, protection, flags, descriptor, offset) }
}
