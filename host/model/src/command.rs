//! What the engine asks to be done.

use crate::entry::StepInput;
use crate::id::{RunId, StepPath, WorkflowName};
use crate::json::{Json, Payload};

/// Something to be done outside the engine; what comes of it is an [`crate::Input`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Evaluate the step's condition and, where it holds, what its action needs. Harmless: it may
    /// be done before the entries that led to it are durable.
    Evaluate {
        /// Which step.
        step: StepPath,
    },
    /// Evaluate the run's output. Harmless as well.
    EvaluateOutput,
    /// Put together what a block or a part of one gave. Harmless.
    Gather {
        /// Which step.
        step: StepPath,
        /// The whole of it, where every part is done.
        whole: bool,
    },
    /// Ask the gate before the step's connection. Harmless.
    Admit {
        /// Which step.
        step: StepPath,
    },
    /// Say that nothing is left to do in this phase: the engine goes on to the next. Harmless.
    Settle,
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
        /// Asks for a page or comes from a suspension.
        token: Option<Json>,
        /// What came to the callback of a suspension.
        answer: Option<Payload>,
    },
    /// Let a webhook's plugin understand the request that started the run.
    Receive {
        /// From 1.
        attempt: u32,
    },
    /// Start a run of another workflow, in the same commit as the entries.
    StartChild {
        /// Which step.
        step: StepPath,
        /// The run's id.
        child: RunId,
        /// Of which workflow.
        workflow: WorkflowName,
        /// Its event.
        input: Payload,
    },
    /// Cancel a run that this one called, in the same commit as the entries.
    CancelChild {
        /// The run.
        child: RunId,
    },
    /// End the calls that are under way; each gives a result or [`crate::Input::Aborted`].
    Abort,
}

impl Command {
    /// Whether doing it leaves no trace, so that it need not wait for the journal.
    #[must_use]
    pub fn is_harmless(&self) -> bool {
        matches!(
            self,
            Self::Evaluate { .. }
                | Self::EvaluateOutput
                | Self::Gather { .. }
                | Self::Admit { .. }
                | Self::Settle
        )
    }
}
