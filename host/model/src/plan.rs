//! The plan: a manifest after checking and resolving. Nothing downstream reads the manifest.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::descriptor::{Records, Repeat};
use crate::id::{ConnectionName, Digest, Namespace, StepPath, WorkflowName};
use crate::json::Json;
use crate::template::{Expression, Template};

/// One version of a workflow. Its identity is the sha256 of its JSON text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Version of this structure.
    pub format: u32,
    /// Who owns it.
    pub namespace: Namespace,
    /// Its name.
    pub workflow: WorkflowName,
    /// For people.
    pub description: Option<String>,
    /// `.vars`.
    pub vars: Json,
    /// What starts runs.
    pub triggers: Vec<Trigger>,
    /// What a run does, in order.
    pub steps: Vec<Step>,
    /// The run's output; without it the output of the last step.
    pub output: Option<Template>,
    /// Milliseconds that a run may take from its start, waits included.
    pub timeout_ms: Option<u64>,
    /// Milliseconds that a finished run is kept.
    pub retain_ms: Option<u64>,
}

impl Plan {
    /// The version of the structure that this program writes.
    pub const FORMAT: u32 = 1;

    /// A top-level step by its id.
    #[must_use]
    pub fn step(&self, path: &StepPath) -> Option<&Step> {
        self.steps.iter().find(|step| step.id == *path)
    }
}

/// What starts runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trigger {
    /// Unique in the workflow; cursors and deduplication hang on it.
    pub id: String,
    /// How it works.
    pub source: Source,
}

/// How a trigger comes to its events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// Requests to `/hooks/PATH`.
    Webhook(Webhook),
    /// Points in time.
    Schedule(Schedule),
    /// People and scripts.
    Manual {
        /// JSON Schema that the input must satisfy.
        input: Option<Json>,
    },
}

/// A webhook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhook {
    /// Begins with `/`; served at `/hooks` + path.
    pub path: String,
    /// Upper case.
    pub method: String,
    /// How the body becomes `.event`.
    pub body: Body,
    /// When the sender is answered.
    pub respond: Respond,
}

/// How a body becomes `.event`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Body {
    /// It is JSON.
    Json,
    /// It is UTF-8 text: a JSON string.
    Text,
    /// Anything: a JSON string in base64.
    Bytes,
}

/// When the sender of a webhook is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Respond {
    /// When the event is durable.
    Accepted,
    /// When the run is at rest, or after so many milliseconds as if `accepted`.
    Result {
        /// How long the sender waits at most.
        timeout_ms: u64,
    },
}

/// A schedule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    /// Five fields, or six with seconds first.
    pub cron: String,
    /// IANA name, such as `Europe/Berlin`.
    pub timezone: String,
    /// What happens to times that passed while nothing ran.
    pub missed: Missed,
}

/// What happens to scheduled times that passed while nothing ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Missed {
    /// One run for all of them.
    RunOnce,
    /// None.
    Skip,
}

/// A node of the plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Its id, which is its path at the top level.
    pub id: StepPath,
    /// Runs only where this gives `true`.
    pub condition: Option<Expression>,
    /// What it does.
    pub action: Action,
}

/// What a step does. Control flow becomes variants of its own beside operations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Calls an operation of a plugin.
    Operation(Arc<Operation>),
}

/// A call of an operation of a plugin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operation {
    /// `mortise/http`, for refusals and lists.
    pub plugin: String,
    /// `1.2.0`.
    pub version: String,
    /// The bytes that a run is bound to.
    pub digest: Digest,
    /// What is called, as the manifest writes it: `http/request`.
    pub uses: String,
    /// The operation's name in the plugin.
    pub name: String,
    /// Whether it turns records into records, and how it wants them.
    pub kind: OperationKind,
    /// What repeating it does.
    pub repeat: Repeat,
    /// Its input or, for a transform, its settings.
    pub with: Template,
    /// Whose credential, settings and origins it uses.
    pub connection: Option<ConnectionName>,
    /// Hosts that the manifest grants, where there is no connection.
    pub hosts: Vec<String>,
    /// What happens after a failure that may pass.
    pub retry: Retry,
    /// Milliseconds for one attempt.
    pub timeout_ms: u64,
    /// What happens where nobody knows whether it was carried out; without it the
    /// operation's `repeat` decides.
    pub on_unclear: Option<OnUnclear>,
}

/// The role that an operation is called in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OperationKind {
    /// Does one thing in an application.
    Action,
    /// Turns records into records.
    Transform {
        /// One record or a list.
        records: Template,
        /// Whether it sees each record alone or all at once.
        takes: Records,
    },
}

/// How often and how fast a failed attempt is repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retry {
    /// Attempts in all, the first one included.
    pub attempts: u32,
    /// Milliseconds before the second attempt, before jitter.
    pub initial_ms: u64,
    /// What the pause is multiplied with each time, in thousandths.
    pub factor_milli: u32,
    /// The longest pause in milliseconds.
    pub max_ms: u64,
}

impl Default for Retry {
    /// Ten attempts over about a minute and a half: longer than a restart of an application.
    fn default() -> Self {
        Self {
            attempts: 10,
            initial_ms: 500,
            factor_milli: 2_000,
            max_ms: 60_000,
        }
    }
}

/// What happens where nobody knows whether a step was carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnUnclear {
    /// A person decides.
    Park,
    /// The step runs again with the same idempotency key.
    Retry,
}

/// Milliseconds for one attempt where the manifest names no `timeout`.
pub const STEP_TIMEOUT_MS: u64 = 60_000;
