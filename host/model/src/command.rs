//! What the engine asks to be done.

use crate::entry::StepInput;
use crate::id::StepPath;

/// Something to be done outside the engine; what comes of it is an [`crate::Input`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Evaluate the step's condition and, where it holds, its input. Harmless: it may be done
    /// before the entries that led to it are durable.
    Evaluate {
        /// Which step.
        step: StepPath,
    },
    /// Evaluate the run's output. Harmless as well.
    EvaluateOutput,
    /// Call the step's operation.
    Call {
        /// Which step.
        step: StepPath,
        /// From 1.
        attempt: u32,
        /// From 0.
        turn: u32,
        /// What the operation is given.
        input: StepInput,
    },
}

impl Command {
    /// Whether doing it leaves no trace, so that it need not wait for the journal.
    #[must_use]
    pub fn is_harmless(&self) -> bool {
        matches!(self, Self::Evaluate { .. } | Self::EvaluateOutput)
    }
}
