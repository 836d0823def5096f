//! What an application gave for the secrets of a connection: an access token, or a session.

use std::collections::BTreeMap;

use mortise_model::Timestamp;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::scheme::{ACCESS_TOKEN, SESSION};

/// A token is renewed so long before it ends, in milliseconds: an application that is away for a moment
/// stops nothing.
const AHEAD_MAX_MS: u64 = 5 * 60 * 1_000;
/// And at most this part of its lifetime, for those that live shorter.
const AHEAD_PART: u64 = 4;

/// An access token or a session, with what came along.
#[derive(Clone, Serialize, Deserialize)]
pub struct Tokens {
    /// From 1, and one more with each renewal.
    pub version: u64,
    /// What requests carry.
    pub access: Zeroizing<String>,
    /// What the next one is got for, where the application gave one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh: Option<Zeroizing<String>>,
    /// When it was got.
    pub obtained_at: Timestamp,
    /// When it ends, where anybody said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// What else the application told. No secret.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub captured: BTreeMap<String, String>,
}

impl Tokens {
    /// When the next one is due: some time before this one ends.
    #[must_use]
    pub fn due_at(&self) -> Option<Timestamp> {
        let expires_at = self.expires_at?;
        let lifetime_ms = expires_at.since_ms(self.obtained_at);
        let ahead_ms = AHEAD_MAX_MS.min(lifetime_ms / AHEAD_PART);
        Some(self.obtained_at.plus_ms(lifetime_ms - ahead_ms))
    }

    /// Whether the application takes it no more.
    #[must_use]
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|at| at <= now)
    }

    /// As templates name it.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        match name {
            ACCESS_TOKEN | SESSION => Some(&self.access),
            other => self.captured.get(other).map(String::as_str),
        }
    }

    /// What nobody may see.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = &str> {
        let refresh = self.refresh.as_ref();
        [Some(&self.access), refresh]
            .into_iter()
            .flatten()
            .map(|text| text.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn living(ms: Option<u64>) -> Tokens {
        let obtained_at = Timestamp(1_000);
        Tokens {
            version: 1,
            access: Zeroizing::new("a".to_owned()),
            refresh: None,
            obtained_at,
            expires_at: ms.map(|ms| obtained_at.plus_ms(ms)),
            captured: BTreeMap::new(),
        }
    }

    #[test]
    fn a_token_is_due_before_it_is_over() {
        for (lifetime_ms, due_after_ms) in [(3_600_000, 3_300_000), (60_000, 45_000), (0, 0)] {
            let tokens = living(Some(lifetime_ms));
            let due_at = Timestamp(1_000).plus_ms(due_after_ms);
            assert_eq!(tokens.due_at(), Some(due_at));
            assert_eq!(tokens.is_over(due_at), lifetime_ms == 0);
            assert!(tokens.is_over(Timestamp(1_000).plus_ms(lifetime_ms)));
        }
        assert_eq!(living(None).due_at(), None);
        assert!(!living(None).is_over(Timestamp(i64::MAX)));
    }
}
