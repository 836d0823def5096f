//! What the engine is told.

use crate::entry::{RequestRecord, StepInput};
use crate::failure::{Failure, RecordFailure};
use crate::id::StepPath;
use crate::json::Payload;

/// The outcome of a command, or news from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// The run was claimed: it begins, or goes on after a wait or a crash.
    Claimed,
    /// The outcome of [`crate::Command::Evaluate`].
    Evaluated {
        /// Which step.
        step: StepPath,
        /// None where the condition is false.
        result: Result<Option<StepInput>, Failure>,
    },
    /// The outcome of [`crate::Command::EvaluateOutput`].
    OutputEvaluated {
        /// The run's output.
        result: Result<Payload, Failure>,
    },
    /// The outcome of [`crate::Command::Call`].
    Called {
        /// Which step.
        step: StepPath,
        /// What came of it.
        result: Result<Output, Failure>,
        /// What the attempt asked of the network.
        requests: Vec<RequestRecord>,
        /// Random, from 0 to 1,000,000: the share of the pause before a retry.
        jitter_ppm: u32,
    },
}

/// What an operation gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// `.steps.ID.output`.
    pub value: Payload,
    /// Records that a transform left out.
    pub failures: Vec<RecordFailure>,
}
