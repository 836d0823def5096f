//! A store in memory: the model that other stores are compared with, and what tests of the engine
//! run on. It is durable in the sense that [`MemoryStore::crash`] keeps what was acknowledged.

mod catalog;
mod journal;
mod rest;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mortise_model::entry::LogLine;
use mortise_model::id::{Digest, Namespace, RunId};
use mortise_model::{Entry, Fact, Json, Plan, Timestamp};

use crate::error::StoreError;
use crate::journal::Claim;
use crate::logs::AttemptKey;
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
    full: bool,
    runs: BTreeMap<Key, Vec<Entry>>,
    payloads: BTreeMap<Key, BTreeMap<Digest, Vec<u8>>>,
    logs: BTreeMap<Key, Vec<(AttemptKey, Vec<LogLine>)>>,
    events: BTreeMap<(TriggerKey, String), (RunId, Digest)>,
    memories: BTreeMap<TriggerKey, Json>,
    catalogs: BTreeMap<Namespace, Catalog>,
    plans: BTreeMap<Digest, Arc<Plan>>,
    plugins: BTreeMap<Digest, Vec<u8>>,
    ready: VecDeque<Key>,
    due: BTreeSet<(Timestamp, Key)>,
    held: BTreeMap<Key, Held>,
    fence: u64,
}

#[derive(Debug)]
struct Held {
    fence: u64,
    until: Timestamp,
    lease_ms: u64,
}

#[derive(Debug, Default)]
struct Catalog {
    revision: u64,
    active: Vec<(Digest, u32)>,
    versions: BTreeMap<String, Vec<Digest>>,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Forgets all claims, as a process does that dies: runs that are not at rest are queued
    /// again, or due when they said. Old claims are fenced.
    pub fn crash(&self) {
        let mut state = self.state();
        let state = &mut *state;
        state.ready.clear();
        state.due.clear();
        state.held.clear();
        for (key, entries) in &state.runs {
            match entries.last().map(|entry| &entry.fact) {
                Some(Fact::Ended(_)) | None => {}
                Some(Fact::Suspended { until }) => {
                    state.due.insert((*until, key.clone()));
                }
                Some(_) => state.ready.push_back(key.clone()),
            }
        }
    }

    /// Makes the disk full, or gives it room again.
    pub fn set_full(&self, full: bool) {
        self.state().full = full;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn room(&self) -> Result<(), StoreError> {
        if self.full {
            return Err(StoreError::Full);
        }
        Ok(())
    }

    fn hold(&mut self, key: &Key, now: Timestamp, lease_ms: u64) -> Claim {
        self.fence += 1;
        let held = Held {
            fence: self.fence,
            until: now.plus_ms(lease_ms),
            lease_ms,
        };
        self.held.insert(key.clone(), held);
        Claim {
            namespace: key.0.clone(),
            run: key.1,
            fence: self.fence,
        }
    }

    fn held(&mut self, claim: &Claim) -> Option<&mut Held> {
        self.held
            .get_mut(&(claim.namespace.clone(), claim.run))
            .filter(|held| held.fence == claim.fence)
    }
}
