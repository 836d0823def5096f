//! The journal: where events become durable and runs are written down.

use std::future::Future;

use mortise_model::id::{Digest, Namespace, RunId};
use mortise_model::{Entry, Json, Timestamp};

use crate::error::StoreError;
use crate::triggers::TriggerKey;

/// Keeps every run as the list of its entries.
pub trait Journal: Send + Sync + 'static {
    /// Makes events durable, each as the first entry of a run of its own, all in one commit,
    /// and returns when they are. One admission for each, in the same order.
    ///
    /// # Errors
    /// [`StoreError::Full`] where nothing was kept; `Failed` where the process must stop.
    fn accept(
        &self,
        events: Vec<Acceptance>,
    ) -> impl Future<Output = Result<Vec<Admission>, StoreError>> + Send;

    /// Takes up to `limit` runs to work on: those that are queued, those that are due, those whose
    /// lease ran out. Does not wait. What is claimed is nobody else's until the lease ends or the
    /// run is committed to rest.
    ///
    /// # Errors
    /// Where the journal cannot be read.
    fn claim(
        &self,
        owner: &Owner,
        now: Timestamp,
        limit: usize,
    ) -> impl Future<Output = Result<Work, StoreError>> + Send;

    /// Appends entries to a claimed run, durably. What the last entry says decides what becomes of
    /// the claim: `Suspended` and `Ended` give it up, anything else keeps it.
    ///
    /// # Errors
    /// `Fenced` where the claim is lost, `Sequence` where the caller's state is old, `Full`
    /// where nothing was kept, `Unknown` and `Failed` as they say.
    fn commit(
        &self,
        claim: &Claim,
        expected_sequence: u32,
        entries: Vec<Entry>,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// All entries of a run, oldest first; empty where there is no such run.
    ///
    /// # Errors
    /// Where they cannot be read.
    fn entries(
        &self,
        namespace: &Namespace,
        run: RunId,
    ) -> impl Future<Output = Result<Vec<Entry>, StoreError>> + Send;

    /// Prolongs claims that are still held; returns those that are lost. Claims that nobody renews
    /// may be given to others at this call or at the next claim, once their lease ran out.
    ///
    /// # Errors
    /// Where the store failed.
    fn renew(
        &self,
        claims: &[Claim],
        now: Timestamp,
    ) -> impl Future<Output = Result<Vec<RunId>, StoreError>> + Send;

    /// Removes up to `limit` runs of a workflow that came to rest before a time, whole, with their
    /// payloads, logs and deduplication keys. Parked runs stay. Returns how many it removed.
    ///
    /// # Errors
    /// Where the store failed.
    fn purge(
        &self,
        namespace: &Namespace,
        workflow: &str,
        finished_before: Timestamp,
        limit: usize,
    ) -> impl Future<Output = Result<usize, StoreError>> + Send;
}

/// An event to be accepted.
#[derive(Clone, Debug)]
pub struct Acceptance {
    /// The first entry; its fact is `Accepted` and names run, namespace and workflow.
    pub entry: Entry,
    /// Where set, one run for this key: a second event with it starts none.
    pub dedupe: Option<Dedupe>,
    /// The trigger's memory from now on, kept in the same commit.
    pub memory: Option<(TriggerKey, Json)>,
}

/// What makes two events one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dedupe {
    /// The event's id; unique within namespace, workflow and trigger.
    pub event_id: String,
    /// Digest of the event's payload, to tell a repetition from another event with the same id.
    pub body: Digest,
}

/// What became of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It started this run.
    New(RunId),
    /// It is known: this run is the first one's.
    Duplicate(RunId),
    /// Its id is known with another body, of this run.
    Conflict(RunId),
}

/// Who claims, and for how long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// Unique for each life of a process.
    pub name: String,
    /// How long a claim holds without being renewed, in milliseconds. A store that only one
    /// process can open need not count it.
    pub lease_ms: u64,
}

/// The right to write to a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Whose run it is.
    pub namespace: Namespace,
    /// The run.
    pub run: RunId,
    /// Grows with every claim of the run; a commit with an old one is refused.
    pub fence: u64,
}

/// What [`Journal::claim`] found.
#[derive(Clone, Debug, Default)]
pub struct Work {
    /// The runs that were claimed, with their entries so far.
    pub claimed: Vec<Claimed>,
    /// When the next waiting run is due, where one waits; news before that come from elsewhere.
    pub next_due: Option<Timestamp>,
}

/// A run to work on.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// The right to write to it.
    pub claim: Claim,
    /// Its entries so far, the first one being `Accepted`.
    pub entries: Vec<Entry>,
}
