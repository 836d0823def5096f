//! The sandbox, as the engine sees it.

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use bytes::Bytes;
use mortise_model::descriptor::Plugin;
use mortise_model::entry::{LogLine, RequestRecord};
use mortise_model::failure::RecordFailure;
use mortise_model::id::{Digest, Namespace, RunId, StepPath, WorkflowName};
use mortise_model::plan::Operation;
use mortise_model::{Failure, Json, Timestamp};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::files::Content;

/// Runs plugins and expressions where they can do no harm.
pub trait Plugins: Send + Sync + 'static {
    /// Looks at a component, compiles it or finds it compiled, and asks it to describe itself.
    /// Loading a digest twice is cheap. May take seconds the first time.
    ///
    /// # Errors
    /// What is wrong with the component.
    fn load(&self, bytes: Vec<u8>) -> impl Future<Output = Result<Arc<Plugin>, LoadError>> + Send;

    /// Looks at a component as [`Plugins::load`] does, and keeps nothing of it: for one that nobody may run
    /// yet.
    ///
    /// # Errors
    /// What is wrong with the component.
    fn examine(
        &self,
        bytes: Vec<u8>,
    ) -> impl Future<Output = Result<Arc<Plugin>, LoadError>> + Send {
        self.load(bytes)
    }

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
    /// The run; of a call that belongs to none, such as a poll, an id of its own.
    pub run: RunId,
    /// The step; for a trigger its id.
    pub step: StepPath,
    /// From 1.
    pub attempt: u32,
    /// From 0.
    pub turn: u32,
    /// The same for every attempt of the turn.
    pub idempotency_key: String,
    /// What is called, with its grants.
    pub operation: Arc<Operation>,
    /// The function of the contract, and what it is given.
    pub invocation: Invocation,
    /// Where the application can call back; what `context.callback-url` gives.
    pub callback_url: Option<String>,
    /// Where the files are that its input may name; none for a call that belongs to no run.
    pub files: Option<Arc<dyn FileSource>>,
    /// When it was made; the deadline is this plus the operation's `timeout_ms`.
    pub now: Timestamp,
    /// Set when nobody wants the result any more; what `context.cancelled` gives. Whoever sets it
    /// drops the call after a grace period, which ends the instance.
    pub cancelled: Arc<AtomicBool>,
}

/// Content that is too large or too binary for JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// What `{"$file": …}` names.
    pub id: String,
    /// Its name, where it has one.
    pub name: Option<String>,
    /// `text/csv`.
    pub content_type: String,
    /// The bytes.
    pub data: Bytes,
}

/// Where the files of a call come from: those of its run, and no others.
pub trait FileSource: Debug + Send + Sync {
    /// How large a file is, in bytes; none where there is none with this id.
    ///
    /// # Errors
    /// Where that cannot be known, in words.
    fn size<'a>(&'a self, id: &'a str) -> Fetching<'a, Option<u64>>;

    /// Opens a file that is there.
    ///
    /// # Errors
    /// Where it cannot be read, in words.
    fn open<'a>(&'a self, id: &'a str) -> Fetching<'a, Arc<dyn Content>>;
}

/// What a [`FileSource`] answers.
pub type Fetching<'a, T> = Pin<Box<dyn Future<Output = Result<T, String>> + Send + 'a>>;

/// Files that are at hand.
impl FileSource for Vec<File> {
    fn size<'a>(&'a self, id: &'a str) -> Fetching<'a, Option<u64>> {
        let found = self.iter().find(|file| file.id == id);
        Box::pin(async move { Ok(found.map(|file| file.data.len() as u64)) })
    }

    fn open<'a>(&'a self, id: &'a str) -> Fetching<'a, Arc<dyn Content>> {
        let found = self.iter().find(|file| file.id == id);
        Box::pin(async move {
            let file = found.ok_or_else(|| format!("there is no file `{id}`"))?;
            Ok(Arc::new(file.data.clone()) as Arc<dyn Content>)
        })
    }
}

/// A function of the contract, and what it is given.
#[derive(Clone, Debug)]
pub enum Invocation {
    /// `check.check`, which belongs to no operation.
    Check,
    /// `actions.invoke`.
    Action {
        /// The operation's input.
        input: Json,
        /// Which turn of a longer operation this is.
        turn: Turn,
    },
    /// `transform.apply`.
    Transform {
        /// The operation's settings.
        config: Json,
        /// One record or a list of them.
        records: Json,
    },
    /// `polling.poll`.
    Poll {
        /// The operation's input.
        input: Json,
        /// Where the last poll ended; none at the first.
        cursor: Option<Json>,
    },
    /// `webhooks.receive`.
    Receive {
        /// The operation's input.
        input: Json,
        /// What the subscription remembers.
        memory: Option<Json>,
        /// The request as it came.
        request: RawRequest,
    },
    /// `webhooks.subscribe`.
    Subscribe {
        /// The operation's input.
        input: Json,
        /// Where the application shall send its requests.
        url: String,
        /// What the subscription remembers; none at the first time.
        memory: Option<Json>,
    },
    /// `webhooks.unsubscribe`.
    Unsubscribe {
        /// The operation's input.
        input: Json,
        /// What the subscription remembers.
        memory: Json,
    },
}

/// Which turn of a longer operation it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Turn {
    /// The first.
    Start,
    /// The page after the one that gave this token.
    Next(Json),
    /// After a suspension.
    Resumed {
        /// The suspension's token.
        token: Json,
        /// What came to its callback.
        answer: Option<Json>,
    },
}

/// A webhook's request as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawRequest {
    /// `POST`.
    pub method: String,
    /// Path and query.
    pub path_and_query: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// The bytes.
    pub body: Vec<u8>,
}

/// What came of a call.
#[derive(Clone, Debug)]
pub struct Report {
    /// The outcome. A file that the call made is named in it by the digest of its content.
    pub result: Result<Outcome, Failure>,
    /// Those files, to be kept before the outcome is: what it does not name is gone.
    pub files: Vec<File>,
    /// Requests that left or tried to.
    pub requests: Vec<RequestRecord>,
    /// What the plugin said.
    pub log: Vec<LogLine>,
}

/// What an operation gave. The variant fits the invocation: the sandbox sees to that.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// Of an action or a transform: the output; of a transform one value for one record, a list
    /// for a list.
    Output {
        /// The value.
        output: Json,
        /// Records that a transform left out.
        failures: Vec<RecordFailure>,
    },
    /// Of an action that gives its output page by page.
    Page {
        /// A list.
        records: Json,
        /// How many there are.
        count: u32,
        /// Asks for the next page; none at the end.
        next: Option<Json>,
    },
    /// Of an action whose application works on.
    Suspended {
        /// Comes back with the next turn.
        token: Json,
        /// Ask again after so many milliseconds.
        poll_after_ms: Option<u64>,
        /// The application calls back.
        callback: bool,
    },
    /// Of `polling.poll`.
    News {
        /// What happened.
        events: Vec<News>,
        /// Where the next poll goes on.
        cursor: Json,
        /// There is more now.
        more: bool,
    },
    /// Of `webhooks.receive`.
    Reception {
        /// What happened.
        events: Vec<News>,
        /// The answer, of an operation that declares `answers`.
        answer: Option<RawResponse>,
        /// What the subscription remembers from now on, where it changes.
        memory: Option<Json>,
    },
    /// Of `webhooks.subscribe`.
    Subscription {
        /// What the subscription remembers.
        memory: Json,
        /// Secrets that the application issued, by name.
        secrets: Vec<(String, String)>,
        /// Subscribe again after so many milliseconds.
        renew_after_ms: Option<u64>,
    },
    /// Of `webhooks.unsubscribe`.
    Unsubscribed,
    /// Of `check.check`.
    Account(Account),
}

/// The account of a connection that works.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Account {
    /// The application's id of it.
    pub id: String,
    /// For people.
    pub label: String,
    /// What it may do, in the application's words.
    pub scopes: Vec<String>,
    /// Settings that the application told.
    pub settings: Json,
}

/// Something that happened in an application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct News {
    /// The application's id of it.
    pub id: String,
    /// Events of one key keep their order.
    pub ordering_key: Option<String>,
    /// `.event`.
    pub payload: Json,
}

/// The answer that an application expects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawResponse {
    /// The status.
    pub status: u16,
    /// As they shall be sent.
    pub headers: Vec<(String, String)>,
    /// The bytes.
    pub body: Vec<u8>,
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
    /// Native code that somebody compiled.
    #[error(
        "this is compiled code (`.cwasm`), which is native code that no sandbox holds: this host takes the component that it was compiled from and compiles it itself"
    )]
    Precompiled,
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
    /// It has more of something than the limit, and compiling it would cost accordingly.
    #[error(
        "the component has {what}, over the limit `sandbox.{setting}` of {max}: its author has to make it smaller, or you raise the limit"
    )]
    OverLimit {
        /// What there is, with how many of it.
        what: String,
        /// The limit's name without `sandbox.`.
        setting: &'static str,
        /// The limit.
        max: u64,
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
