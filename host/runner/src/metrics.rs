//! Counters of the runner.

use std::sync::atomic::{AtomicU64, Ordering};

use mortise_model::Status;
use mortise_model::entry::End;

/// Counters since the start of the process.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    accepted: AtomicU64,
    succeeded: AtomicU64,
    failed: AtomicU64,
    cancelled: AtomicU64,
    skipped: AtomicU64,
    parked: AtomicU64,
}

impl Metrics {
    pub fn accepted(&self) {
        self.accepted.fetch_add(1, Ordering::Relaxed);
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

    pub fn all(&self) -> Vec<(&'static str, &'static str, u64)> {
        let value = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        vec![
            (
                "mortise_events_accepted_total",
                "events that became runs",
                value(&self.accepted),
            ),
            (
                "mortise_runs_succeeded_total",
                "runs whose steps are all done",
                value(&self.succeeded),
            ),
            (
                "mortise_runs_failed_total",
                "runs that a manifest ended",
                value(&self.failed),
            ),
            (
                "mortise_runs_cancelled_total",
                "runs that a person ended",
                value(&self.cancelled),
            ),
            (
                "mortise_runs_skipped_total",
                "runs that a rule left out",
                value(&self.skipped),
            ),
            (
                "mortise_runs_parked_total",
                "runs that wait for a decision",
                value(&self.parked),
            ),
        ]
    }
}
