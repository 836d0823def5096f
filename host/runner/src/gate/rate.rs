//! How often an application may be asked, as one number: the generic cell rate algorithm.
//!
//! A request moves a point in time, up to which the rate is paid, one interval on; the next one
//! may go when that point is at most the burst ahead of now. With `requests` in `per_ms`, a tenth
//! of them may go at once and the interval is chosen so that no window of `per_ms`, wherever it
//! begins, ever holds more than `requests`.

use mortise_model::Timestamp;
use mortise_model::connection::Rate;

/// So many requests of a rate may go at once: one in so many.
const BURST_SHARE: i64 = 10;

/// What the runs in a queue may be late by, in microseconds, without pushing back those behind
/// them; never more than a tenth of the interval.
const SLACK_MAX_US: i64 = 5_000;

/// A rate, as what it means for one request. In microseconds: a rate may be above one request in a
/// millisecond.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    interval_us: i64,
    burst_us: i64,
    window_us: i64,
}

impl Pace {
    /// What a rate means. One of no requests means one, and one in no time means one millisecond.
    #[must_use]
    pub fn of(rate: Rate) -> Self {
        let requests = i64::from(rate.requests.max(1));
        let per_ms = i64::try_from(rate.per_ms.max(1)).unwrap_or(i64::MAX);
        let window_us = per_ms.saturating_mul(1_000);
        let burst = requests / BURST_SHARE;
        // Rounded up: an interval that is too short would be one request too many in the end.
        let interval_us = window_us
            .saturating_add(requests - burst - 1)
            .saturating_div(requests - burst)
            .max(1);
        Self {
            interval_us,
            burst_us: interval_us.saturating_mul(burst),
            window_us,
        }
    }

    /// What lies between two places in a queue.
    #[must_use]
    pub fn spacing_us(self) -> i64 {
        let slack = (self.interval_us / 10).min(SLACK_MAX_US);
        self.interval_us.saturating_add(slack)
    }

    /// When the next request may go, where the rate is paid up to `paid_us`.
    #[must_use]
    pub fn open_us(self, paid_us: i64) -> i64 {
        paid_us.saturating_sub(self.burst_us)
    }

    /// Up to when the rate is paid after so many more requests. What is owed is forgotten after one
    /// window: it is in none that begins later.
    #[must_use]
    pub fn pay(self, paid_us: i64, now_us: i64, requests: usize) -> i64 {
        let requests = i64::try_from(requests).unwrap_or(i64::MAX);
        let owed = self.interval_us.saturating_mul(requests);
        let most = now_us
            .saturating_add(self.window_us)
            .saturating_add(self.burst_us);
        paid_us.max(now_us).saturating_add(owed).min(most)
    }
}

/// A time in microseconds.
#[must_use]
pub fn us(time: Timestamp) -> i64 {
    time.0.saturating_mul(1_000)
}

/// The first millisecond that is not before a time in microseconds.
#[must_use]
pub fn ms(time_us: i64) -> Timestamp {
    let part = i64::from(time_us.rem_euclid(1_000) > 0);
    Timestamp(time_us.div_euclid(1_000).saturating_add(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// When requests go that come as fast as they may, from time zero.
    fn times(requests: u32, per_ms: u64, until_ms: i64) -> Vec<i64> {
        let pace = Pace::of(Rate { requests, per_ms });
        let (mut paid_us, mut gone) = (0, Vec::new());
        loop {
            let now = ms(pace.open_us(paid_us)).max(Timestamp(0));
            if now.0 >= until_ms {
                return gone;
            }
            paid_us = pace.pay(paid_us, us(now), 1);
            gone.push(now.0);
        }
    }

    #[test]
    fn a_low_rate_goes_one_by_one_and_a_high_one_in_a_burst() {
        assert_eq!(times(2, 1_000, 2_000), [0, 500, 1_000, 1_500]);
        assert_eq!(times(3, 1_000, 1_100), [0, 334, 668, 1_002]);
        let many = times(100, 60_000, 60_000);
        assert_eq!(many.iter().filter(|at| **at == 0).count(), 11);
        assert_eq!(many.len(), 100);
    }

    #[test]
    fn a_rate_above_one_in_a_millisecond_is_reached() {
        assert!((4_900..=5_000).contains(&times(5_000, 1_000, 1_000).len()));
    }

    #[test]
    fn what_is_owed_ends_with_the_window() {
        let pace = Pace::of(Rate {
            requests: 10,
            per_ms: 1_000,
        });
        let paid_us = pace.pay(0, 0, usize::MAX);
        assert_eq!(ms(pace.open_us(paid_us)), Timestamp(1_000));
    }

    #[test]
    fn absurd_rates_wrap_nothing() {
        for (requests, per_ms) in [(0, 0), (u32::MAX, 1), (1, u64::MAX), (u32::MAX, u64::MAX)] {
            let pace = Pace::of(Rate { requests, per_ms });
            let paid_us = pace.pay(i64::MAX, i64::MAX, usize::MAX);
            assert!(pace.open_us(paid_us) <= paid_us && pace.spacing_us() > 0);
        }
    }
}
