//! A run as it is shown, in one line and whole.

use mortise_model::entry::{LogLine, RequestRecord};
use mortise_model::event::TriggerKind;
use mortise_model::failure::RecordFailure;
use mortise_model::id::{Digest, Namespace, RunId, StepPath, WorkflowName};
use mortise_model::{Json, Timestamp};
use mortise_ports::runs::Summary;
use serde::Serialize;
use serde::ser::{SerializeMap as _, Serializer};

use super::failure::FailureView;
use super::sentence::Place;
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
    /// A line of a list.
    #[must_use]
    pub fn new(summary: &Summary, namespace: &Namespace) -> Self {
        Self {
            id: summary.run,
            workflow: summary.workflow.clone(),
            namespace: namespace.clone(),
            plan: summary.plan,
            version: summary.version,
            status: summary.status.word(),
            trigger: TriggerView {
                id: summary.origin.trigger.clone(),
                kind: summary.origin.kind,
                event_id: summary.event_id.clone(),
            },
            accepted_at: summary.accepted_at,
            finished_at: summary.finished_at,
            failure: summary.failure.as_ref().map(|(step, failure)| {
                let place = Place {
                    step: step.as_ref(),
                    ..Place::default()
                };
                FailureView::new(failure, place)
            }),
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
    /// `.event`.
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
    /// Every step of the plan, in its order.
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

/// A step of a run.
#[derive(Debug, Serialize)]
pub struct StepView {
    /// Where it stands in the run.
    pub path: StepPath,
    /// What it calls.
    pub uses: Option<String>,
    /// The plugin's bytes.
    pub digest: Option<Digest>,
    /// Where it stands.
    pub status: &'static str,
    /// `with`, evaluated.
    pub input: Option<Value>,
    /// What a transform was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub records: Option<Value>,
    /// `.steps.ID.output`.
    pub output: Option<Value>,
    /// Records that a transform left out.
    pub failures: Vec<RecordFailure>,
    /// What it waits for.
    pub wait: Option<WaitView>,
    /// Every try.
    pub attempts: Vec<AttemptView>,
}

/// What a step waits for.
#[derive(Debug, Serialize)]
pub struct WaitView {
    /// Where an answer can come in.
    pub url: Option<String>,
    /// When it goes on by itself.
    pub until: Option<Timestamp>,
}

/// One try of a step.
#[derive(Debug, Serialize)]
pub struct AttemptView {
    /// From 1.
    pub number: u32,
    /// From 0.
    pub turn: u32,
    /// The same for every attempt of the turn.
    pub idempotency_key: String,
    /// When it began.
    pub started_at: Timestamp,
    /// When it gave a result.
    pub finished_at: Option<Timestamp>,
    /// Why it failed.
    pub failure: Option<FailureView>,
    /// What it asked of the network.
    pub requests: Vec<RequestRecord>,
    /// What the plugin said.
    pub log: Vec<LineView>,
}

/// A line of a log.
#[derive(Debug, Serialize)]
pub struct LineView {
    /// When.
    pub at: Timestamp,
    /// `trace`, `debug`, `info`, `warn` or `error`.
    pub level: String,
    /// What.
    pub message: String,
    /// Details by name; of names that repeat the last one counts.
    #[serde(serialize_with = "as_map")]
    pub fields: Vec<(String, String)>,
}

impl From<LogLine> for LineView {
    fn from(line: LogLine) -> Self {
        Self {
            at: line.at,
            level: line.level,
            message: line.message,
            fields: line.fields,
        }
    }
}

fn as_map<S: Serializer>(fields: &[(String, String)], serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(fields.len()))?;
    for (index, (name, value)) in fields.iter().enumerate() {
        if !fields
            .iter()
            .skip(index + 1)
            .any(|(later, _)| later == name)
        {
            map.serialize_entry(name, value)?;
        }
    }
    map.end()
}
