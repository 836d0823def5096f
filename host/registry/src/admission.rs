//! What whoever assembles a process puts before and behind its registry.
//!
//! A [`Gate`] looks at every plugin that is pushed, before any tag leads to it. It is told where the
//! component lies and reads it from the store, as `Artifacts::read_blob`: the component is no larger
//! than the registry's limit, and nobody has looked inside. What it finds is kept with the manifest
//! and told to whoever pushed. [`Screening`] is the one that a daemon has, [`Policy`] what an operator
//! tells it. [`Needs`] says what has to stay although nobody names it.

mod evidence;
mod policy;
pub(crate) mod reach;
mod screening;

use std::collections::BTreeSet;
use std::future::Future;
use std::pin::Pin;

use mortise_model::{ContentDigest, Repository, Tag};
use mortise_ports::artifacts::Finding;

pub use policy::{Policy, PolicyError, Rules, Signatures};
pub use screening::{Screening, Trust};

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
    /// The digest of the manifest.
    pub digest: ContentDigest,
    /// The manifest, as it was pushed.
    pub manifest: Vec<u8>,
    /// The component.
    pub component: ContentDigest,
    /// Its size in bytes.
    pub size_bytes: u64,
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

/// Says which content has to stay.
pub trait Needs: Send + Sync + 'static {
    /// The digests of manifests and blobs that runs, lock files or others still need. Asked before
    /// anything is removed; an error keeps everything.
    fn needed(&self) -> Needing<'_>;
}

/// An answer on its way.
pub type Needing<'a> =
    Pin<Box<dyn Future<Output = Result<BTreeSet<ContentDigest>, String>> + Send + 'a>>;
