//! Counting operations, and striking the chosen one.

use std::sync::atomic::Ordering::Relaxed;

use libc::c_int;

use crate::layout::{
    ACTION, AT, Action, COUNTS, Kind, MATCHING, MATCHING_BYTES, ON, SEEN, STICKY, STRUCK,
};
use crate::raw::{self, Outcome};
use crate::world::World;

/// What becomes of an operation.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is done.
    Go,
    /// It is done, by half.
    Half,
    /// It is done, or fails by itself, and nobody is told.
    Last,
    /// It is said to be done, where it is a sync.
    Lie,
    /// It fails.
    Fail(c_int),
}

/// Counts an operation and says what becomes of it. Does not return where the process is killed
/// before it. The caller has the turn.
pub fn judge(world: &World, kind: Kind, path: &[u8]) -> Verdict {
    let add = |index: usize| world.number(index).fetch_add(1, Relaxed) + 1;
    add(COUNTS + kind as usize);
    let at = world.number(AT).load(Relaxed);
    let on = world.number(ON).load(Relaxed);
    let of_kind = on == 0 || on == kind as u64 + 1;
    if at == 0 || !of_kind || !matches(world, path) {
        return Verdict::Go;
    }
    let seen = add(SEEN);
    let sticky = world.number(STICKY).load(Relaxed) != 0;
    if seen != at && !(sticky && seen > at) {
        return Verdict::Go;
    }
    add(STRUCK);
    let action = world.number(ACTION).load(Relaxed);
    let is = |wanted: Action| action == wanted as u64;
    if is(Action::KillBefore) {
        raw::kill();
    } else if is(Action::KillAfter) {
        Verdict::Last
    } else if is(Action::NoSpace) {
        Verdict::Fail(libc::ENOSPC)
    } else if is(Action::Short) {
        Verdict::Half
    } else if is(Action::Lie) {
        Verdict::Lie
    } else if is(Action::Broken) {
        Verdict::Fail(libc::EIO)
    } else {
        Verdict::Go
    }
}

/// Counts an operation and, where nothing strikes it, does it and writes it down. The caller has
/// the turn.
pub fn change(
    world: &World,
    kind: Kind,
    path: &[u8],
    act: impl FnOnce() -> Outcome,
    note: impl FnOnce(isize),
) -> Outcome {
    let verdict = judge(world, kind, path);
    if let Verdict::Fail(error) = verdict {
        return Err(error);
    }
    let done = act();
    if let Ok(value) = done {
        note(value);
    }
    if verdict == Verdict::Last {
        raw::kill();
    }
    done
}

/// Whether a path below the folder contains the text that is asked for.
fn matches(world: &World, path: &[u8]) -> bool {
    let mut wanted = [0_u8; MATCHING_BYTES];
    for (index, part) in wanted.chunks_exact_mut(8).enumerate() {
        part.copy_from_slice(&world.number(MATCHING + index).load(Relaxed).to_ne_bytes());
    }
    let length = wanted.iter().position(|byte| *byte == 0);
    let wanted = &wanted[..length.unwrap_or(MATCHING_BYTES)];
    let below = world.below(path);
    wanted.is_empty() || below.windows(wanted.len()).any(|part| part == wanted)
}
