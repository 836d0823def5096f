//! What the operator may set about workers.

/// Where plugins run, the `isolate` and `isolate.…` settings.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Whether plugins run in worker processes.
    pub is_on: bool,
    /// Workers at once.
    pub workers_max: usize,
    /// Calls under way in one worker at once.
    pub calls_max: usize,
    /// How long a worker is kept that has nothing to do, in milliseconds.
    pub idle_ms: u64,
    /// How long a worker may take to start, in milliseconds.
    pub start_ms: u64,
    /// How long a worker may take beyond the deadline of a call, or to end one that nobody wants any
    /// more, in milliseconds; then it is killed.
    pub grace_ms: u64,
    /// With so many crashes of its workers a plugin is quarantined.
    pub crashes_max: usize,
    /// The time that they have to lie in, in milliseconds.
    pub crash_window_ms: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            // A daemon at its limit does a third fewer runs with it: see `docs/performance.md`.
            is_on: false,
            // A few dozen plugins and connections; each has 3 to 8 MiB to itself.
            workers_max: 32,
            // A crash ends all of them.
            calls_max: 16,
            // Longer than the pause between two polls of a usual trigger would cost more than a start.
            idle_ms: 30_000,
            // A hundred times what one takes.
            start_ms: 10_000,
            // A machine that is busy may let a process wait that long.
            grace_ms: 2_000,
            crashes_max: 3,
            crash_window_ms: 600_000,
        }
    }
}
