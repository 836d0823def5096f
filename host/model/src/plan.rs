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
    /// What is done at the end of a run, whether it succeeded, failed or was cancelled.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub finally: Vec<Step>,
    /// The run's output; without it the output of the last step.
    pub output: Option<Template>,
    /// How many runs of one key are under way at the same moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concurrency: Option<Concurrency>,
    /// What makes two events one, beside their ids.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deduplicate: Option<Deduplicate>,
    /// Milliseconds that the steps of a run may take from its start or from the last replay, waits
    /// included. Neither undoing nor `finally` is cut short.
    pub timeout_ms: Option<u64>,
    /// Milliseconds that a finished run is kept.
    pub retain_ms: Option<u64>,
}

impl Plan {
    /// The version of the structure that this program writes.
    pub const FORMAT: u32 = 1;
}

/// How many runs of one key are under way at the same moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Concurrency {
    /// Evaluated when the event is accepted, with `.event`, `.request` and `.vars`.
    pub key: Template,
    /// So many at most, in the order of their acceptance.
    pub limit: u32,
    /// What becomes of one more.
    pub when_full: WhenFull,
}

/// What becomes of a run whose key has no place free.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WhenFull {
    /// It waits for its turn.
    Queue,
    /// It ends as `skipped`.
    Skip,
}

/// What makes two events one, beside their ids.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deduplicate {
    /// Evaluated when the event is accepted, with `.event`, `.request` and `.vars`.
    pub key: Template,
    /// Milliseconds for which a key is remembered.
    pub within_ms: u64,
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
    /// News that a plugin fetches.
    Poll(Poll),
    /// Parked and failed runs of other workflows.
    Failure {
        /// Of which; none means all of the namespace but this one.
        of: Option<Vec<WorkflowName>>,
    },
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
    /// The plugin's operation that understands the requests; its `kind` is `Webhook`. The raw
    /// request is journaled, and `receive` runs as the run's first step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uses: Option<Arc<Operation>>,
    /// How the host knows that a request is its sender's, where no plugin does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verify: Option<Verify>,
    /// How the plugin says that the host knows it: its descriptor's `verification`, with the secrets of
    /// the operation's connection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub declared: Option<Json>,
}

/// How the host knows that a request is its sender's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verify {
    /// How senders sign.
    pub scheme: SignatureScheme,
    /// The connection whose secret `signing-secret` they sign with.
    pub connection: ConnectionName,
}

/// How senders of webhooks sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignatureScheme {
    /// Standard Webhooks 1.0.
    Standard,
    /// <https://docs.stripe.com/webhooks#verify-manually>
    Stripe,
    /// <https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries>
    Github,
    /// <https://shopify.dev/docs/apps/build/webhooks/subscribe/https#step-5-verify-the-webhook>
    Shopify,
    /// <https://api.slack.com/authentication/verifying-requests-from-slack>
    Slack,
}

/// News that a plugin fetches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Poll {
    /// The plugin's operation; its `kind` is `Polling`.
    pub operation: Arc<Operation>,
    /// Milliseconds between two polls.
    pub every_ms: u64,
    /// Where the first poll begins.
    pub start: PollStart,
}

/// Where the first poll of a trigger begins; the plugin finds it as `start` in its input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PollStart {
    /// With what happens from now on.
    Now,
    /// With the oldest that the application has.
    Beginning,
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
    /// Its id, unique among its siblings; its path at the top level. See [`crate::path`].
    pub id: StepPath,
    /// Runs only where this gives `true`.
    pub condition: Option<Expression>,
    /// What it does.
    pub action: Action,
    /// What follows where it fails for good.
    #[serde(default, skip_serializing_if = "OnFailure::is_park")]
    pub on_failure: OnFailure,
    /// What takes its effect back when a later step fails by decision of the manifest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo: Option<Arc<Operation>>,
}

/// What follows where a step fails for good.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnFailure {
    /// The enclosing `foreach` decides, where it goes on without failed items; otherwise the run
    /// is parked.
    #[default]
    Park,
    /// The same, and where no `foreach` decides the run ends as `failed`, after what its steps did
    /// was undone.
    Fail,
    /// The run goes on; the step's output is null.
    Continue,
    /// These run, and then the run goes on; where one of them fails, its own word counts.
    Steps(Vec<Step>),
}

impl OnFailure {
    /// Whether it is what stands for nothing.
    #[must_use]
    pub fn is_park(&self) -> bool {
        *self == Self::Park
    }
}

/// What a step does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Calls an operation of a plugin.
    Operation(Arc<Operation>),
    /// Goes the way of the first case that holds; none is no failure.
    Switch(Vec<Case>),
    /// Goes all ways at the same time.
    Parallel(Vec<Branch>),
    /// Does the same with each of many.
    Foreach(Box<Foreach>),
    /// Makes a bounded list of a paged output.
    Collect(Collect),
    /// Runs another workflow and waits for it.
    Call(CallWorkflow),
    /// Waits.
    Wait(Wait),
}

/// A case of a `switch`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// None for `else`.
    pub condition: Option<Expression>,
    /// What it does.
    pub steps: Vec<Step>,
}

/// A branch of a `parallel`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Branch {
    /// Its name, unique in the step.
    pub name: String,
    /// What it does.
    pub steps: Vec<Step>,
}

/// The same with each of many.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Foreach {
    /// What there is to go through.
    pub items: Items,
    /// The name of the item in expressions inside, such as `line` for `.line`.
    pub name: String,
    /// With how many items the steps run at the same time.
    pub at_once: u32,
    /// Where set, the name stands for a list of up to so many items.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch: Option<u32>,
    /// What follows where an item fails.
    pub on_failure: OnItemFailure,
    /// What is done with each.
    pub steps: Vec<Step>,
}

/// What a `foreach` goes through.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Items {
    /// A list that is there.
    List(Template),
    /// The pages of a step before it, by its id as seen from here.
    Pages(StepPath),
}

/// What follows where an item of a `foreach` fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnItemFailure {
    /// The step fails with it, and no further item begins.
    Stop,
    /// The others go on, and `.steps.ID.failures` lists what failed.
    Collect,
    /// The others go on, and what failed is only counted.
    Continue,
}

/// A bounded list of a paged output.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Collect {
    /// The paged step before it, by its id as seen from here.
    pub pages: StepPath,
    /// With more records than this the step fails.
    pub records_max: u32,
}

/// A run of another workflow of the same namespace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallWorkflow {
    /// Its name; its active plan counts when the step runs.
    pub workflow: WorkflowName,
    /// Its `.event`.
    pub with: Template,
}

/// A wait.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wait {
    /// For a time.
    Duration {
        /// So many milliseconds.
        ms: u64,
    },
    /// Until a moment.
    Until(Template),
    /// For a request to the step's own address.
    Callback {
        /// Milliseconds after which the step fails.
        within_ms: u64,
    },
    /// For a person's decision.
    Approval {
        /// Milliseconds after which `otherwise` counts.
        within_ms: u64,
        /// What counts where nobody decides.
        otherwise: Decision,
    },
}

/// What a person decides about a run that asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    /// It goes on.
    Approve,
    /// The step fails.
    Reject,
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
    /// Reads something in pages: its output can only be walked or collected.
    Paged,
    /// Asks for news.
    Polling,
    /// Understands requests of an application.
    Webhook {
        /// It runs before the answer, and says what the answer is.
        answers: bool,
        /// It registers itself with the application.
        subscribes: bool,
    },
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
