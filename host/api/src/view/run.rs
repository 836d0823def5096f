//! A run as it is shown, in one line and whole.

use mortise_model::event::TriggerKind;
use mortise_model::id::{Digest, Namespace, RunId, WorkflowName};
use mortise_model::{Json, Timestamp};
use mortise_ports::runs::Summary;
use serde::Serialize;

use super::failure::FailureView;
use super::history::NewsView;
use super::step::StepView;
use super::value::Value;

/// A run in one line.
#[derive(Debug, Serialize)]
pub struct SummaryView {
    /// The run.
    pub id: RunId,
    /// Its workflow.
    pub workflow: WorkflowName,
    /// Whose it is.
    pub namespace: Namespace,
    /// The plan that it runs on.
    pub plan: Digest,
    /// The plan's number among the versions of its workflow.
    pub version: u32,
    /// The rollout that gave it this plan: `acme/shop@1.2.0`.
    pub rollout: Option<String>,
    /// The run whose step called it.
    pub parent: Option<RunId>,
    /// Where it stands.
    pub status: &'static str,
    /// What started it.
    pub trigger: TriggerView,
    /// When it became durable.
    pub accepted_at: Timestamp,
    /// When it came to rest.
    pub finished_at: Option<Timestamp>,
    /// Why it did not succeed.
    pub failure: Option<FailureView>,
}

impl SummaryView {
    /// A line of a list, with the failure as the run itself shows it.
    #[must_use]
    pub fn new(summary: &Summary, namespace: &Namespace, failure: Option<FailureView>) -> Self {
        Self {
            id: summary.run,
            workflow: summary.workflow.clone(),
            namespace: namespace.clone(),
            plan: summary.plan,
            version: summary.version,
            rollout: summary.rollout.clone(),
            parent: summary.parent,
            status: summary.status.word(),
            trigger: TriggerView {
                id: summary.origin.trigger.clone(),
                kind: summary.origin.kind,
                event_id: summary.event_id.clone(),
            },
            accepted_at: summary.accepted_at,
            finished_at: summary.finished_at,
            failure,
        }
    }
}

/// A run, whole.
#[derive(Debug, Serialize)]
pub struct RunView {
    /// The run.
    pub id: RunId,
    /// Its workflow.
    pub workflow: WorkflowName,
    /// Whose it is.
    pub namespace: Namespace,
    /// The plan that it runs on.
    pub plan: Digest,
    /// The plan's number among the versions of its workflow.
    pub version: u32,
    /// The rollout that gave it this plan: `acme/shop@1.2.0`.
    pub rollout: Option<String>,
    /// The run whose step called it.
    pub parent: Option<RunId>,
    /// Where it stands.
    pub status: &'static str,
    /// What started it.
    pub trigger: TriggerView,
    /// When it became durable.
    pub accepted_at: Timestamp,
    /// When its first step began.
    pub started_at: Option<Timestamp>,
    /// When it came to rest.
    pub finished_at: Option<Timestamp>,
    /// `.event`: the one that the run goes on with, which a replay may have edited.
    pub input: Value,
    /// `.request`, for webhooks.
    pub request: Option<Json>,
    /// The output of a run that succeeded.
    pub output: Option<Value>,
    /// Why a person or a rule ended it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// Why it did not succeed.
    pub failure: Option<FailureView>,
    /// What it was told, in order.
    pub history: Vec<NewsView>,
    /// Every step that has begun, in the order of their beginning, and then those that have not.
    pub steps: Vec<StepView>,
}

/// What started a run.
#[derive(Debug, Serialize)]
pub struct TriggerView {
    /// Its id in the manifest.
    pub id: String,
    /// What kind it is.
    pub kind: TriggerKind,
    /// The event's id.
    pub event_id: String,
}
