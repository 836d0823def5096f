//! Limits of the runner, each with its name and default.

/// How much happens at the same moment, and how long things may take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// `runner.lanes`: runs that are worked on at the same moment.
    pub lanes: usize,
    /// `runner.live-max`: runs that are accepted and not at rest; past it events are refused.
    pub live_max: usize,
    /// `runner.interruptions-max`: how often an attempt may end with the host itself before its run
    /// is parked.
    pub interruptions_max: u32,
    /// `runner.lease-ms`: how long a claim holds without being renewed.
    pub lease_ms: u64,
    /// `runner.retain-ms`: how long finished runs are kept where the manifest names no `retain`.
    pub retain_ms: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            lanes: 128,
            live_max: 10_000,
            interruptions_max: 5,
            lease_ms: 30_000,
            retain_ms: 30 * 86_400_000,
        }
    }
}
