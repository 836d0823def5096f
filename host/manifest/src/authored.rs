//! A manifest as its author wrote it: names not yet resolved, values not yet checked, and every
//! part knows its place.

mod steps;
mod visit;

use mortise_model::Json;
use mortise_model::plan::{PollStart, Schedule, SignatureScheme, Webhook, WhenFull};

use crate::source::Place;
use crate::yaml::Node;

pub(crate) use steps::{Action, Branch, Call, Case, Collect, Foreach, OnFailure, Step, Use, Wait};

/// A value and where it stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spanned<T> {
    pub value: T,
    pub place: Place,
}

impl<T> Spanned<T> {
    pub fn new(value: T, place: Place) -> Self {
        Self { value, place }
    }
}

/// A whole manifest.
#[derive(Debug)]
pub(crate) struct Manifest<'n> {
    pub name: Option<Spanned<&'n str>>,
    pub description: Option<&'n str>,
    pub plugins: Vec<Alias<'n>>,
    pub vars: Option<&'n Node>,
    pub triggers: Vec<Trigger<'n>>,
    pub concurrency: Option<Concurrency<'n>>,
    pub deduplicate: Option<Deduplicate<'n>>,
    pub timeout_ms: Option<u64>,
    pub retain_ms: Option<u64>,
    pub steps: Vec<Step<'n>>,
    pub finally: Vec<Step<'n>>,
    pub output: Option<&'n Node>,
    pub grants: Vec<Grant<'n>>,
    pub tests: Option<&'n Node>,
}

/// An entry of `plugins`.
#[derive(Debug)]
pub(crate) struct Alias<'n> {
    pub alias: Spanned<&'n str>,
    /// `mortise/http`.
    pub name: &'n str,
    pub version: semver::VersionReq,
    /// Where `name@version` stands.
    pub place: Place,
}

/// An entry of `triggers`.
#[derive(Debug)]
pub(crate) struct Trigger<'n> {
    pub id: Spanned<&'n str>,
    pub source: Source<'n>,
}

/// How a trigger comes to its events.
#[derive(Debug)]
pub(crate) enum Source<'n> {
    Webhook(Box<Hook<'n>>),
    Schedule(Schedule),
    Poll(Box<Poll<'n>>),
    /// None means all others.
    Failure(Option<Vec<Spanned<&'n str>>>),
    Manual(Option<Json>),
}

/// A webhook, final but for its operation.
#[derive(Debug)]
pub(crate) struct Hook<'n> {
    pub webhook: Webhook,
    pub path_place: Place,
    /// Where it says that the sender waits.
    pub respond_place: Option<Place>,
    /// How senders sign, and the connection that has their secret.
    pub verify: Option<(SignatureScheme, Spanned<&'n str>)>,
    pub operation: Option<Use<'n>>,
}

/// A poll.
#[derive(Debug)]
pub(crate) struct Poll<'n> {
    pub operation: Use<'n>,
    pub every_ms: u64,
    pub start: PollStart,
}

/// `concurrency`.
#[derive(Debug)]
pub(crate) struct Concurrency<'n> {
    pub key: &'n Node,
    pub limit: u32,
    pub when_full: WhenFull,
}

/// `deduplicate`.
#[derive(Debug)]
pub(crate) struct Deduplicate<'n> {
    pub key: &'n Node,
    pub within_ms: u64,
}

/// An entry of `grants`.
#[derive(Debug)]
pub(crate) struct Grant<'n> {
    /// An alias or a name.
    pub plugin: Spanned<&'n str>,
    pub hosts: Vec<String>,
}
