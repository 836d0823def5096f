//! Whether a failed attempt is made again, and when.

use mortise_model::descriptor::Repeat;
use mortise_model::plan::{OnUnclear, Operation, OperationKind, Retry};
use mortise_model::{Disposition, Failure};

/// What becomes of a failed attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is made again after so many milliseconds.
    Retry {
        /// The pause.
        after_ms: u64,
    },
    /// The run is parked with the failure as it is.
    GiveUp,
    /// The run is parked because nobody knows whether the attempt was carried out.
    Unclear,
}

/// What is known of an attempt that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// From 1.
    pub number: u32,
    /// Whether it asked anything of the network.
    pub touched: bool,
    /// Random, from 0 to 1,000,000.
    pub jitter_ppm: u32,
    /// The longest pause in milliseconds that the application can ask for: an absurd `Retry-After`
    /// must not put a run to sleep for a year.
    pub asked_max_ms: u64,
}

/// Judges a failed attempt.
#[must_use]
pub fn judge(operation: &Operation, failure: &Failure, attempt: Attempt) -> Verdict {
    let is_transform = matches!(operation.kind, OperationKind::Transform { .. });
    match failure.disposition {
        Disposition::Reject
        | Disposition::Reauthorize
        | Disposition::Misconfigured
        | Disposition::Limit => Verdict::GiveUp,
        // It knows neither time nor attempt: it would break down again.
        Disposition::Trap if is_transform => Verdict::GiveUp,
        Disposition::Retry { after_ms } => bounded(&operation.retry, attempt, after_ms),
        Disposition::Unclear | Disposition::Trap | Disposition::Timeout => {
            if may_repeat(operation, attempt.touched) {
                bounded(&operation.retry, attempt, None)
            } else {
                Verdict::Unclear
            }
        }
    }
}

/// Whether an attempt may be made again although nobody knows what it did. What the manifest says
/// counts; where it says nothing, what the operation declares.
#[must_use]
pub fn may_repeat(operation: &Operation, touched: bool) -> bool {
    if matches!(operation.kind, OperationKind::Transform { .. }) {
        return true;
    }
    match operation.on_unclear {
        Some(OnUnclear::Retry) => true,
        Some(OnUnclear::Park) => !touched,
        None => !touched || operation.repeat != Repeat::Duplicates,
    }
}

fn bounded(retry: &Retry, attempt: Attempt, after_ms: Option<u64>) -> Verdict {
    if attempt.number >= retry.attempts {
        return Verdict::GiveUp;
    }
    let asked_ms = after_ms.unwrap_or(0).min(attempt.asked_max_ms);
    Verdict::Retry {
        after_ms: pause_ms(retry, attempt).max(asked_ms),
    }
}

/// Exponential with full jitter: a uniform share of `initial * factor ^ (attempt - 1)`, capped, in
/// milliseconds.
#[must_use]
pub fn pause_ms(retry: &Retry, attempt: Attempt) -> u64 {
    let mut ceiling = u128::from(retry.initial_ms);
    for _ in 1..attempt.number {
        ceiling = ceiling * u128::from(retry.factor_milli) / 1_000;
        if ceiling >= u128::from(retry.max_ms) {
            break;
        }
    }
    let ceiling = ceiling.min(u128::from(retry.max_ms));
    let share = ceiling * u128::from(attempt.jitter_ppm.min(1_000_000)) / 1_000_000;
    u64::try_from(share).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt(number: u32, jitter_ppm: u32) -> Attempt {
        Attempt {
            number,
            touched: true,
            jitter_ppm,
            asked_max_ms: 7_000,
        }
    }

    #[test]
    fn the_pause_grows_to_its_cap() {
        let retry = Retry {
            attempts: 100,
            initial_ms: 500,
            factor_milli: 2_000,
            max_ms: 60_000,
        };
        let ceilings: Vec<u64> = (1..=9)
            .map(|n| pause_ms(&retry, attempt(n, 1_000_000)))
            .collect();
        assert_eq!(
            ceilings,
            [
                500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000
            ]
        );
        assert_eq!(pause_ms(&retry, attempt(3, 250_000)), 500);
        assert_eq!(pause_ms(&retry, attempt(99, 0)), 0);
        let huge = Retry {
            initial_ms: u64::MAX,
            factor_milli: u32::MAX,
            max_ms: u64::MAX,
            ..retry
        };
        assert_eq!(pause_ms(&huge, attempt(90, 1_000_000)), u64::MAX);
    }

    #[test]
    fn an_absurd_wish_to_wait_is_capped() {
        let retry = Retry::default();
        for (asked_ms, after_ms) in [(6_999, 6_999), (7_000, 7_000), (u64::MAX, 7_000)] {
            let verdict = bounded(&retry, attempt(1, 0), Some(asked_ms));
            assert_eq!(verdict, Verdict::Retry { after_ms }, "{asked_ms}");
        }
        assert_eq!(
            bounded(&retry, attempt(retry.attempts, 0), Some(1)),
            Verdict::GiveUp
        );
    }
}
