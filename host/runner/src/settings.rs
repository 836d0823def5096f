//! Limits of the runner, each with its name and default.

use std::time::Duration;

/// How much happens at the same moment, and how long things may take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// `hooks.public-url`: where applications and people reach the hooks listener from outside; empty
    /// means the address that it is served at.
    pub public_url: String,
    /// `runner.lanes`: runs that are worked on at the same moment.
    pub lanes: usize,
    /// `runner.calls-max`: calls of plugins under way at the same moment, of all runs together.
    pub calls_max: usize,
    /// `runner.live-max`: runs that are accepted and not at rest; past it events are refused.
    pub live_max: usize,
    /// `runner.queue-max`: runs of one `concurrency` key that may wait for their turn; past it
    /// events are refused.
    pub queue_max: u32,
    /// `runner.output-max-bytes`: what a block or a `collect` may give, put together.
    pub output_max_bytes: usize,
    /// `runner.run-files-max-bytes`: what the files of one run may have, put together; each counts as
    /// [`FILE_MIN_BYTES`](mortise_ports::files::FILE_MIN_BYTES) at least.
    pub run_files_max_bytes: u64,
    /// `runner.backfill-max`: scheduled times that one command may make events of.
    pub backfill_max: usize,
    /// `runner.call-depth-max`: how deep workflows may call each other.
    pub call_depth_max: u32,
    /// `runner.cancel-grace-ms`: how long calls of a cancelled run may take to come to an end by
    /// themselves.
    pub cancel_grace_ms: u64,
    /// `runner.interruptions-max`: how often an attempt may end with the host itself before its run
    /// is parked.
    pub interruptions_max: u32,
    /// `runner.lease-ms`: how long a claim holds without being renewed.
    pub lease_ms: u64,
    /// `runner.retry-after-max-ms`: the longest pause that an application can ask for.
    pub retry_after_max_ms: u64,
    /// `runner.look-ms`: the longest time between two looks at the clock, which somebody may set, and
    /// at what another process may have left. What this process does itself wakes whoever waits.
    pub look_ms: u64,
    /// `runner.retain-ms`: how long finished runs are kept where the manifest names no `retain`.
    pub retain_ms: u64,
    /// `breaker.failures`: so many failures of an application in a row open its circuit breaker.
    pub breaker_failures: u32,
    /// `breaker.initial-ms`: how long the application is left alone then, at first.
    pub breaker_initial_ms: u64,
    /// `breaker.max-ms`: the longest time that it is left alone, after it failed again and again.
    pub breaker_max_ms: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            public_url: String::new(),
            lanes: 128,
            calls_max: 256,
            live_max: 10_000,
            queue_max: 10_000,
            output_max_bytes: 64 * 1024 * 1024,
            // As much as sixteen calls of the most.
            run_files_max_bytes: 256 * 1024 * 1024,
            backfill_max: 10_000,
            call_depth_max: 16,
            cancel_grace_ms: 2_000,
            interruptions_max: 3,
            lease_ms: 30_000,
            retry_after_max_ms: 3_600_000,
            look_ms: 1_000,
            retain_ms: 30 * 86_400_000,
            breaker_failures: 5,
            breaker_initial_ms: 10_000,
            breaker_max_ms: 300_000,
        }
    }
}

impl Settings {
    /// The longest time between two looks. Triggers keep their leases by looking: there are three
    /// before one runs out.
    pub(crate) fn look(&self) -> Duration {
        Duration::from_millis(self.look_ms.min(self.lease_ms / 3).max(1))
    }
}
