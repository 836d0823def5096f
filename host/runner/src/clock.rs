//! Time and randomness, as the runner is given them.

mod steady;

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use mortise_model::{RunId, Timestamp};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tokio::time::Instant;

use steady::Steady;

/// Where the runner reads time and randomness; it reads them nowhere else. It sleeps through
/// `tokio::time`.
pub trait Clock: Send + Sync + 'static {
    /// The time by which things are due and were done. It is never set back.
    fn now(&self) -> Timestamp;

    /// The time of day, as others see it: for a calendar, and for what an application checks.
    fn time_of_day(&self) -> Timestamp {
        self.now()
    }

    /// 64 random bits.
    fn random(&self) -> u64;
}

/// The clock and the dice of the system.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

/// What was shown last, and when: there is one clock in a machine.
static SHOWN: Mutex<Option<(Steady, Instant)>> = Mutex::new(None);

#[allow(
    clippy::disallowed_methods,
    reason = "the one adapter through which the runner sees the clock and the dice"
)]
impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let mut shown = SHOWN.lock().unwrap_or_else(PoisonError::into_inner);
        let (machine, at) = (machine(), Instant::now());
        let (steady, since) = shown.get_or_insert((Steady::new(machine), at));
        let now = steady.show(machine, at - *since);
        *since = at;
        Timestamp(millis(now))
    }

    fn time_of_day(&self) -> Timestamp {
        Timestamp(millis(machine()))
    }

    fn random(&self) -> u64 {
        rand::random()
    }
}

#[allow(clippy::disallowed_methods, reason = "see `SystemClock`")]
fn machine() -> Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
}

/// A clock for tests: it goes as tokio's does, which a test can pause, and its dice fall as the
/// seed says.
#[derive(Debug)]
pub struct VirtualClock {
    start: Timestamp,
    since: Instant,
    dice: Mutex<StdRng>,
}

impl VirtualClock {
    /// A clock that shows `start` now. Made inside of a tokio runtime.
    #[must_use]
    pub fn new(start: Timestamp, seed: u64) -> Self {
        Self {
            start,
            since: Instant::now(),
            dice: Mutex::new(StdRng::seed_from_u64(seed)),
        }
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.start.0.saturating_add(millis(self.since.elapsed())))
    }

    fn random(&self) -> u64 {
        self.dice
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .random()
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// Makes the ids of runs: each is larger than the one before, whatever the clock does, so that
/// runs sort as they were accepted.
#[derive(Debug, Default)]
pub(crate) struct Ids(Mutex<Option<RunId>>);

impl Ids {
    pub fn next(&self, clock: &dyn Clock) -> RunId {
        let at_ms = u64::try_from(clock.now().0).unwrap_or(0);
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let grown = last
            .filter(|last| at_ms <= last.0.timestamp_ms())
            .and_then(|last| last.0.increment())
            .map(RunId);
        let next = grown.unwrap_or_else(|| {
            let random = u128::from(clock.random()) << 64 | u128::from(clock.random());
            // The highest bit stays free, so that as many ids as anybody asks for in one
            // millisecond follow.
            RunId::from_parts(at_ms, random & (u128::MAX >> 49))
        });
        *last = Some(next);
        next
    }
}

/// A share in millionths, for the jitter of a retry.
pub(crate) fn jitter_ppm(clock: &dyn Clock) -> u32 {
    u32::try_from(clock.random() % 1_000_001).unwrap_or(0)
}

/// A name that no other life of any process has.
pub(crate) fn owner_name(clock: &dyn Clock) -> String {
    format!("{}-{:016x}", std::process::id(), clock.random())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A clock that goes backwards.
    struct Backwards(Mutex<i64>);

    impl Clock for Backwards {
        fn now(&self) -> Timestamp {
            let mut at = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            *at -= 1;
            Timestamp(*at)
        }

        fn random(&self) -> u64 {
            u64::MAX
        }
    }

    #[test]
    fn ids_grow_although_the_clock_does_not() {
        let (ids, clock) = (Ids::default(), Backwards(Mutex::new(5_000)));
        let made: Vec<RunId> = (0..1_000).map(|_| ids.next(&clock)).collect();
        assert!(made.is_sorted_by(|a, b| a < b));
    }

    #[tokio::test(start_paused = true)]
    async fn a_virtual_clock_goes_as_tokio_does() {
        let clock = VirtualClock::new(Timestamp(7), 1);
        tokio::time::advance(Duration::from_secs(3_600)).await;
        assert_eq!(clock.now(), Timestamp(3_600_007));
        let other = VirtualClock::new(Timestamp(7), 1);
        assert_eq!(clock.random(), other.random());
    }
}
