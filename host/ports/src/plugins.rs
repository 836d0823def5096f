//! The sandbox, as the engine sees it.

use std::future::Future;
use std::sync::Arc;

use mortise_model::descriptor::Plugin;
use mortise_model::entry::{LogLine, RequestRecord};
use mortise_model::failure::RecordFailure;
use mortise_model::id::{Digest, Namespace, RunId, StepPath, WorkflowName};
use mortise_model::plan::Operation;
use mortise_model::{Failure, Json, Timestamp};
use thiserror::Error;

/// Runs plugins and expressions where they can do no harm.
pub trait Plugins: Send + Sync + 'static {
    /// Looks at a component, compiles it or finds it compiled, and asks it to describe itself.
    /// Loading a digest twice is cheap. May take seconds the first time.
    ///
    /// # Errors
    /// What is wrong with the component.
    fn load(&self, bytes: Vec<u8>) -> impl Future<Output = Result<Arc<Plugin>, LoadError>> + Send;

    /// A plugin that is loaded.
    fn describe(&self, digest: Digest) -> Option<Arc<Plugin>>;

    /// Calls an operation of a loaded plugin once. Never fails as a call: what went wrong is the
    /// report's failure.
    fn call(&self, call: Call) -> impl Future<Output = Report> + Send;

    /// Evaluates a jq program on a value; it must give exactly one result.
    ///
    /// # Errors
    /// What is wrong with the program or what limit it hit.
    fn evaluate(
        &self,
        program: &str,
        value: Json,
    ) -> impl Future<Output = Result<Json, Failure>> + Send;
}

/// One call of an operation.
#[derive(Clone, Debug)]
pub struct Call {
    /// Whose run it is.
    pub namespace: Namespace,
    /// Of which workflow.
    pub workflow: WorkflowName,
    /// The run.
    pub run: RunId,
    /// The step.
    pub step: StepPath,
    /// From 1.
    pub attempt: u32,
    /// From 0.
    pub turn: u32,
    /// The same for every attempt of the turn.
    pub idempotency_key: String,
    /// What is called, with its grants.
    pub operation: Arc<Operation>,
    /// The operation's input, or a transform's settings.
    pub with: Json,
    /// For a transform: one record or a list of them.
    pub records: Option<Json>,
    /// When it was made; the deadline is this plus the operation's `timeout_ms`.
    pub now: Timestamp,
}

/// What came of a call.
#[derive(Clone, Debug)]
pub struct Report {
    /// The outcome.
    pub result: Result<Outcome, Failure>,
    /// Requests that left or tried to.
    pub requests: Vec<RequestRecord>,
    /// What the plugin said.
    pub log: Vec<LogLine>,
}

/// What an operation gave.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The output: of a transform one value for one record, a list for a list.
    pub output: Json,
    /// Records that a transform left out.
    pub failures: Vec<RecordFailure>,
}

/// Why a file is no plugin.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum LoadError {
    /// Not WebAssembly at all.
    #[error("this is not a WebAssembly component: {found}")]
    NotAComponent {
        /// What it looks like.
        found: String,
    },
    /// A core module.
    #[error(
        "this is a core WebAssembly module and not a component: build it for `wasm32-wasip2` or wrap it with `wasm-tools component new`"
    )]
    CoreModule,
    /// It ends too early or its bytes make no sense.
    #[error("the component is damaged or truncated: {0}")]
    Malformed(String),
    /// It is larger than the limit.
    #[error(
        "the component has {size_bytes} bytes, over the limit `sandbox.component-max-bytes` of {max_bytes}"
    )]
    TooLarge {
        /// How large it is.
        size_bytes: u64,
        /// How large it may be.
        max_bytes: u64,
    },
    /// It wants something that the host does not have.
    #[error("the component imports `{0}`, which this host does not have")]
    UnknownImport(String),
    /// It does not export `describe`.
    #[error("the component does not export `mortise:plugin/describe`: every plugin has to")]
    NoDescribe,
    /// It exports `describe` and nothing else.
    #[error(
        "the component exports no role: it needs at least one of `actions`, `batch`, `polling`, `webhooks` and `transform`"
    )]
    NoRole,
    /// What `describe` returned is no descriptor.
    #[error("the descriptor is not valid: {0}")]
    Descriptor(String),
    /// It broke down while it described itself, or took too long.
    #[error("the component could not describe itself: {0}")]
    Describe(String),
    /// It could not be compiled.
    #[error("the component could not be compiled: {0}")]
    Compile(String),
}
