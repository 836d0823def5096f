//! What the end of a call says about the application behind it.

use mortise_model::{Disposition, Failure};

/// HTTP: too many requests.
const TOO_MANY_REQUESTS: u16 = 429;

/// What is known of an application after a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// It answered; also one that refuses an input lives.
    Alive,
    /// It lives, and wants to be left alone for a time.
    Throttled {
        /// So many milliseconds, bounded.
        for_ms: u64,
    },
    /// It failed, or did not answer.
    Down,
    /// Nothing: it was not asked, or what failed is not its own.
    Unknown,
}

/// Judges a call by its outcome and by how many requests it made; a pause that the application asks
/// for counts up to `asked_max_ms`.
#[must_use]
pub fn judge<T>(outcome: &Result<T, Failure>, requests: usize, asked_max_ms: u64) -> Health {
    let Err(failure) = outcome else {
        return Health::Alive;
    };
    let status = failure.cause.as_ref().and_then(|cause| cause.status);
    match (failure.disposition, status) {
        (Disposition::Retry { after_ms }, Some(TOO_MANY_REQUESTS)) => match after_ms {
            Some(after_ms) => Health::Throttled {
                for_ms: after_ms.min(asked_max_ms),
            },
            None => Health::Alive,
        },
        (Disposition::Retry { .. } | Disposition::Unclear | Disposition::Timeout, status) => {
            match status {
                Some(400..500) => Health::Alive,
                // A plugin may run into its deadline all by itself.
                None if requests == 0 && failure.disposition == Disposition::Timeout => {
                    Health::Unknown
                }
                _ => Health::Down,
            }
        }
        // The host itself may have refused, before anything was asked.
        (Disposition::Reject | Disposition::Misconfigured, _) if requests > 0 => Health::Alive,
        _ => Health::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use mortise_model::failure::Cause;

    use super::*;

    #[test]
    fn what_a_call_says_of_the_application() {
        let retry = |after_ms| Disposition::Retry { after_ms };
        let capped = Health::Throttled { for_ms: 5_000 };
        let table = [
            (retry(None), Some(503), 1, Health::Down),
            (retry(Some(9)), Some(503), 1, Health::Down),
            (retry(None), None, 1, Health::Down),
            (retry(None), None, 0, Health::Down),
            (retry(None), Some(408), 1, Health::Alive),
            (retry(None), Some(429), 1, Health::Alive),
            (
                retry(Some(7)),
                Some(429),
                1,
                Health::Throttled { for_ms: 7 },
            ),
            (retry(Some(u64::MAX)), Some(429), 1, capped),
            (Disposition::Unclear, None, 1, Health::Down),
            (Disposition::Unclear, Some(500), 1, Health::Down),
            (Disposition::Timeout, None, 1, Health::Down),
            (Disposition::Timeout, None, 0, Health::Unknown),
            (Disposition::Reject, Some(422), 1, Health::Alive),
            (Disposition::Reject, None, 0, Health::Unknown),
            (Disposition::Misconfigured, Some(404), 1, Health::Alive),
            (Disposition::Reauthorize, Some(401), 1, Health::Unknown),
            (Disposition::Limit, None, 1, Health::Unknown),
            (Disposition::Trap, None, 1, Health::Unknown),
        ];
        for (disposition, status, requests, expected) in table {
            let mut failure = Failure::new(disposition, "code", "message");
            failure.cause = status.map(|status| Cause {
                status: Some(status),
                ..Cause::default()
            });
            let found = judge::<()>(&Err(failure), requests, 5_000);
            assert_eq!(found, expected, "{disposition:?} {status:?} {requests}");
        }
        assert_eq!(judge(&Ok(()), 0, 5_000), Health::Alive);
    }
}
