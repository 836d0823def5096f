//! What the engine is told.

use crate::entry::{Held, Known, Letter, RequestRecord, StepInput};
use crate::event::Event;
use crate::failure::{Failure, RecordFailure};
use crate::id::{RunId, StepPath};
use crate::json::{Json, Payload};
use crate::time::Timestamp;

/// The outcome of a command, or news from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// The run was claimed: it begins, or goes on after a wait or a crash.
    Claimed,
    /// Something is due while other things are under way.
    Due,
    /// Nothing is under way: the run is suspended until something is due.
    Idle,
    /// A letter was read.
    Letter {
        /// Its number.
        number: u64,
        /// What it says.
        letter: Letter,
    },
    /// A letter was read that asks for what cannot be done any more.
    Refused {
        /// Its number.
        number: u64,
        /// What it says.
        letter: Letter,
    },
    /// The outcome of [`crate::Command::Evaluate`].
    Evaluated {
        /// Which step.
        step: StepPath,
        /// What its action needs.
        result: Result<Evaluated, Failure>,
    },
    /// The outcome of [`crate::Command::EvaluateOutput`].
    OutputEvaluated {
        /// The run's output.
        result: Result<Payload, Failure>,
    },
    /// The outcome of [`crate::Command::Gather`].
    Gathered {
        /// Which step.
        step: StepPath,
        /// As it was asked for.
        whole: bool,
        /// What it gave; none for a part whose items are paged.
        result: Result<Option<Payload>, Failure>,
    },
    /// The outcome of [`crate::Command::Admit`].
    Admitted {
        /// Which step.
        step: StepPath,
        /// The gate is closed until then.
        held: Option<(Timestamp, Held)>,
    },
    /// The outcome of [`crate::Command::Settle`].
    Settled,
    /// The outcome of [`crate::Command::Call`].
    Called {
        /// Which step.
        step: StepPath,
        /// What came of it.
        result: Result<Outcome, Failure>,
        /// What the attempt asked of the network.
        requests: Vec<RequestRecord>,
        /// Random, from 0 to 1,000,000: the share of the pause before a retry.
        jitter_ppm: u32,
    },
    /// The outcome of [`crate::Command::Receive`]: the run's event, none where the request holds
    /// none or another run has it.
    Received {
        /// What came of it.
        result: Result<Received, Failure>,
        /// What the attempt asked of the network.
        requests: Vec<RequestRecord>,
        /// Random, from 0 to 1,000,000.
        jitter_ppm: u32,
    },
    /// A call was ended because of [`crate::Command::Abort`] and gave no result.
    Aborted {
        /// Which step.
        step: StepPath,
    },
}

/// What an evaluated step is about to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Evaluated {
    /// Nothing: its condition is false.
    Skip,
    /// Call its operation with this.
    Operation(StepInput),
    /// Go the way of this case.
    Case(Option<u32>),
    /// Go all ways.
    Branches,
    /// Go through these.
    Items {
        /// A list, or the first page of one.
        items: Payload,
        /// How many there are in it.
        count: u32,
        /// Asks for the next page.
        next: Option<Json>,
    },
    /// Wait until then.
    Wait {
        /// When the wait is over without news.
        until: Timestamp,
    },
    /// Start this run.
    Call {
        /// Its id.
        child: RunId,
        /// Its event.
        input: Payload,
    },
}

/// What an operation gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A result.
    Output {
        /// `.steps.ID.output`.
        value: Payload,
        /// Records that a transform left out.
        failures: Vec<RecordFailure>,
    },
    /// A page.
    Page {
        /// A list.
        records: Payload,
        /// How many there are in it.
        count: u32,
        /// Asks for the next page.
        next: Option<Json>,
    },
    /// The application works on.
    Suspended {
        /// Comes back with the next turn.
        token: Json,
        /// Milliseconds after which it is asked again.
        poll_after_ms: Option<u64>,
        /// It calls back.
        callback: bool,
    },
}

/// What became of a webhook's request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received {
    /// The run goes on with its first event; further ones have started runs of their own.
    Event(Event),
    /// There is nothing in it for this run: why.
    Nothing(String),
    /// Another run has its event.
    Duplicate {
        /// In words.
        why: String,
        /// That run.
        of: Known,
    },
}
