//! The only place of the runner that reads time and randomness.
#![allow(
    clippy::disallowed_methods,
    reason = "the one adapter that reads the clock and the dice"
)]

use std::time::{SystemTime, UNIX_EPOCH};

use mortise_model::{RunId, Timestamp};

/// The time of day.
#[allow(
    clippy::disallowed_methods,
    reason = "the one adapter through which the runner sees the clock"
)]
pub fn now() -> Timestamp {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// A new run's id.
pub fn run_id(now: Timestamp) -> RunId {
    RunId::from_parts(u64::try_from(now.0).unwrap_or(0), rand::random())
}

/// A share in millionths, for the jitter of a retry.
pub fn jitter_ppm() -> u32 {
    rand::random_range(0..=1_000_000)
}

/// A name that no other life of any process has.
pub fn owner_name() -> String {
    format!("{}-{:016x}", std::process::id(), rand::random::<u64>())
}
