//! A store in memory: the model that other stores are compared with, and what tests of the engine
//! run on. It is durable in the sense that [`MemoryStore::crash`] keeps what was acknowledged.
//!
//! `accept` takes events in, with `places` where runs of one key wait for each other; `journal`
//! gives runs away and writes their turns; `inbox` is what they are told; `faults` is what goes
//! wrong on purpose, and `ear` who is told of writes. The rest is one file for each port.

mod accept;
mod artifacts;
mod catalog;
mod ear;
mod faults;
mod files;
mod inbox;
mod journal;
mod payloads;
mod places;
mod purge;
mod runs;
mod secrets;
mod tokens;
mod triggers;
mod uploads;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use mortise_model::entry::{Accepted, LogLine};
use mortise_model::id::{Digest, Namespace, RunId, TokenId};
use mortise_model::{Entry, Fact, Json, Letter, Plan, StepPath, Timestamp, UploadId};

pub use faults::{Lost, Write};

use crate::audit::AuditEntry;
use crate::gates::GateKey;
use crate::journal::{Asked, Place};
use crate::logs::AttemptKey;
use crate::secrets::{Sealed, SealedPlace};
use crate::tokens::Token;
use crate::triggers::TriggerKey;

/// Keeps everything in memory. Cloning gives another handle to the same store.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore {
    state: Arc<Mutex<State>>,
}

/// Whose run.
type Key = (Namespace, RunId);

#[derive(Debug, Default)]
struct State {
    faults: faults::Faults,
    ear: ear::Ear,
    runs: BTreeMap<Key, Kept>,
    payloads: BTreeMap<Key, BTreeMap<Digest, Vec<u8>>>,
    files: BTreeMap<Key, BTreeMap<Digest, Bytes>>,
    logs: BTreeMap<Key, Vec<(AttemptKey, Vec<LogLine>)>>,
    known: BTreeMap<accept::Identity, accept::First>,
    memories: BTreeMap<TriggerKey, Json>,
    holds: BTreeMap<TriggerKey, triggers::Hold>,
    gates: BTreeMap<GateKey, Json>,
    sealed: BTreeMap<SealedPlace, Sealed>,
    /// Gone with the process.
    leases: BTreeMap<SealedPlace, Timestamp>,
    tokens: BTreeMap<TokenId, Token>,
    audited: Vec<AuditEntry>,
    catalogs: BTreeMap<Namespace, catalog::Published>,
    plans: BTreeMap<Digest, Arc<Plan>>,
    plugins: BTreeMap<Digest, Vec<u8>>,
    uploads: BTreeMap<UploadId, uploads::Coming>,
    shelves: artifacts::Shelves,
    ready: VecDeque<Key>,
    due: BTreeSet<(Timestamp, Key)>,
    held: BTreeMap<Key, journal::Held>,
    places: places::Places,
    /// The last number of a claim, a hold, a letter or an acceptance.
    counter: u64,
    /// The latest time that anybody told.
    now: Timestamp,
}

/// A run as it is kept.
#[derive(Debug)]
struct Kept {
    accepted: Box<Accepted>,
    /// The number of its acceptance.
    order: u64,
    turns: Vec<(u32, Vec<Entry>)>,
    next_sequence: u32,
    /// None at rest.
    live: Option<Live>,
    letters: BTreeMap<u64, Letter>,
    /// Words under which a letter was kept.
    answered: BTreeSet<String>,
    approvals: BTreeMap<StepPath, Asked>,
}

/// What is kept of a run that is not at rest.
#[derive(Clone, Debug, Default)]
struct Live {
    due: Option<Timestamp>,
    place: Option<Place>,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Forgets all claims and holds, as a process does that dies: runs that are not at rest are
    /// queued again, or due when they said. Old claims are fenced.
    pub fn crash(&self) {
        let mut state = self.state();
        let state = &mut *state;
        state.ready.clear();
        state.due.clear();
        state.held.clear();
        state.holds.clear();
        state.leases.clear();
        state.places = places::Places::default();
        let runs = state.runs.iter();
        let mut live: Vec<_> = runs.map(|(key, run)| (run.order, key.clone())).collect();
        live.sort();
        for (_, key) in live {
            state.line_up(key);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn count(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }

    fn see(&mut self, now: Timestamp) {
        self.now = self.now.max(now);
    }
}

impl Kept {
    fn last(&self) -> Option<&Entry> {
        self.turns.last().and_then(|(_, entries)| entries.last())
    }

    fn write(&mut self, entries: Vec<Entry>) {
        let count = u32::try_from(entries.len()).unwrap_or(u32::MAX);
        self.turns.push((self.next_sequence, entries));
        self.next_sequence = self.next_sequence.saturating_add(count);
    }

    fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.turns.iter().flat_map(|(_, entries)| entries)
    }
}

/// The acceptance that a list of first entries has to begin with.
fn accepted(entries: &[Entry]) -> Option<&Accepted> {
    match &entries.first()?.fact {
        Fact::Accepted(accepted) => Some(accepted),
        _ => None,
    }
}
