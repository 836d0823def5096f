//! How an event becomes a run.

use mortise_model::event::Origin;
use mortise_model::{Json, RunId};
use mortise_ports::StoreError;
use mortise_ports::catalog::ActivePlan;
use thiserror::Error;

/// An event on its way in.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// The plan that the run will be bound to; names namespace and workflow.
    pub plan: ActivePlan,
    /// Which trigger gives it.
    pub origin: Origin,
    /// The sender's id of it; none makes a new ULID.
    pub id: Option<String>,
    /// `.event`.
    pub payload: Json,
    /// `.request`, for webhooks.
    pub request: Option<Json>,
}

/// A durable event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// Its run; of a duplicate the first one's.
    pub run: RunId,
    /// The event's id.
    pub event_id: String,
    /// It was known, and starts no second run.
    pub duplicate: bool,
}

/// Why an event was not accepted. Nothing was kept.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Refusal {
    /// As many runs as allowed are not at rest.
    #[error("{live} runs are under way, and `runner.live-max` allows no more: try again later")]
    Overloaded {
        /// How many are under way.
        live: usize,
        /// How long the sender should wait, in milliseconds.
        retry_after_ms: u64,
    },
    /// The process is stopping.
    #[error("this process is stopping")]
    Draining,
    /// There is no room on the disk.
    #[error("the disk of the data folder is full")]
    DiskFull,
    /// The same id came before with another body.
    #[error("event `{event_id}` came before with another body, as run {run}")]
    Conflict {
        /// The event's id.
        event_id: String,
        /// The first one's run.
        run: RunId,
    },
    /// The store failed.
    #[error(transparent)]
    Store(StoreError),
}
