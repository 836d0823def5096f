//! The state of a run: what its entries add up to.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::entry::{Accepted, End, StepInput};
use crate::failure::{Failure, RecordFailure};
use crate::id::StepPath;
use crate::json::Payload;
use crate::time::Timestamp;

/// Where a run stands. The last five are rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Accepted; nobody works on it.
    Queued,
    /// Somebody works on it.
    Running,
    /// It waits for a time or an answer.
    Waiting,
    /// All steps are done.
    Succeeded,
    /// By decision of the manifest.
    Failed,
    /// By a person.
    Cancelled,
    /// By a rule of the manifest.
    Skipped,
    /// Until a person or a policy decides.
    Parked,
}

impl Status {
    /// Every status, in the order of a run's life.
    pub const ALL: [Self; 8] = [
        Self::Queued,
        Self::Running,
        Self::Waiting,
        Self::Succeeded,
        Self::Failed,
        Self::Cancelled,
        Self::Skipped,
        Self::Parked,
    ];

    /// The word that users see.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Skipped => "skipped",
            Self::Parked => "parked",
        }
    }

    /// The status of a word, if it is one.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.word() == word)
    }

    /// Whether the run has come to rest.
    #[must_use]
    pub fn is_rest(self) -> bool {
        !matches!(self, Self::Queued | Self::Running | Self::Waiting)
    }
}

impl End {
    /// The status of a run that ended so.
    #[must_use]
    pub fn status(&self) -> Status {
        match self {
            Self::Succeeded { .. } => Status::Succeeded,
            Self::Failed { .. } => Status::Failed,
            Self::Cancelled { .. } => Status::Cancelled,
            Self::Skipped { .. } => Status::Skipped,
            Self::Parked { .. } => Status::Parked,
        }
    }
}

/// A run, as far as deciding needs it. History for people is read from the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// What its acceptance fixed.
    pub accepted: Box<Accepted>,
    /// When it was accepted.
    pub accepted_at: Timestamp,
    /// Entries applied: the sequence that the next commit expects.
    pub sequence: u32,
    /// When it began.
    pub started_at: Option<Timestamp>,
    /// Where it stands.
    pub status: Status,
    /// The steps that have begun.
    pub steps: BTreeMap<StepPath, StepState>,
    /// How it ended.
    pub end: Option<End>,
}

/// A step that has begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepState {
    /// Where it stands.
    pub status: StepStatus,
    /// What the operation is given.
    pub input: Option<StepInput>,
    /// `.steps.ID.output`; null where the step was skipped or failed.
    pub output: Option<Payload>,
    /// Records that a transform left out.
    pub failures: Vec<RecordFailure>,
    /// Attempts begun in this turn.
    pub attempts: u32,
    /// Attempts that ended with the host and not with a result.
    pub interruptions: u32,
    /// Page or resumption.
    pub turn: u32,
    /// Why the last attempt failed.
    pub failure: Option<Failure>,
}

/// Where a step stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepStatus {
    /// An attempt has begun and has not ended.
    Running,
    /// The next attempt is due at this time.
    Retrying(Timestamp),
    /// Done.
    Succeeded,
    /// Its condition was false.
    Skipped,
    /// No further attempt is made.
    Failed,
}
