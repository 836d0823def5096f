//! Leaves an application alone that fails again and again, and finds out when it is back.

use mortise_model::Timestamp;
use serde::{Deserialize, Serialize};

use super::health::Health;
use crate::Settings;

/// A probe that says nothing for so many milliseconds is taken for lost, and another one may go:
/// the longest that an attempt takes where its step says nothing else.
const PROBE_MAX_MS: u64 = mortise_model::plan::STEP_TIMEOUT_MS;

/// How long others wait for the result of a probe before they ask again, in milliseconds.
const PROBE_LOOK_MS: u64 = 1_000;

/// When a circuit breaker opens, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// So many failures in a row open it.
    pub failures: u32,
    /// How long it is open at first, in milliseconds.
    pub initial_ms: u64,
    /// The longest that it is open, after failed probes.
    pub max_ms: u64,
}

impl Rules {
    /// What the settings say.
    #[must_use]
    pub fn of(settings: &Settings) -> Self {
        Self {
            failures: settings.breaker_failures.max(1),
            initial_ms: settings.breaker_initial_ms,
            max_ms: settings.breaker_max_ms,
        }
    }
}

/// A circuit breaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Breaker {
    /// Calls go through.
    Closed {
        /// How many failed in a row.
        failures: u32,
    },
    /// None goes through before a time; then one does.
    Open {
        /// When a probe may go.
        until: Timestamp,
        /// How long it was opened for.
        open_ms: u64,
    },
    /// One went through, and its result is waited for.
    Probing {
        /// When it is taken for lost.
        until: Timestamp,
        /// How long the breaker was opened for.
        open_ms: u64,
    },
}

impl Default for Breaker {
    fn default() -> Self {
        Self::Closed { failures: 0 }
    }
}

impl Breaker {
    /// Until when no call goes through; none where one may.
    #[must_use]
    pub fn closed_until(self, now: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Open { until, .. } if until > now => Some(until),
            Self::Probing { until, .. } if until > now => {
                Some(until.min(now.plus_ms(PROBE_LOOK_MS)))
            }
            _ => None,
        }
    }

    /// A call goes through.
    #[must_use]
    pub fn passed(self, now: Timestamp) -> Self {
        match self {
            Self::Open { open_ms, .. } | Self::Probing { open_ms, .. } => Self::Probing {
                until: now.plus_ms(PROBE_MAX_MS),
                open_ms,
            },
            closed @ Self::Closed { .. } => closed,
        }
    }

    /// A call has ended. Those that went through before the breaker opened end after it, and their
    /// failures say nothing new.
    #[must_use]
    pub fn heard(self, health: Health, rules: Rules, now: Timestamp) -> Self {
        let open = |open_ms: u64| Self::Open {
            until: now.plus_ms(open_ms),
            open_ms,
        };
        match (self, health) {
            (_, Health::Alive | Health::Throttled { .. }) => Self::default(),
            (Self::Closed { failures }, Health::Down) => {
                let failures = failures.saturating_add(1);
                if failures < rules.failures {
                    Self::Closed { failures }
                } else {
                    open(rules.initial_ms)
                }
            }
            (Self::Probing { open_ms, .. }, Health::Down) => {
                open(open_ms.saturating_mul(2).clamp(1, rules.max_ms.max(1)))
            }
            (Self::Probing { open_ms, .. }, Health::Unknown) => Self::Open {
                until: now,
                open_ms,
            },
            (same @ Self::Open { .. }, Health::Down) | (same, Health::Unknown) => same,
        }
    }

    /// Whether calls are held back.
    #[must_use]
    pub fn is_open(self) -> bool {
        !matches!(self, Self::Closed { .. })
    }

    /// After a restart: a probe's result cannot come any more.
    #[must_use]
    pub fn recovered(self) -> Self {
        match self {
            Self::Probing { open_ms, .. } => Self::Open {
                until: Timestamp(i64::MIN),
                open_ms,
            },
            same => same,
        }
    }

    /// The clock was set back by so many milliseconds.
    #[must_use]
    pub fn set_back(mut self, by_ms: i64) -> Self {
        if let Self::Open { until, .. } | Self::Probing { until, .. } = &mut self {
            *until = Timestamp(until.0.saturating_sub(by_ms));
        }
        self
    }
}
