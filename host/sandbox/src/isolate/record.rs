//! Which plugins crash.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use mortise_model::Digest;
use tokio::time::Instant;

use super::settings::Settings;

/// Crashes of workers, by the digest of their plugin. There are no more digests than plugins were loaded.
#[derive(Default)]
pub(crate) struct Records(HashMap<Digest, Record>);

#[derive(Default)]
struct Record {
    /// The last ones, no more than count.
    crashes: VecDeque<Instant>,
    /// For the life of the process: whoever crashes a worker on purpose has time to wait.
    is_quarantined: bool,
}

impl Records {
    /// Counts a crash, and says whether it was one too many.
    pub fn crashed(&mut self, digest: Digest, now: Instant, settings: &Settings) -> bool {
        let record = self.0.entry(digest).or_default();
        let window = Duration::from_millis(settings.crash_window_ms);
        record
            .crashes
            .retain(|crash| now.duration_since(*crash) < window);
        record.crashes.push_back(now);
        record.is_quarantined |= record.crashes.len() >= settings.crashes_max;
        record.is_quarantined
    }

    /// Whether a plugin is not called any more.
    pub fn is_quarantined(&self, digest: Digest) -> bool {
        let record = self.0.get(&digest);
        record.is_some_and(|record| record.is_quarantined)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(seconds: &[u64]) -> bool {
        let settings = Settings {
            crashes_max: 3,
            crash_window_ms: 60_000,
            ..Settings::default()
        };
        let (mut records, begun) = (Records::default(), Instant::now());
        for second in seconds {
            let now = begun + Duration::from_secs(*second);
            records.crashed(Digest::of(b"a"), now, &settings);
        }
        assert!(!records.is_quarantined(Digest::of(b"b")), "another plugin");
        records.is_quarantined(Digest::of(b"a"))
    }

    #[test]
    fn as_many_crashes_as_the_limit_within_the_window_are_too_many() {
        assert!(!after(&[0, 1]));
        assert!(after(&[0, 1, 59]));
        assert!(!after(&[0, 1, 60]));
        assert!(!after(&[0, 60, 120, 180]));
    }

    #[test]
    fn a_quarantine_does_not_end() {
        assert!(after(&[0, 1, 2, 1_000]));
    }
}
