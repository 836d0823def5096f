//! What whoever assembles a process puts before and behind its registry.
//!
//! A [`Gate`] looks at every plugin that is pushed, before any tag leads to it. It is told where the
//! component lies and reads it from the store, as `Artifacts::read_blob`: the component is no larger
//! than the registry's limit, and nobody has looked inside. What it finds is kept with the manifest
//! and told to whoever pushed. [`Needs`] says what has to stay although nobody names it.

use std::collections::BTreeSet;
use std::future::Future;
use std::pin::Pin;

use mortise_model::{ContentDigest, Repository, Tag};
use mortise_ports::artifacts::Finding;

/// Looks at plugins that are pushed.
pub trait Gate: Send + Sync + 'static {
    /// Judges a plugin. Nothing but the answer decides whether it is kept; pushing the same one again
    /// asks again, as long as it is inert.
    fn admit(&self, pushed: Pushed) -> Judging<'_>;
}

/// A judgement on its way; an error says in a sentence why there is none, and that whoever pushed may
/// try again.
pub type Judging<'a> = Pin<Box<dyn Future<Output = Result<Verdict, String>> + Send + 'a>>;

/// A plugin that is pushed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pushed {
    /// Where to. Its first part is the namespace.
    pub repository: Repository,
    /// The tags that are to lead to it.
    pub tags: Vec<Tag>,
    /// The manifest.
    pub manifest: ContentDigest,
    /// The component.
    pub component: ContentDigest,
    /// Its size in bytes.
    pub size_bytes: u64,
    /// Who pushes it.
    pub by: String,
}

/// What comes of a plugin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// What becomes of it.
    pub admission: Admission,
    /// What was found.
    pub findings: Vec<Finding>,
}

/// What becomes of a plugin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It is not kept.
    Refused,
    /// It is kept, and nobody has approved yet what it may reach.
    Inert,
    /// It is kept, and may be run.
    Approved,
}

/// A gate that is open: everything is kept and nothing approved.
#[derive(Clone, Copy, Debug, Default)]
pub struct Open;

impl Gate for Open {
    fn admit(&self, _: Pushed) -> Judging<'_> {
        Box::pin(std::future::ready(Ok(Verdict {
            admission: Admission::Inert,
            findings: Vec::new(),
        })))
    }
}

/// Says which content has to stay.
pub trait Needs: Send + Sync + 'static {
    /// The digests of manifests and blobs that runs, lock files or others still need. Asked before
    /// anything is removed; an error keeps everything.
    fn needed(&self) -> Needing<'_>;
}

/// An answer on its way.
pub type Needing<'a> =
    Pin<Box<dyn Future<Output = Result<BTreeSet<ContentDigest>, String>> + Send + 'a>>;

/// Nobody needs anything.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nothing;

impl Needs for Nothing {
    fn needed(&self) -> Needing<'_> {
        Box::pin(std::future::ready(Ok(BTreeSet::new())))
    }
}
