//! The journal of a run: every fact, in order. The run is the fold of its entries.

use serde::{Deserialize, Serialize};

use crate::event::{Event, Origin, TriggerKind};
use crate::failure::{Failure, RecordFailure};
use crate::id::{Digest, Namespace, RunId, StepPath, WorkflowName};
use crate::json::{Json, Payload};
pub use crate::letter::Letter;
use crate::plan::Decision;
use crate::time::Timestamp;

/// One line of the journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// When it was decided.
    pub at: Timestamp,
    /// What became true.
    pub fact: Fact,
}

/// What became true. Variants and fields are only ever added: old journals stay readable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fact {
    /// The event was accepted: the first entry of every run.
    Accepted(Box<Accepted>),
    /// The run began.
    Started,
    /// Another process, or this one after a wait, took the run up again.
    Resumed,
    /// A webhook's request was understood: the run goes on with this event.
    EventReceived {
        /// The first event of the request.
        event: Event,
        /// What the attempt asked of the network.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        requests: Vec<RequestRecord>,
    },
    /// The step's condition was false.
    StepSkipped {
        /// Which step.
        step: StepPath,
    },
    /// The step wants to call an application through a connection: the gate decides when.
    StepEntered {
        /// Which step.
        step: StepPath,
        /// What the operation is given; none where it is known already.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        input: Option<StepInput>,
    },
    /// The application is left alone until this time; no attempt is counted.
    StepHeld {
        /// Which step.
        step: StepPath,
        /// When the gate is asked again.
        until: Timestamp,
        /// Why.
        why: Held,
    },
    /// An attempt is about to be made.
    AttemptStarted {
        /// Which step.
        step: StepPath,
        /// From 1, and one more with every retry.
        attempt: u32,
        /// From 0, and one more with every page or resumption.
        turn: u32,
        /// What the operation is given; only with the first attempt of a step.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        input: Option<StepInput>,
    },
    /// An attempt gave a result, and the step is done.
    AttemptSucceeded {
        /// Which step.
        step: StepPath,
        /// `.steps.ID.output`.
        output: Payload,
        /// Records that a transform left out: `.steps.ID.failures`.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        failures: Vec<RecordFailure>,
        /// What the attempt asked of the network.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        requests: Vec<RequestRecord>,
    },
    /// An attempt gave a page: the first one of a paged step, which is done with it, or the next
    /// one of the `foreach` or `collect` that goes through them.
    AttemptPaged {
        /// Which step.
        step: StepPath,
        /// A list.
        records: Payload,
        /// How many there are in it.
        count: u32,
        /// Asks for the next page; none at the end.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        next: Option<Json>,
        /// What the attempt asked of the network.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        requests: Vec<RequestRecord>,
    },
    /// An attempt ended, and the application works on.
    AttemptSuspended {
        /// Which step.
        step: StepPath,
        /// Comes back with the next turn.
        token: Json,
        /// When the application is asked again, or, where it calls back, how long that is waited
        /// for.
        until: Timestamp,
        /// The application calls back.
        callback: bool,
        /// What the attempt asked of the network.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        requests: Vec<RequestRecord>,
    },
    /// An attempt failed; the next one is due at `retry_at`, or none is made.
    AttemptFailed {
        /// Which step.
        step: StepPath,
        /// Why.
        failure: Failure,
        /// When the next attempt is due.
        retry_at: Option<Timestamp>,
        /// What the attempt asked of the network.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        requests: Vec<RequestRecord>,
    },
    /// A `switch` goes this way.
    CaseTaken {
        /// Which step.
        step: StepPath,
        /// None where no case holds.
        case: Option<u32>,
    },
    /// A `parallel` goes all ways.
    BranchesTaken {
        /// Which step.
        step: StepPath,
    },
    /// A `foreach` begins, or a `collect`.
    ItemsTaken {
        /// Which step.
        step: StepPath,
        /// The list, or the first page of one.
        items: Payload,
        /// How many there are in it.
        count: u32,
        /// Asks for the next page; none at the end, and for a list.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        next: Option<Json>,
    },
    /// A part of a `foreach` or `collect` is done: what happened in it is history.
    PageDone {
        /// Which step.
        step: StepPath,
        /// From 0.
        page: u32,
        /// What a list's items gave, null for those that failed; none for paged items.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        output: Option<Payload>,
        /// Items that succeeded up to here, in all pages.
        succeeded: u64,
        /// Items that failed up to here, in all pages.
        failed: u64,
        /// Items that failed in this page, where they are collected.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        failures: Vec<ItemFailure>,
        /// Asks for the next page; none at the end.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        next: Option<Json>,
    },
    /// An item of a `foreach` failed, and the others go on.
    ItemFailed {
        /// The `foreach`.
        step: StepPath,
        /// What failed.
        item: ItemFailure,
    },
    /// A step waits.
    StepWaiting {
        /// Which step.
        step: StepPath,
        /// When the wait is over without news.
        until: Timestamp,
        /// For what.
        wait: Waiting,
    },
    /// A step that makes no attempts is done: a block, a wait, a call.
    StepSucceeded {
        /// Which step.
        step: StepPath,
        /// `.steps.ID.output`.
        output: Payload,
    },
    /// A step failed for good, and what follows stands in the manifest.
    StepFailed {
        /// Which step.
        step: StepPath,
        /// Why.
        failure: Failure,
    },
    /// A step was ended before it was done.
    StepCancelled {
        /// Which step.
        step: StepPath,
    },
    /// The run was told something. What follows from it stands in the entries after it.
    LetterRead {
        /// The letter's number.
        number: u64,
        /// What.
        letter: Letter,
    },
    /// A parked run goes on.
    Replayed {
        /// From this step; the one that failed where none is named.
        from: Option<StepPath>,
        /// Its event from now on, where it was edited.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        event: Option<Payload>,
    },
    /// The run goes on with another version of its plan.
    Moved {
        /// The plan.
        plan: Digest,
        /// Its number among the versions of its workflow.
        version: u32,
    },
    /// It is decided how the run ends; what is under way comes to its end first, then what has to
    /// be undone is undone, and then `finally` runs.
    Ending(End),
    /// What the steps did is taken back, the last one first.
    Undoing,
    /// What stands under `finally` begins.
    Finishing,
    /// Nothing is to be done until this time: the run leaves memory.
    Suspended {
        /// When it is due again.
        until: Timestamp,
    },
    /// The run is at rest.
    Ended(End),
}

impl Fact {
    /// The step that it is about, where it is about one.
    #[must_use]
    pub fn step(&self) -> Option<&StepPath> {
        match self {
            Self::StepSkipped { step }
            | Self::StepEntered { step, .. }
            | Self::StepHeld { step, .. }
            | Self::AttemptStarted { step, .. }
            | Self::AttemptSucceeded { step, .. }
            | Self::AttemptPaged { step, .. }
            | Self::AttemptSuspended { step, .. }
            | Self::AttemptFailed { step, .. }
            | Self::CaseTaken { step, .. }
            | Self::BranchesTaken { step }
            | Self::ItemsTaken { step, .. }
            | Self::PageDone { step, .. }
            | Self::ItemFailed { step, .. }
            | Self::StepWaiting { step, .. }
            | Self::StepSucceeded { step, .. }
            | Self::StepFailed { step, .. }
            | Self::StepCancelled { step } => Some(step),
            Self::Accepted(_)
            | Self::Started
            | Self::Resumed
            | Self::EventReceived { .. }
            | Self::LetterRead { .. }
            | Self::Replayed { .. }
            | Self::Moved { .. }
            | Self::Ending(_)
            | Self::Undoing
            | Self::Finishing
            | Self::Suspended { .. }
            | Self::Ended(_) => None,
        }
    }
}

/// Why a step is held back from an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Held {
    /// The connection's rate is used up.
    Rate,
    /// The application failed too often: the circuit breaker is open.
    Breaker,
}

/// What a step waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Waiting {
    /// A time.
    Time,
    /// A request to its own address.
    Callback,
    /// A person's decision.
    Approval {
        /// What counts where nobody decides.
        otherwise: Decision,
    },
    /// A run of another workflow.
    Child(RunId),
}

/// An item of a `foreach` that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemFailure {
    /// Its index, from zero.
    pub item: u64,
    /// The step that failed.
    pub step: StepPath,
    /// Why.
    pub failure: Failure,
}

/// What an event's acceptance fixed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accepted {
    /// The run.
    pub run: RunId,
    /// Whose it is.
    pub namespace: Namespace,
    /// Of which workflow.
    pub workflow: WorkflowName,
    /// The plan that it runs on to its end.
    pub plan: Digest,
    /// The plan's number among the versions of its workflow.
    pub version: u32,
    /// The rollout of a plugin's version that gave it this plan instead of the active one:
    /// `acme/shop@1.2.0`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollout: Option<String>,
    /// Which trigger gave the event.
    pub origin: Origin,
    /// The event.
    pub event: Event,
    /// The run that called it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<Parent>,
}

impl Accepted {
    /// Whether a `failure` trigger started it, or the run at the beginning of the calls that led to it.
    #[must_use]
    pub fn is_after_failure(&self) -> bool {
        let called = self.parent.as_ref();
        self.origin.kind == TriggerKind::Failure || called.is_some_and(|by| by.after_failure)
    }
}

/// The run that called another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parent {
    /// The run.
    pub run: RunId,
    /// The step of it.
    pub step: StepPath,
    /// How many calls deep the called run is: 1 for a call by a run that nobody called.
    pub depth: u32,
    /// The run at the beginning of these calls was started by a `failure` trigger.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub after_failure: bool,
}

/// What a step is given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepInput {
    /// `with`, evaluated.
    pub with: Payload,
    /// For a transform: one record or a list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub records: Option<Payload>,
}

/// How a run came to rest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// All steps are done.
    Succeeded {
        /// The run's output.
        output: Payload,
    },
    /// By decision of the manifest.
    Failed {
        /// The step that failed.
        step: Option<StepPath>,
        /// Why.
        failure: Failure,
    },
    /// By a person.
    Cancelled {
        /// Why.
        why: String,
    },
    /// By a rule of the manifest.
    Skipped {
        /// Which rule.
        why: String,
        /// Where that is the rule: its event has a run already.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        of: Option<Known>,
    },
    /// The engine gave up: a person or a policy decides.
    Parked {
        /// The step that failed.
        step: Option<StepPath>,
        /// Why.
        failure: Failure,
    },
}

/// An event that has a run already.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// The event's id.
    pub event: String,
    /// Its run.
    pub run: RunId,
}

/// A request that a plugin made, as the log may keep it: no headers, no body, no credential.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestRecord {
    /// `POST`.
    pub method: String,
    /// Without user, password and query.
    pub url: String,
    /// None where no answer came.
    pub status: Option<u16>,
    /// From sending to the whole answer.
    pub duration_ms: u64,
}

/// A line that a plugin wrote to the log of its step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// When.
    pub at: Timestamp,
    /// `trace`, `debug`, `info`, `warn` or `error`.
    pub level: String,
    /// What.
    pub message: String,
    /// Details by name.
    pub fields: Vec<(String, String)>,
}
