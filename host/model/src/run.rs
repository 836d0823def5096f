//! The state of a run: what its entries add up to.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::entry::{Accepted, End, ItemFailure, StepInput, Waiting};
use crate::event::Event;
use crate::failure::{Failure, RecordFailure};
use crate::id::{Digest, RunId, StepPath};
use crate::json::{Json, Payload};
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
    /// The plan that it runs on.
    pub plan: Digest,
    /// Its number among the versions of its workflow.
    pub version: u32,
    /// The event that it runs with; none until a webhook's request was understood.
    pub event: Option<Event>,
    /// When it was accepted.
    pub accepted_at: Timestamp,
    /// The sequence number of the next entry.
    pub sequence: u32,
    /// When it began.
    pub started_at: Option<Timestamp>,
    /// When it began or was last replayed: the workflow's `timeout` counts from then.
    pub since: Option<Timestamp>,
    /// Where it stands.
    pub status: Status,
    /// The steps that have begun, without those whose block is done.
    pub steps: BTreeMap<StepPath, StepState>,
    /// Steps that succeeded and can be undone, in the order of their success, with what their
    /// undoing needs.
    pub done: Vec<StepPath>,
    /// Callbacks that came before the step that waits for them.
    pub early: BTreeMap<StepPath, Payload>,
    /// Attempts that steps made before a replay cleared them.
    pub attempts_before: BTreeMap<StepPath, u32>,
    /// How often it was replayed with an edited event: part of idempotency keys.
    pub edits: u32,
    /// How it will end, once that is decided.
    pub ending: Option<End>,
    /// It failed: what its steps did is taken back, also where it is cancelled after that.
    pub takes_back: bool,
    /// How it will be parked, or cancelled at its end, once what is under way has come to its end:
    /// nothing further begins.
    pub parking: Option<End>,
    /// What it does.
    pub phase: Phase,
    /// How it ended.
    pub end: Option<End>,
}

/// What a run does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Its steps.
    Steps,
    /// It takes back what its steps did.
    Undoing,
    /// What stands under `finally`.
    Finally,
}

/// A step that has begun.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StepState {
    /// Where it stands.
    pub status: StepStatus,
    /// What the operation is given.
    pub input: Option<StepInput>,
    /// `.steps.ID.output`; null where the step was skipped or failed.
    pub output: Option<Payload>,
    /// Records that a transform left out.
    pub failures: Vec<RecordFailure>,
    /// The number of the last attempt.
    pub attempts: u32,
    /// Attempts begun in this turn.
    pub tries: u32,
    /// Attempts that ended with the host and not with a result.
    pub interruptions: u32,
    /// Page or resumption.
    pub turn: u32,
    /// Why the last attempt failed, or the step.
    pub failure: Option<Failure>,
    /// Of a suspended application; of a paged step what asks for its next page.
    pub token: Option<Json>,
    /// What came to the callback of a suspended application, until the next turn.
    pub answer: Option<Payload>,
    /// How many records the page of a paged step has.
    pub count: u32,
    /// The case that a `switch` took.
    pub case: Option<u32>,
    /// Where a `foreach` or `collect` stands.
    pub items: Option<Box<Items>>,
    /// It was cancelled while an attempt was under way at the end of the run: the result is
    /// recorded, and nothing follows from it.
    pub unwanted: bool,
}

/// Where a `foreach` or `collect` stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Items {
    /// The list, or the page that is under way.
    pub records: Option<Payload>,
    /// How many items there are in it; with `batch` several records make one item.
    pub count: u64,
    /// Asks for the page after it.
    pub next: Option<Json>,
    /// Whether it goes through pages.
    pub paged: bool,
    /// The part of the list or of the pages that is under way, from 0.
    pub page: u32,
    /// The first item of it. Item `i` of pages begins with record `(i - first) * batch` of
    /// `records`, of a list with record `i * batch`.
    pub first: u64,
    /// The item after its last one.
    pub end: u64,
    /// The first item that has not begun.
    pub fresh: u64,
    /// Items that are under way.
    pub open: BTreeSet<u64>,
    /// Items that succeeded, in all pages.
    pub succeeded: u64,
    /// Items that failed, in all pages.
    pub failed: u64,
    /// What failed, where it is collected.
    pub failures: Vec<ItemFailure>,
    /// Failures that came with this page.
    pub page_failures: Vec<ItemFailure>,
    /// What the parts that are done gave, where it is a list.
    pub outputs: Vec<Payload>,
    /// The pages that are done, each with its first item, where undoing needs their items.
    pub kept: Vec<(u64, Payload)>,
    /// Every part is done.
    pub complete: bool,
}

impl Items {
    /// The records that an item is among, and which of the items in them it is.
    #[must_use]
    pub fn around(&self, item: u64) -> Option<(&Payload, u64)> {
        if !self.paged {
            return Some((self.records.as_ref()?, item));
        }
        let page = self.records.iter().map(|records| (self.first, records));
        let kept = self.kept.iter().rev().map(|(first, page)| (*first, page));
        let (first, records) = page.chain(kept).find(|(first, _)| *first <= item)?;
        Some((records, item - first))
    }
}

/// Where a step stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StepStatus {
    /// It wants to call an application: the gate is asked.
    #[default]
    Entered,
    /// The gate is asked again at this time.
    Held(Timestamp),
    /// An attempt has begun and has not ended.
    Running,
    /// The next attempt is due at this time.
    Retrying(Timestamp),
    /// The application works on: ask again at this time, or give up waiting for its call.
    Suspended {
        /// When.
        until: Timestamp,
        /// Whether it calls back.
        callback: bool,
    },
    /// It waits.
    Waiting {
        /// When the wait is over without news.
        until: Timestamp,
        /// For what.
        wait: Waiting,
    },
    /// A block whose inner steps are under way.
    Open,
    /// It failed, and the steps that follow that are under way.
    Handling,
    /// Done.
    Succeeded,
    /// Its condition was false.
    Skipped,
    /// No further attempt is made.
    Failed,
    /// It was ended before it was done.
    Cancelled,
}

impl StepStatus {
    /// When it is due without news from outside.
    #[must_use]
    pub fn due(self) -> Option<Timestamp> {
        match self {
            Self::Held(at) | Self::Retrying(at) => Some(at),
            Self::Suspended { until, .. } | Self::Waiting { until, .. } => Some(until),
            _ => None,
        }
    }

    /// The run that it called and waits for.
    #[must_use]
    pub fn child(self) -> Option<RunId> {
        match self {
            Self::Waiting {
                wait: Waiting::Child(child),
                ..
            } => Some(child),
            _ => None,
        }
    }

    /// The word that expressions and people see.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Entered | Self::Running | Self::Open => "running",
            Self::Held(_) | Self::Retrying(_) | Self::Suspended { .. } | Self::Waiting { .. } => {
                "waiting"
            }
            Self::Succeeded => "succeeded",
            Self::Skipped => "skipped",
            Self::Handling | Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

impl Run {
    /// When something is due without news from outside.
    #[must_use]
    pub fn next_due(&self) -> Option<Timestamp> {
        self.steps
            .values()
            .filter_map(|step| step.status.due())
            .min()
    }

    /// The runs that it called and waits for.
    #[must_use]
    pub fn children(&self) -> BTreeSet<RunId> {
        let waits = self.steps.values().map(|step| step.status.child());
        waits.flatten().collect()
    }

    /// Whether anybody has taken it up.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        self.started_at.is_some()
    }

    /// Whether an attempt is under way.
    #[must_use]
    pub fn is_calling(&self) -> bool {
        self.steps
            .values()
            .any(|step| step.status == StepStatus::Running)
    }

    /// The most interruptions that a step without a result has had: a run with any is a suspect.
    #[must_use]
    pub fn interruptions(&self) -> u32 {
        self.steps
            .values()
            .filter(|step| step.status != StepStatus::Succeeded)
            .map(|step| step.interruptions)
            .max()
            .unwrap_or(0)
    }
}
