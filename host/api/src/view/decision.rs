//! What people have to decide: parked runs and approvals, as they are listed.

use mortise_model::Timestamp;
use mortise_model::id::{RunId, StepPath, WorkflowName};
use serde::Serialize;

use super::failure::FailureView;

/// A parked run in one line.
#[derive(Debug, Serialize)]
pub struct ParkedView {
    /// The run.
    pub id: RunId,
    /// Its workflow.
    pub workflow: WorkflowName,
    /// The step that failed.
    pub step: Option<StepPath>,
    /// Since when.
    pub parked_at: Option<Timestamp>,
    /// How often the step was tried.
    pub attempts: usize,
    /// Why.
    pub failure: Option<FailureView>,
}

/// An approval that is asked for.
#[derive(Debug, Serialize)]
pub struct ApprovalView {
    /// The run that asks.
    pub run: RunId,
    /// Its workflow.
    pub workflow: Option<WorkflowName>,
    /// The step that waits.
    pub step: StepPath,
    /// Since when.
    pub since: Timestamp,
    /// When it is decided without anybody.
    pub until: Timestamp,
    /// Where `{decision, by, why}` can be sent without a token.
    pub url: Option<String>,
}
