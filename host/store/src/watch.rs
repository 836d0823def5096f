//! Sees to it that a failed write is noticed.
//!
//! sled writes on threads of its own. Where one of them fails, whoever waits in `flush` may never
//! be told; this thread looks at sled's error while a group is on its way to the disk.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::shared::Shared;
use crate::sync::instant;

const LOOK_EVERY: Duration = Duration::from_millis(100);

/// What the watching thread looks at.
pub struct Watch {
    config: sled::Config,
    opened: Instant,
    /// Milliseconds from `opened`, plus one, of the group that is being written; zero for none.
    began: AtomicU64,
    stop: AtomicBool,
}

/// As long as this lives, a group is being written.
pub struct Watched<'a>(&'a Watch);

impl Watch {
    /// Watches a store that was opened with this configuration.
    #[must_use]
    pub fn new(config: sled::Config) -> Self {
        Self {
            config,
            opened: instant(),
            began: AtomicU64::new(0),
            stop: AtomicBool::new(false),
        }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.opened.elapsed().as_millis()).unwrap_or(u64::MAX - 1) + 1
    }

    /// A group is about to be written.
    #[must_use]
    pub fn begin(&self) -> Watched<'_> {
        self.began.store(self.now(), Ordering::Relaxed);
        Watched(self)
    }

    /// Ends the thread at its next look.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

impl Drop for Watched<'_> {
    fn drop(&mut self) {
        self.0.began.store(0, Ordering::Relaxed);
    }
}

/// Looks until it is told to stop; unparking it makes it look at once.
pub fn run(shared: &Arc<Shared>) {
    let watch = &shared.watch;
    while !watch.stop.load(Ordering::Relaxed) {
        thread::park_timeout(LOOK_EVERY);
        let began = watch.began.load(Ordering::Relaxed);
        if began == 0 {
            continue;
        }
        if let Err(error) = watch.config.global_error() {
            shared.fail(&format!("sled could not write: {error}"));
            return;
        }
        let limit = shared.flush_timeout();
        if Duration::from_millis(watch.now().saturating_sub(began)) > limit {
            let limit_ms = limit.as_millis();
            shared.fail(&format!(
                "the disk took longer than `store.flush-timeout-ms` of {limit_ms}"
            ));
            return;
        }
    }
}
