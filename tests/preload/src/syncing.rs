//! fsync and fdatasync, which make durable, and sync_file_range, which does not.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

use libc::{c_int, c_uint, off_t};

use crate::fault::{self, Verdict};
use crate::journal;
use crate::layout::{Kind, RANGES, SYNC_BEGAN, SYNC_ENDED};
use crate::place::Place;
use crate::raw::{self, Outcome};
use crate::world::World;

/// # Safety
/// As fsync(2).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fsync(descriptor: c_int) -> c_int {
    raw::answer(sync(descriptor, raw::fsync)) as c_int
}

/// # Safety
/// As fdatasync(2).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fdatasync(descriptor: c_int) -> c_int {
    raw::answer(sync(descriptor, raw::fdatasync)) as c_int
}

/// Others may write meanwhile, as they may without us; what they write is not covered.
fn sync(descriptor: c_int, act: impl FnOnce(c_int) -> Outcome) -> Outcome {
    static TOKENS: AtomicU64 = AtomicU64::new(0);
    let watched =
        World::get().and_then(|world| Some((world, Place::of_descriptor(world, descriptor)?)));
    let Some((world, place)) = watched else {
        return act(descriptor);
    };
    let token = TOKENS.fetch_add(1, Relaxed);
    let turn = world.turn();
    let verdict = fault::judge(world, Kind::Sync, place.path());
    match verdict {
        Verdict::Fail(error) => return Err(error),
        Verdict::Lie => return Ok(0),
        Verdict::Go | Verdict::Half | Verdict::Last => {}
    }
    journal::note(world, SYNC_BEGAN, &[place.file, token], &[]);
    drop(turn);
    let done = act(descriptor);
    let _turn = world.turn();
    if done.is_ok() {
        journal::note(world, SYNC_ENDED, &[token], &[]);
    }
    if verdict == Verdict::Last {
        raw::kill();
    }
    done
}

/// # Safety
/// As sync_file_range(2).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sync_file_range(
    descriptor: c_int,
    offset: off_t,
    length: off_t,
    flags: c_uint,
) -> c_int {
    if let Some(world) = World::get()
        && Place::of_descriptor(world, descriptor).is_some()
    {
        world.number(RANGES).fetch_add(1, Relaxed);
    }
    raw::answer(raw::sync_file_range(descriptor, offset, length, flags)) as c_int
}
