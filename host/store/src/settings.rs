//! Limits of the store, each with its name and default.

/// How much the store may use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// `store.cache-bytes`: pages that sled keeps in memory.
    pub cache_bytes: u64,
    /// `store.reserve-bytes`: free space on the disk of the data folder that is left alone. Below
    /// it no event is accepted; below a quarter of it nothing is written at all.
    pub reserve_bytes: u64,
    /// `store.record-max-bytes`: the largest commit of a run, as JSON.
    pub record_max_bytes: usize,
    /// `store.payload-max-bytes`: the largest payload beside the journal.
    pub payload_max_bytes: usize,
    /// `store.queue-bytes`: what may wait for the committer; past it callers wait.
    pub queue_bytes: usize,
    /// `store.group-bytes`: the most that is made durable at once.
    pub group_bytes: usize,
    /// `store.gather-us`: how long a group waits for as many writers as the last one had.
    pub gather_us: u64,
    /// `store.fresh-bytes`: accepted events kept in memory until they are claimed.
    pub fresh_bytes: usize,
    /// `store.flush-timeout-ms`: a disk that takes longer for one group counts as failed.
    pub flush_timeout_ms: u64,
}

const MIB: usize = 1024 * 1024;

impl Default for Settings {
    fn default() -> Self {
        Self {
            cache_bytes: 8 * MIB as u64,
            reserve_bytes: 64 * MIB as u64,
            record_max_bytes: 8 * MIB,
            payload_max_bytes: 256 * MIB,
            queue_bytes: 64 * MIB,
            group_bytes: 4 * MIB,
            gather_us: 500,
            fresh_bytes: 16 * MIB,
            flush_timeout_ms: 120_000,
        }
    }
}
