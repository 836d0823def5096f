//! What a gate decides: from what it knows, who asks, and when. No clock, no IO.

use mortise_model::Timestamp;
use mortise_model::connection::Rate;
use mortise_model::entry::Held;
use serde::{Deserialize, Serialize};

use super::breaker::{Breaker, Rules};
use super::health::Health;
use super::queue::Queue;
use super::rate::{Pace, ms, us};

/// The clocks of those who ask differ by less than this, in milliseconds; one that goes back
/// further was set.
const SET_BACK_MS: u64 = 1_000;

/// What lies between two of those who wait for an application that is left alone.
const STAGGER_MS: u64 = 10;

/// They come within so many milliseconds of its end, however many they are.
const SPREAD_MS: u64 = 30_000;

/// What is kept of a gate. It means the same after a restart, and whatever the clock did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// The latest time that anybody told.
    seen: Timestamp,
    /// Up to when the rate is paid, in microseconds.
    paid_us: i64,
    /// The application wants to be left alone until then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    asked_until: Option<Timestamp>,
    breaker: Breaker,
}

impl Default for State {
    fn default() -> Self {
        Self {
            seen: Timestamp(i64::MIN),
            paid_us: i64::MIN,
            asked_until: None,
            breaker: Breaker::default(),
        }
    }
}

impl State {
    /// As it goes on after a restart.
    #[must_use]
    pub fn recovered(mut self) -> Self {
        self.breaker = self.breaker.recovered();
        self
    }

    /// Whether the circuit breaker holds calls back.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.breaker.is_open()
    }

    /// Whether it is worth keeping after it was that: who told the time alone is not.
    #[must_use]
    pub fn differs(&self, other: &Self) -> bool {
        let seen = self.seen;
        *self
            != Self {
                seen,
                ..other.clone()
            }
    }

    /// Takes note of the time, and follows a clock that was set back: what lay a minute ahead
    /// still does.
    fn see(&mut self, queue: &mut Queue, now: Timestamp) -> Timestamp {
        if self.seen.since_ms(now) <= SET_BACK_MS || self.seen.0 == i64::MIN {
            self.seen = self.seen.max(now);
            return self.seen;
        }
        let by_ms = self.seen.0.saturating_sub(now.0);
        let by_us = by_ms.saturating_mul(1_000);
        self.paid_us = self.paid_us.saturating_sub(by_us);
        self.asked_until = self
            .asked_until
            .map(|until| Timestamp(until.0.saturating_sub(by_ms)));
        self.breaker = self.breaker.set_back(by_ms);
        queue.set_back(by_us);
        self.seen = now;
        now
    }
}

/// A gate: what is kept of it, and what goes with the process.
#[derive(Clone, Debug, Default)]
pub struct Gate {
    /// What is kept.
    pub state: State,
    /// None where nobody names a rate.
    pub pace: Option<Pace>,
    queue: Queue,
    /// Those who were told to come back when an application that is left alone may be asked.
    staggered: u64,
}

impl Gate {
    /// A gate as it was kept.
    #[must_use]
    pub fn of(state: State) -> Self {
        Self {
            state: state.recovered(),
            ..Self::default()
        }
    }

    /// Sets the rate from now on.
    pub fn set_rate(&mut self, rate: Option<Rate>) {
        self.pace = rate.map(Pace::of);
    }

    /// Lets `who` through, or says until when it is held and why. Whoever was held comes back
    /// under the same name, and goes before those who come later.
    pub fn admit(&mut self, who: &str, now: Timestamp) -> Option<(Timestamp, Held)> {
        let now = self.state.see(&mut self.queue, now);
        if let Some(until) = self.state.breaker.closed_until(now) {
            return Some((self.stagger(until), Held::Breaker));
        }
        if let Some(until) = self.state.asked_until {
            if until > now {
                return Some((self.stagger(until), Held::Rate));
            }
            self.state.asked_until = None;
            self.staggered = 0;
        }
        if let Some(until) = self.queue_up(who, us(now)) {
            return Some((until, Held::Rate));
        }
        self.state.breaker = self.state.breaker.passed(now);
        None
    }

    /// Takes note of the end of a call that was let through.
    pub fn report(&mut self, health: Health, requests: usize, rules: Rules, now: Timestamp) {
        let now = self.state.see(&mut self.queue, now);
        if let (Some(pace), Some(further @ 1..)) = (self.pace, requests.checked_sub(1)) {
            self.state.paid_us = pace.pay(self.state.paid_us, us(now), further);
        }
        if let Health::Throttled { for_ms } = health {
            self.state.asked_until = self.state.asked_until.max(Some(now.plus_ms(for_ms)));
        }
        let was_open = self.state.is_open();
        self.state.breaker = self.state.breaker.heard(health, rules, now);
        if was_open && !self.state.is_open() {
            self.staggered = 0;
        }
    }

    /// Takes a request off the rate, or says when `who` may come back for one.
    fn queue_up(&mut self, who: &str, now_us: i64) -> Option<Timestamp> {
        let pace = self.pace?;
        self.queue.sweep(now_us);
        let mut at_us = pace.open_us(self.state.paid_us);
        if !self.queue.has(who) {
            at_us = at_us.max(self.queue.end_us(pace.spacing_us()).unwrap_or(at_us));
        }
        if at_us > now_us {
            self.queue.place(who, at_us);
            return Some(ms(at_us));
        }
        self.queue.leave(who);
        self.state.paid_us = pace.pay(self.state.paid_us, now_us, 1);
        None
    }

    /// Each comes at a time of its own, and none later than the spread.
    fn stagger(&mut self, until: Timestamp) -> Timestamp {
        let after_ms = self.staggered.wrapping_mul(STAGGER_MS) % SPREAD_MS;
        self.staggered = self.staggered.wrapping_add(1);
        until.plus_ms(after_ms)
    }
}
