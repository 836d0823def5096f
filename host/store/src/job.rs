//! What callers hand over to the committer: made outside of its thread as far as it can be.

use mortise_model::id::{Namespace, RunId};
use mortise_model::{Entry, Letter, Timestamp};
use mortise_ports::StoreError;
use mortise_ports::inbox::{Delivery, Post};
use mortise_ports::journal::{Admission, Claim, Committed};
use mortise_ports::triggers::{Fence, TriggerKey};
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use crate::claims::{After, Step};
use crate::disk::Writer;
use crate::keys::Key;
use crate::record::Op;
use crate::small::First;

/// The answer that a caller waits for.
pub type Reply<T> = oneshot::Sender<Result<T, StoreError>>;

/// Something to be written.
#[derive(Debug)]
pub struct Job {
    /// What.
    pub work: Work,
    /// Its keys and values in bytes.
    pub size_bytes: usize,
    /// Its place in the queue.
    pub place: OwnedSemaphorePermit,
}

/// What is to be written.
#[derive(Debug)]
pub enum Work {
    /// Events.
    Accept {
        /// All in the same commit.
        items: Vec<AcceptItem>,
        /// One admission for each.
        reply: Reply<Vec<Admission>>,
    },
    /// A turn of a claimed run.
    Turn(Box<TurnItem>, Reply<Committed>),
    /// A letter from outside of all runs.
    Send(Box<PostItem>, Reply<Delivery>),
    /// Anything else.
    Put(Box<PutItem>, Option<Reply<()>>),
}

/// An event that is to be accepted.
#[derive(Debug)]
pub struct AcceptItem {
    /// Whose.
    pub namespace: Namespace,
    /// The run that it starts.
    pub run: RunId,
    /// Its entries so far; none where the run ends at once.
    pub entries: Option<Vec<Entry>>,
    /// When it was accepted.
    pub at: Timestamp,
    /// The records of the run.
    pub ops: Vec<Op>,
    /// The size of its records in bytes.
    pub size_bytes: usize,
    /// Where to look for the same event.
    pub dedupe: Vec<(Key, First)>,
    /// What the trigger remembers from now on.
    pub memory: Option<MemoryItem>,
    /// The place that it needs.
    pub place: Option<PlaceItem>,
}

/// A place that is needed.
#[derive(Debug)]
pub struct PlaceItem {
    /// See [`crate::keys::place`].
    pub key: Key,
    /// So many runs have one.
    pub limit: u32,
    /// So many may wait for one.
    pub queue_max: u32,
    /// What is written instead where it does not wait: the records of a run that is at rest, and
    /// the letter to the run that called it.
    pub skip: Option<(Vec<Op>, Option<PostItem>)>,
}

/// What a trigger is to remember.
#[derive(Debug)]
pub struct MemoryItem {
    /// Which.
    pub trigger: TriggerKey,
    /// Its hold.
    pub fence: Option<Fence>,
    /// The record.
    pub record: (Key, Vec<u8>),
}

/// A turn that is to be written.
#[derive(Debug)]
pub struct TurnItem {
    /// Whose.
    pub claim: Claim,
    /// Which entries.
    pub step: Step,
    /// When its first entry was decided.
    pub at: Timestamp,
    /// Its records, and the removal of those that are forgotten.
    pub ops: Vec<Op>,
    /// What becomes of the claim, as far as the entries say.
    pub after: After,
    /// The row, where the run comes to rest.
    pub row: Vec<Op>,
    /// It is parked.
    pub parked: bool,
    /// It asks for approvals.
    pub asks: bool,
    /// Letters up to this number go.
    pub read: Option<u64>,
    /// Runs that start.
    pub starts: Vec<AcceptItem>,
    /// What other runs are told.
    pub letters: Vec<PostItem>,
    /// What the run is from now on the first of.
    pub identity: Option<(Key, First)>,
}

/// A letter that is to be delivered.
#[derive(Debug)]
pub struct PostItem {
    /// Whose run.
    pub namespace: Namespace,
    /// The run.
    pub run: RunId,
    /// A parked run reads it.
    pub wakes: bool,
    /// A run that has not begun ends with it.
    pub cancels: bool,
    /// A parked run has no use for it.
    pub passing: bool,
    /// The word under which no other letter is kept.
    pub once: Option<String>,
    /// The record, without its key: the number is not known yet.
    pub bytes: Vec<u8>,
}

impl PostItem {
    /// Encodes a letter.
    ///
    /// # Errors
    /// `TooLarge`.
    pub fn new(post: &Post, max_bytes: usize) -> Result<Self, StoreError> {
        Ok(Self {
            namespace: post.namespace.clone(),
            run: post.run,
            wakes: post.letter.wakes(),
            cancels: matches!(post.letter, Letter::Cancel { .. }),
            passing: post.letter == Letter::Wake,
            once: post.once.clone(),
            bytes: crate::record::encode(&post.letter, max_bytes)?,
        })
    }
}

/// Anything else that is to be written.
#[derive(Debug)]
pub struct PutItem {
    /// The records.
    pub ops: Vec<Op>,
    /// Records that may be shorter than what they replace, or that go where there are no bytes.
    pub replace: Vec<(Key, Vec<u8>)>,
    /// What a trigger is to remember.
    pub memory: Option<MemoryItem>,
    /// Whether it is news.
    pub writer: Writer,
}

impl PutItem {
    /// Records that replace nothing.
    #[must_use]
    pub fn new(writer: Writer, ops: Vec<Op>) -> Self {
        Self {
            ops,
            replace: Vec::new(),
            memory: None,
            writer,
        }
    }

    /// A record that replaces another.
    #[must_use]
    pub fn replacing(writer: Writer, key: Key, bytes: Vec<u8>) -> Self {
        Self {
            replace: vec![(key, bytes)],
            ..Self::new(writer, Vec::new())
        }
    }
}
