//! statvfs: how much room there is, as the harness has it.

use std::ffi::CStr;
use std::sync::atomic::Ordering::Relaxed;

use libc::{c_char, c_int};

use crate::layout::FREE;
use crate::world::World;

/// # Safety
/// As statvfs(3).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn statvfs(path: *const c_char, room: *mut libc::statvfs) -> c_int {
    // SAFETY: the same contract. On 64 bits both names have the same structure, and this one is
    // not interposed.
    let returned = unsafe { libc::statvfs64(path, room.cast()) };
    if returned != 0 {
        return returned;
    }
    let Some(world) = World::get() else {
        return returned;
    };
    // SAFETY: the call above has read the path, so it ends with a zero byte.
    let path = unsafe { CStr::from_ptr(path) };
    let free = world.number(FREE).load(Relaxed);
    if free != 0 && world.watches(path.to_bytes()) {
        // SAFETY: the call above has filled it.
        let room = unsafe { &mut *room };
        room.f_bavail = (free - 1) / room.f_frsize.max(1);
        room.f_bfree = room.f_bavail;
    }
    returned
}
