//! Counters of the runner, and gauges.

use std::sync::atomic::{AtomicU64, Ordering};

use mortise_model::Status;
use mortise_model::entry::End;
use mortise_ports::{Plugins, Store};

use crate::Inner;

/// A number for `/metrics`: name, help and value.
type Number = (&'static str, &'static str, u64);

/// Counters since the start of the process.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    accepted: AtomicU64,
    succeeded: AtomicU64,
    failed: AtomicU64,
    cancelled: AtomicU64,
    skipped: AtomicU64,
    parked: AtomicU64,
    letters: AtomicU64,
    held: AtomicU64,
    calls: AtomicU64,
    triggers_failed: AtomicU64,
    purged: AtomicU64,
}

impl Metrics {
    /// Events became runs.
    pub fn accepted(&self, count: u64) {
        self.accepted.fetch_add(count, Ordering::Relaxed);
    }

    /// Runs were told something.
    pub fn letters(&self, count: u64) {
        self.letters.fetch_add(count, Ordering::Relaxed);
    }

    /// A step or a trigger was held back from an application.
    pub fn held(&self) {
        self.held.fetch_add(1, Ordering::Relaxed);
    }

    /// A poll or a subscription did not come to its end.
    pub fn trigger_failed(&self) {
        self.triggers_failed.fetch_add(1, Ordering::Relaxed);
    }

    /// Runs were removed, because they had been kept for long enough.
    pub fn purged(&self, count: u64) {
        self.purged.fetch_add(count, Ordering::Relaxed);
    }

    /// A call began.
    pub fn called(&self) {
        self.calls.fetch_add(1, Ordering::Relaxed);
    }

    pub fn ended(&self, end: &End) {
        let counter = match end.status() {
            Status::Succeeded => &self.succeeded,
            Status::Failed => &self.failed,
            Status::Cancelled => &self.cancelled,
            Status::Skipped => &self.skipped,
            Status::Parked => &self.parked,
            Status::Queued | Status::Running | Status::Waiting => return,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    fn counters(&self) -> [(&'static str, &'static str, &AtomicU64); 11] {
        [
            (
                "mortise_events_accepted_total",
                "events that became runs",
                &self.accepted,
            ),
            (
                "mortise_runs_succeeded_total",
                "runs whose steps are all done",
                &self.succeeded,
            ),
            (
                "mortise_runs_failed_total",
                "runs that a manifest ended",
                &self.failed,
            ),
            (
                "mortise_runs_cancelled_total",
                "runs that a person ended",
                &self.cancelled,
            ),
            (
                "mortise_runs_purged_total",
                "runs that were removed after the time for which they are kept",
                &self.purged,
            ),
            (
                "mortise_runs_skipped_total",
                "runs that a rule left out",
                &self.skipped,
            ),
            (
                "mortise_runs_parked_total",
                "times that a run was parked until a person or a policy decides",
                &self.parked,
            ),
            (
                "mortise_letters_total",
                "callbacks, decisions, ends of called runs and other news for runs",
                &self.letters,
            ),
            (
                "mortise_calls_total",
                "calls of plugins by steps and triggers",
                &self.calls,
            ),
            (
                "mortise_steps_held_total",
                "times that a step or a trigger was held back by a rate or a circuit breaker",
                &self.held,
            ),
            (
                "mortise_triggers_failed_total",
                "polls and subscriptions that did not come to their end",
                &self.triggers_failed,
            ),
        ]
    }
}

/// All counters and gauges.
pub(crate) fn all<S: Store, P: Plugins>(inner: &Inner<S, P>) -> Vec<Number> {
    let counters = inner.metrics.counters().into_iter();
    let mut all: Vec<Number> = counters
        .map(|(name, help, value)| (name, help, value.load(Ordering::Relaxed)))
        .collect();
    let used = |all: usize, free: usize| all.saturating_sub(free) as u64;
    let settings = &inner.settings;
    all.extend([
        (
            "mortise_breakers_open",
            "applications that are left alone because they failed again and again",
            inner.gates.open() as u64,
        ),
        (
            "mortise_runs_rolled_out_total",
            "runs that took a version of a plugin that is rolled out",
            inner.shares.candidates(),
        ),
        (
            "mortise_runs_live",
            "runs that are accepted and not at rest",
            inner.store.live() as u64,
        ),
        (
            "mortise_lanes_busy",
            "runs that are being worked on",
            used(settings.lanes, inner.lanes.available_permits()),
        ),
        (
            "mortise_calls_under_way",
            "calls of plugins by steps and triggers that have not ended",
            used(settings.calls_max, inner.calls.available_permits()),
        ),
    ]);
    all
}
