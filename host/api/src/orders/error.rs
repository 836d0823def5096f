//! Why a decision about a run is not taken.

use mortise_model::{RunId, Status, StepPath};
use mortise_ports::StoreError;
use thiserror::Error;

/// Why a decision about a run is not taken.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum OrderError {
    /// There is no such run.
    #[error("there is no run `{0}`")]
    NoSuchRun(RunId),
    /// The run is done.
    #[error("run `{0}` is {word} and needs nothing more", word = .1.word())]
    AtRest(RunId, Status),
    /// Only parked runs are replayed and discarded.
    #[error("run `{0}` is {word} and not parked: only parked runs are replayed or discarded", word = .1.word())]
    NotParked(RunId, Status),
    /// It cannot go on from there.
    #[error("run `{run}` cannot be replayed: {why}")]
    NoReplay {
        /// The run.
        run: RunId,
        /// Why.
        why: String,
    },
    /// The workflow has no such version.
    #[error("workflow `{workflow}` has no version {version}; `runs show` names the one of a run")]
    NoSuchVersion {
        /// The workflow.
        workflow: String,
        /// The number.
        version: u32,
    },
    /// What it has done does not fit another version.
    #[error("run `{run}` cannot go on with version {version}: {why}")]
    Misfit {
        /// The run.
        run: RunId,
        /// The number.
        version: u32,
        /// The step that does not fit, and how.
        why: String,
    },
    /// The run has no step that asks for an approval there.
    #[error("run `{run}` has no step `{step}` that waits for an approval")]
    NoSuchApproval {
        /// The run.
        run: RunId,
        /// The step.
        step: StepPath,
    },
    /// Nobody asks for the approval, or not any more.
    #[error(
        "step `{step}` of run `{run}` does not ask for an approval now: `approvals list` shows what does"
    )]
    NotAsked {
        /// The run.
        run: RunId,
        /// The step.
        step: StepPath,
    },
    /// Somebody else was faster.
    #[error("run `{0}` was answered there before, and a step takes one answer")]
    Answered(RunId),
    /// As many letters as allowed wait.
    #[error("too much waits to be read by run `{0}` already: try again later")]
    TooMany(RunId),
    /// Which parked runs are meant is not said.
    #[error("say which parked runs: a workflow, a code, or all of them")]
    NoFilter,
    /// The store refused.
    #[error(transparent)]
    Store(#[from] StoreError),
}
