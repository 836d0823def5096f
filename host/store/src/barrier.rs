//! Makes the sync that sled asks for a real one.
//!
//! sled ends each write of its log with `sync_file_range`, and takes what it wrote for durable from
//! then on: it uses the places again where older copies of the same pages lie. On Linux that call
//! flushes neither the disk's own cache nor a file's new length, so a power cut between it and the
//! next fdatasync can leave a page with neither its old nor its new copy: a store that lost what was
//! acknowledged long before. This function stands in the binary in place of the system's, so that
//! what sled takes for durable is durable, and a group needs no fdatasync of its own behind it.

use std::sync::atomic::{AtomicBool, Ordering};

use libc::{c_int, c_uint, off64_t};

static IN_PLACE: AtomicBool = AtomicBool::new(false);

/// Whether it is this function that sled calls: known after the first write. Where the linker
/// preferred another one, every group has to be synced behind sled's back.
pub fn is_in_place() -> bool {
    IN_PLACE.load(Ordering::Relaxed)
}

/// As fdatasync(2): the whole file instead of the range.
#[allow(
    unsafe_code,
    reason = "the name has to be the one that sled is linked against; see below"
)]
// SAFETY: the symbol has the signature of sync_file_range(2), and does what a caller may expect of
// that and more. Whatever else in this process calls it waits longer and gets a stronger promise.
#[unsafe(no_mangle)]
extern "C" fn sync_file_range(descriptor: c_int, _: off64_t, _: off64_t, _: c_uint) -> c_int {
    IN_PLACE.store(true, Ordering::Relaxed);
    // SAFETY: fdatasync takes any number, and answers -1 where it is no open file.
    unsafe { libc::fdatasync(descriptor) }
}
