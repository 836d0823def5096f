//! The journal of a run: every fact, in order. The run is the fold of its entries.

use serde::{Deserialize, Serialize};

use crate::event::{Event, Origin};
use crate::failure::{Failure, RecordFailure};
use crate::id::{Digest, Namespace, RunId, StepPath, WorkflowName};
use crate::json::Payload;
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
    /// The step's condition was false.
    StepSkipped {
        /// Which step.
        step: StepPath,
    },
    /// An attempt is about to be made.
    AttemptStarted {
        /// Which step.
        step: StepPath,
        /// From 1, and one more with every retry.
        attempt: u32,
        /// From 0, and one more with every page or resumption.
        turn: u32,
        /// What the operation is given; only with the first attempt of a turn.
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
    /// Nothing is to be done until this time: the run leaves memory.
    Suspended {
        /// When it is due again.
        until: Timestamp,
    },
    /// The run is at rest.
    Ended(End),
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
    /// Which trigger gave the event.
    pub origin: Origin,
    /// The event.
    pub event: Event,
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
    },
    /// The engine gave up: a person or a policy decides.
    Parked {
        /// The step that failed.
        step: Option<StepPath>,
        /// Why.
        failure: Failure,
    },
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
