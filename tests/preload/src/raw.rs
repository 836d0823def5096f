//! System calls that do not lead through the functions of this library.

use libc::{c_char, c_int, c_long, c_void, mode_t, off_t};

/// What a call gave, or the error number.
pub type Outcome = Result<isize, c_int>;

fn outcome(returned: c_long) -> Outcome {
    if returned == -1 {
        Err(errno())
    } else {
        Ok(returned as isize)
    }
}

/// The error number of the last call of this thread that failed.
pub fn errno() -> c_int {
    // SAFETY: glibc gives a pointer to this thread's number, valid as long as the thread is.
    unsafe { *libc::__errno_location() }
}

/// What a C function returns: the value, or -1 with the error number set.
pub fn answer(outcome: Outcome) -> isize {
    outcome.unwrap_or_else(|error| {
        // SAFETY: as in `errno`; nobody else writes this thread's number.
        unsafe { *libc::__errno_location() = error };
        -1
    })
}

/// Ends this process as the kernel would at a power cut: at once, without a handler.
pub fn kill() -> ! {
    // SAFETY: neither call takes a pointer.
    unsafe {
        libc::kill(libc::getpid(), libc::SIGKILL);
        // The signal is pending; nothing of this thread may happen until it strikes.
        loop {
            libc::pause();
        }
    }
}

/// # Safety
/// `path` must end with a zero byte.
pub unsafe fn openat(folder: c_int, path: *const c_char, flags: c_int, mode: mode_t) -> Outcome {
    // SAFETY: the caller vouches for `path`; the kernel reads it only during the call.
    outcome(unsafe { libc::syscall(libc::SYS_openat, folder, path, flags, mode) })
}

pub fn close(descriptor: c_int) {
    // SAFETY: the caller owns the descriptor; no pointer is passed. `libc::close` is not interposed.
    unsafe { libc::close(descriptor) };
}

/// # Safety
/// `bytes` must be readable for `length`.
pub unsafe fn write(descriptor: c_int, bytes: *const c_void, length: usize) -> Outcome {
    // SAFETY: the caller vouches for the bytes.
    outcome(unsafe { libc::syscall(libc::SYS_write, descriptor, bytes, length) })
}

/// # Safety
/// `parts` must be `count` readable parts.
pub unsafe fn writev(descriptor: c_int, parts: *const libc::iovec, count: c_int) -> Outcome {
    // SAFETY: the caller vouches for the parts.
    outcome(unsafe { libc::syscall(libc::SYS_writev, descriptor, parts, count) })
}

/// # Safety
/// `bytes` must be readable for `length`.
pub unsafe fn pwrite(
    descriptor: c_int,
    bytes: *const c_void,
    length: usize,
    offset: off_t,
) -> Outcome {
    // SAFETY: the caller vouches for the bytes.
    outcome(unsafe { libc::syscall(libc::SYS_pwrite64, descriptor, bytes, length, offset) })
}

pub fn ftruncate(descriptor: c_int, length: off_t) -> Outcome {
    // SAFETY: no pointer is passed.
    outcome(unsafe { libc::syscall(libc::SYS_ftruncate, descriptor, length) })
}

pub fn fsync(descriptor: c_int) -> Outcome {
    // SAFETY: no pointer is passed.
    outcome(unsafe { libc::syscall(libc::SYS_fsync, descriptor) })
}

pub fn fdatasync(descriptor: c_int) -> Outcome {
    // SAFETY: no pointer is passed.
    outcome(unsafe { libc::syscall(libc::SYS_fdatasync, descriptor) })
}

pub fn sync_file_range(
    descriptor: c_int,
    offset: off_t,
    length: off_t,
    flags: libc::c_uint,
) -> Outcome {
    // SAFETY: no pointer is passed.
    outcome(unsafe { libc::syscall(libc::SYS_sync_file_range, descriptor, offset, length, flags) })
}

/// # Safety
/// Both paths must end with a zero byte.
pub unsafe fn rename(from: *const c_char, to: *const c_char) -> Outcome {
    let here = libc::AT_FDCWD;
    // SAFETY: the caller vouches for the paths.
    outcome(unsafe { libc::syscall(libc::SYS_renameat2, here, from, here, to, 0) })
}

/// # Safety
/// `path` must end with a zero byte.
pub unsafe fn unlinkat(folder: c_int, path: *const c_char, flags: c_int) -> Outcome {
    // SAFETY: the caller vouches for `path`.
    outcome(unsafe { libc::syscall(libc::SYS_unlinkat, folder, path, flags) })
}

/// # Safety
/// `path` must end with a zero byte.
pub unsafe fn mkdirat(folder: c_int, path: *const c_char, mode: mode_t) -> Outcome {
    // SAFETY: the caller vouches for `path`.
    outcome(unsafe { libc::syscall(libc::SYS_mkdirat, folder, path, mode) })
}

/// # Safety
/// As for mmap: with `MAP_FIXED` the range must be the caller's to replace.
pub unsafe fn mmap(
    address: *mut c_void,
    length: usize,
    protection: c_int,
    flags: c_int,
    descriptor: c_int,
    offset: off_t,
) -> Outcome {
    // SAFETY: the caller vouches for the range.
    outcome(unsafe {
        libc::syscall(
            libc::SYS_mmap,
            address,
            length,
            protection,
            flags,
            descriptor,
            offset,
        )
    })
}
