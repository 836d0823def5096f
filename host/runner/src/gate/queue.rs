//! Who waits for a gate: each has a place in time, so that they come one after the other, and in
//! the order in which they asked.

use std::collections::HashMap;

/// A place that nobody came for is given up after so many microseconds: its run was cancelled.
const UNCLAIMED_MAX_US: i64 = 60_000_000;

/// Places looked at together for those that nobody came for.
const SWEEP_LEAST: usize = 64;

/// The places of those who wait. It is lost with the process: whoever comes then asks anew.
#[derive(Clone, Debug, Default)]
pub struct Queue {
    places: HashMap<Box<str>, i64>,
    /// The latest place that was given.
    last_us: Option<i64>,
    /// So many places make the next sweep worth it.
    sweep_at: usize,
}

impl Queue {
    /// Whether somebody has a place.
    #[must_use]
    pub fn has(&self, who: &str) -> bool {
        self.places.contains_key(who)
    }

    /// When whoever has no place may go: behind everybody who has one.
    #[must_use]
    pub fn end_us(&self, spacing_us: i64) -> Option<i64> {
        let last_us = self.last_us.filter(|_| !self.places.is_empty())?;
        Some(last_us.saturating_add(spacing_us))
    }

    /// Gives somebody a place at a time, instead of the one that it has.
    pub fn place(&mut self, who: &str, at_us: i64) {
        self.places.insert(who.into(), at_us);
        self.last_us = self.last_us.max(Some(at_us));
    }

    /// Somebody went through, or does not wait any more.
    pub fn leave(&mut self, who: &str) {
        self.places.remove(who);
        if self.places.is_empty() {
            self.last_us = None;
        }
    }

    /// Gives up places that nobody came for.
    pub fn sweep(&mut self, now_us: i64) {
        if self.places.len() < self.sweep_at.max(SWEEP_LEAST) {
            return;
        }
        let oldest_us = now_us.saturating_sub(UNCLAIMED_MAX_US);
        self.places.retain(|_, at_us| *at_us >= oldest_us);
        self.sweep_at = self.places.len().saturating_mul(2);
    }

    /// The clock was set back.
    pub fn set_back(&mut self, by_us: i64) {
        for at_us in self.places.values_mut().chain(&mut self.last_us) {
            *at_us = at_us.saturating_sub(by_us);
        }
    }
}
