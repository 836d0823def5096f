//! The journal: where events become durable and runs are written down.

use std::future::Future;

use mortise_model::entry::{Accepted, End};
use mortise_model::id::{Digest, Namespace, RunId};
use mortise_model::{Entry, Fact, Letter, StepPath, Timestamp};

use crate::error::StoreError;
use crate::inbox::Post;
use crate::triggers::Memory;

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

    /// Writes one turn of a claimed run, durably: its entries and all that follows from them, or
    /// nothing. What the last entry says decides what becomes of the claim: `Suspended` and
    /// `Ended` give it up, anything else keeps it. A run that gives its claim up while letters
    /// wait for it is due at once; one that is parked while a letter waits that wakes it, too.
    ///
    /// # Errors
    /// `Fenced` where the claim is lost, `Sequence` where the caller's state is old, `Full`
    /// where nothing was kept, `Unknown` and `Failed` as they say.
    fn commit(
        &self,
        claim: &Claim,
        turn: Turn,
    ) -> impl Future<Output = Result<Committed, StoreError>> + Send;

    /// All entries of a run that were not forgotten, oldest first; none where there is no such run.
    ///
    /// # Errors
    /// Where they cannot be read.
    fn entries(
        &self,
        namespace: &Namespace,
        run: RunId,
    ) -> impl Future<Output = Result<History, StoreError>> + Send;

    /// Prolongs claims that are still held; tells which are lost and for which letters wait.
    /// Claims that nobody renews may be given to others at this call or at the next claim, once
    /// their lease ran out.
    ///
    /// # Errors
    /// Where the store failed.
    fn renew(
        &self,
        claims: &[Claim],
        now: Timestamp,
    ) -> impl Future<Output = Result<Renewal, StoreError>> + Send;

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

/// One turn of a run: what is written together or not at all.
#[derive(Clone, Debug, Default)]
pub struct Turn {
    /// The run's next sequence number, as the caller knows it: that of the first entry.
    pub expected_sequence: u32,
    /// What became true; never empty.
    pub entries: Vec<Entry>,
    /// Letters up to this number have been read and go.
    pub read: Option<u64>,
    /// Runs that start with it: calls of other workflows, error workflows, further events of one
    /// request. They are accepted whatever is under way. One admission for each.
    pub starts: Vec<Acceptance>,
    /// What other runs are told.
    pub letters: Vec<Post>,
    /// Approvals that are asked for from now on, and those that are not any more.
    pub approvals: Vec<(StepPath, Option<Asked>)>,
    /// The sequence numbers with which turns began whose entries nobody needs any more: a page
    /// that is done. They go; numbers are never used again.
    pub forget: Vec<u32>,
    /// Where set, this run is the one run for this key from now on. Where another has it already,
    /// nothing of the turn is written.
    pub identity: Option<Dedupe>,
}

/// An approval that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Since when.
    pub since: Timestamp,
    /// When it is decided without anybody.
    pub until: Timestamp,
}

/// What came of a turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Committed {
    /// It is written. One admission for each of its starts.
    Written(Vec<Admission>),
    /// Nothing was written: its identity is that of another run.
    Known(Admission),
}

/// The entries of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// Each with its sequence number; those that were forgotten are missing.
    pub entries: Vec<(u32, Entry)>,
    /// The sequence numbers with which the turns began that were not forgotten, oldest first.
    pub turns: Vec<u32>,
    /// The sequence number of the next entry.
    pub next_sequence: u32,
}

/// What became of claims.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Renewal {
    /// Nobody's, or somebody else's.
    pub lost: Vec<RunId>,
    /// Held, with letters waiting.
    pub letters: Vec<RunId>,
}

/// An event to be accepted.
#[derive(Clone, Debug)]
pub struct Acceptance {
    /// The first entries: the first fact is `Accepted` and names run, namespace and workflow. A
    /// second one may end the run at once.
    pub entries: Vec<Entry>,
    /// For each, one run for this key: a second event with any of them starts none.
    pub dedupe: Vec<Dedupe>,
    /// The place that the run needs before it can be claimed.
    pub place: Option<Place>,
    /// The trigger's memory from now on, kept in the same commit.
    pub memory: Option<Memory>,
}

/// A place among the runs of one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Unique within namespace and workflow.
    pub key: String,
    /// So many runs of the key hold a place from their first claim until they rest; others wait,
    /// in the order of their acceptance.
    pub limit: u32,
    /// One that finds no place free ends at once as `skipped`, and its row and journal say so.
    pub skip: bool,
    /// More waiting runs than this, and the event is refused with [`Admission::NoPlace`].
    pub queue_max: u32,
}

impl Place {
    /// How a run ends at its acceptance that finds no place free and does not wait for one: its last
    /// entry, and what the run is told that called it, since nobody will work on it and tell later.
    #[must_use]
    pub fn skipped(&self, accepted: &Accepted, at: Timestamp) -> (Entry, Option<Post>) {
        let (key, limit) = (&self.key, self.limit);
        let end = End::Skipped {
            why: format!(
                "`{limit}` runs with the concurrency key `{key}` are under way, and that is the limit"
            ),
            of: None,
        };
        let told = accepted.parent.as_ref().map(|parent| {
            Post::new(
                accepted.namespace.clone(),
                parent.run,
                Letter::ChildEnded {
                    step: parent.step.clone(),
                    child: accepted.run,
                    end: end.clone(),
                },
            )
        });
        let fact = Fact::Ended(end);
        (Entry { at, fact }, told)
    }
}

/// What makes two events one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Dedupe {
    /// The event's id: unique within namespace, workflow and trigger, as long as its run is kept.
    Event {
        /// The id.
        id: String,
        /// Digest of the event, to tell a repetition from another event with the same id.
        body: Digest,
    },
    /// A key of the manifest: unique within namespace and workflow until a time, even where the
    /// run is purged before.
    Key {
        /// The key.
        key: String,
        /// Until then.
        until: Timestamp,
    },
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
    /// Too many runs of its key wait; nothing was kept.
    NoPlace,
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
    pub history: History,
    /// Letters that nobody has read, oldest first.
    pub letters: Vec<(u64, Letter)>,
}
