//! A step of a run as it is shown.

use mortise_model::Timestamp;
use mortise_model::entry::{Held, ItemFailure, LogLine, RequestRecord};
use mortise_model::event::Origin;
use mortise_model::failure::RecordFailure;
use mortise_model::id::{Digest, RunId, StepPath};
use mortise_model::path::{Node, RECEIVE};
use mortise_model::plan::{Action, Operation, Plan};
use serde::Serialize;
use serde::ser::{SerializeMap as _, Serializer};

use super::failure::FailureView;
use super::value::Value;
use mortise_model::sentence::Place;

/// A step of a run.
#[derive(Debug, Serialize)]
pub struct StepView {
    /// Where it stands in the run.
    pub path: StepPath,
    /// `operation`, `switch`, `parallel`, `foreach`, `collect`, `call` or `wait`; none where the plan
    /// is not known.
    pub kind: Option<&'static str>,
    /// What it calls.
    pub uses: Option<String>,
    /// The plugin with its version: `acme/shop@1.2.0`.
    pub plugin: Option<String>,
    /// The plugin's bytes.
    pub digest: Option<Digest>,
    /// Where it stands.
    pub status: &'static str,
    /// `with`, evaluated; of a `foreach` what it goes through.
    pub input: Option<Value>,
    /// What a transform was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub records: Option<Value>,
    /// `.steps.ID.output`.
    pub output: Option<Value>,
    /// What was left out: records of a transform, items of a `foreach`.
    pub failures: Vec<LeftOut>,
    /// Why the step failed, where the run went on or was about to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<FailureView>,
    /// What it waits for.
    pub wait: Option<WaitView>,
    /// Of a `switch`: the case that it took.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub case: Option<u32>,
    /// Of a `foreach` or `collect`: how far it has come.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub items: Option<ItemsView>,
    /// Of a `call`: the run that it started.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub child: Option<RunId>,
    /// Every try.
    pub attempts: Vec<AttemptView>,
}

impl StepView {
    /// A step that has not begun.
    #[must_use]
    pub fn pending(path: &StepPath, plan: Option<&Plan>) -> Self {
        let node = plan.and_then(|plan| plan.node(path));
        let (kind, operation) = match node {
            None => (None, None),
            Some(Node::Undo(operation)) => (Some("operation"), Some(operation)),
            Some(Node::Step(step)) => match &step.action {
                Action::Operation(operation) => (Some("operation"), Some(operation)),
                other => (Some(word(other)), None),
            },
        };
        Self {
            kind,
            status: "pending",
            ..Self::calling(path, operation.map(|operation| &**operation))
        }
    }

    /// The same, also where it is the one that understands a webhook's request.
    #[must_use]
    pub fn started(path: &StepPath, plan: Option<&Plan>, origin: &Origin) -> Self {
        let received = plan
            .filter(|_| path.as_str() == RECEIVE)
            .and_then(|plan| plan.operation(path, origin));
        match received {
            Some(operation) => Self::calling(path, Some(operation)),
            None => Self::pending(path, plan),
        }
    }

    fn calling(path: &StepPath, operation: Option<&Operation>) -> Self {
        Self {
            path: path.clone(),
            kind: operation.map(|_| "operation"),
            uses: operation.map(|operation| operation.uses.clone()),
            plugin: operation
                .map(|operation| format!("{}@{}", operation.plugin, operation.version)),
            digest: operation.map(|operation| operation.digest),
            status: "pending",
            input: None,
            records: None,
            output: None,
            failures: Vec::new(),
            failure: None,
            wait: None,
            case: None,
            items: None,
            child: None,
            attempts: Vec::new(),
        }
    }

    /// Where a failure of it happened. A failure of a single attempt speaks of one.
    #[must_use]
    pub fn place<'a>(&'a self, attempts: usize, plan: Option<&'a Plan>) -> Place<'a> {
        Place {
            step: Some(&self.path),
            uses: self.uses.as_deref(),
            attempts,
            plan,
        }
    }
}

/// The manifest's word for what a step does.
#[must_use]
pub fn word(action: &Action) -> &'static str {
    match action {
        Action::Operation(_) => "operation",
        Action::Switch(_) => "switch",
        Action::Parallel(_) => "parallel",
        Action::Foreach(_) => "foreach",
        Action::Collect(_) => "collect",
        Action::Call(_) => "call",
        Action::Wait(_) => "wait",
    }
}

/// What a step waits for.
#[derive(Debug, Serialize)]
pub struct WaitView {
    /// `time`, `callback`, `approval`, `call`, `retry`, `application`, `rate` or `breaker`.
    pub r#for: &'static str,
    /// Where an answer can come in.
    pub url: Option<String>,
    /// When it goes on by itself; none where only news end it.
    pub until: Option<Timestamp>,
    /// Why an application is left alone, or why nothing comes of the wait.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<&'static str>,
}

impl WaitView {
    /// A wait without an address.
    #[must_use]
    pub fn until(what: &'static str, until: Timestamp) -> Self {
        Self {
            r#for: what,
            url: None,
            until: (what != "call").then_some(until),
            why: None,
        }
    }

    /// The gate before a connection is closed.
    #[must_use]
    pub fn held(why: Held, until: Timestamp) -> Self {
        let (what, why) = match why {
            Held::Rate => ("rate", "the connection's rate is used up"),
            Held::Breaker => (
                "breaker",
                "the application failed too often and is left alone for a while",
            ),
        };
        Self {
            why: Some(why),
            ..Self::until(what, until)
        }
    }
}

/// How far a `foreach` or `collect` has come.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct ItemsView {
    /// Records in the list, or in the page that is under way.
    pub count: u32,
    /// Parts that are done: pages, or a thousand items of a list.
    pub parts: u32,
    /// Items that succeeded; what happened in parts that are done is not kept.
    pub succeeded: u64,
    /// Items that failed.
    pub failed: u64,
    /// Whether there may be more than the part that is under way.
    pub more: bool,
}

/// Something that a step left out and went on.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum LeftOut {
    /// A record of a transform.
    Record(RecordFailure),
    /// An item of a `foreach`.
    Item {
        /// Its index, from zero.
        item: u64,
        /// Why.
        failure: Box<FailureView>,
    },
}

impl LeftOut {
    /// An item of a `foreach`.
    #[must_use]
    pub fn item(failed: &ItemFailure, plan: Option<&Plan>) -> Self {
        let inner = StepView::pending(&failed.step, plan);
        Self::Item {
            item: failed.item,
            failure: Box::new(FailureView::new(&failed.failure, inner.place(0, plan))),
        }
    }
}

/// One try of a step.
#[derive(Debug, Serialize)]
pub struct AttemptView {
    /// From 1.
    pub number: u32,
    /// From 0: which page or resumption.
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
