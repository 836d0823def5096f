//! Locks that outlive a panic of another thread, and the disk's own clock.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// Takes a lock. What it guards is changed in whole steps only, so a panic elsewhere leaves it
/// usable.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// This moment, for what the disk is given time for. It decides nothing about a run.
#[allow(
    clippy::disallowed_methods,
    reason = "a disk takes real time, whatever a test says"
)]
pub fn instant() -> Instant {
    Instant::now()
}
