//! The workers that there are, and which of them a call goes to.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use mortise_model::{ConnectionName, Digest, Disposition, Failure, Namespace};
use mortise_ports::plugins::Call;
use tokio::sync::{Notify, OnceCell};
use tokio::time::Instant;

use super::process::Worker;
use super::protocol::Compiled;
use super::record::Records;
use super::start::{Spawner, StartError, start};
use crate::plugin::Loaded;
use crate::settings::Settings;

/// All workers of the process.
pub(crate) struct Pool {
    pub settings: Arc<Settings>,
    pub spawner: Spawner,
    state: Mutex<State>,
    /// A place may be free.
    freed: Notify,
    calls: AtomicU64,
}

#[derive(Default)]
struct State {
    places: HashMap<Key, Vec<Place>>,
    /// Of all places.
    workers: usize,
    records: Records,
}

/// Who shares workers: calls that may do the same.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    digest: Digest,
    namespace: Namespace,
    connection: Option<ConnectionName>,
    hosts: Vec<String>,
}

/// A worker's place, and who has it.
struct Place {
    slot: Arc<Slot>,
    /// Calls under way.
    load: usize,
    used_at: Instant,
}

/// A worker that is there or begins.
pub(crate) struct Slot {
    key: Key,
    worker: OnceCell<Arc<Worker>>,
}

/// A call's place in a worker.
pub(crate) struct Seat {
    pool: Arc<Pool>,
    slot: Arc<Slot>,
    pub worker: Arc<Worker>,
}

/// A place that is taken, whose worker may not be there yet.
struct Taken {
    pool: Arc<Pool>,
    slot: Arc<Slot>,
    is_kept: bool,
}

impl Pool {
    /// Makes a pool without workers.
    pub fn new(settings: Arc<Settings>) -> std::io::Result<Self> {
        Ok(Self {
            settings,
            spawner: Spawner::new()?,
            state: Mutex::default(),
            freed: Notify::new(),
            calls: AtomicU64::new(1),
        })
    }

    /// Starts a worker and ends it: whether the kernel confines it shows at once, and not when the
    /// first call comes.
    pub async fn prove(&self) -> Result<(), StartError> {
        start(&self.spawner, &self.settings, None).await.map(drop)
    }

    /// A number for a call.
    pub fn number(&self) -> u64 {
        self.calls.fetch_add(1, Ordering::Relaxed)
    }

    pub fn idle_ms(&self) -> u64 {
        self.settings.isolate.idle_ms
    }

    /// Waits for a place in a worker that serves such calls, and for the worker.
    pub async fn seat(
        self: &Arc<Self>,
        loaded: &Loaded,
        call: &Call,
        deadline: Instant,
    ) -> Result<Seat, Failure> {
        let operation = &call.operation;
        let key = Key {
            digest: operation.digest,
            namespace: call.namespace.clone(),
            connection: operation.connection.clone(),
            hosts: operation.hosts.clone(),
        };
        let mut taken = loop {
            let freed = self.freed.notified();
            let mut freed = std::pin::pin!(freed);
            freed.as_mut().enable();
            {
                let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
                if state.records.is_quarantined(key.digest) {
                    return Err(self.quarantined(call));
                }
                if let Some(slot) = self.take(&mut state, &key) {
                    let pool = Arc::clone(self);
                    let is_kept = false;
                    break Taken {
                        pool,
                        slot,
                        is_kept,
                    };
                }
            }
            let waited = tokio::time::timeout_at(deadline, freed).await;
            waited.map_err(|_| self.crowded(call))?;
        };
        let slot = Arc::clone(&taken.slot);
        let begin = || self.begin(loaded, &slot);
        let worker = tokio::time::timeout_at(deadline, slot.worker.get_or_try_init(begin)).await;
        let worker = worker.unwrap_or(Err(StartError::Deadline));
        let worker = worker.map_err(|error| {
            match &error {
                StartError::Ended(why) => self.crashed(&slot, None, why),
                // Others may still wait for it.
                StartError::Deadline => {}
                _ => self.remove(&slot),
            }
            let code = "worker-unavailable";
            Failure::new(
                Disposition::Retry { after_ms: None },
                code,
                error.to_string(),
            )
        })?;
        taken.is_kept = true;
        Ok(Seat {
            pool: Arc::clone(self),
            worker: Arc::clone(worker),
            slot: Arc::clone(&slot),
        })
    }

    /// The least busy worker of a key, or a new one, for which an idle one of others may end.
    fn take(&self, state: &mut State, key: &Key) -> Option<Arc<Slot>> {
        let isolate = &self.settings.isolate;
        let places = state.places.get_mut(key).into_iter().flatten();
        let least = places.min_by_key(|place| place.load);
        if let Some(place) = least
            && place.load < isolate.calls_max
        {
            place.load += 1;
            return Some(Arc::clone(&place.slot));
        }
        if state.workers >= isolate.workers_max && !state.make_room() {
            return None;
        }
        let slot = Arc::new(Slot {
            key: key.clone(),
            worker: OnceCell::new(),
        });
        let place = Place {
            slot: Arc::clone(&slot),
            load: 1,
            used_at: Instant::now(),
        };
        state.places.entry(key.clone()).or_default().push(place);
        state.workers += 1;
        Some(slot)
    }

    async fn begin(
        self: &Arc<Self>,
        loaded: &Loaded,
        slot: &Arc<Slot>,
    ) -> Result<Arc<Worker>, StartError> {
        {
            // Somebody waited for the same worker, and it did not start.
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            if state.place(slot).is_none() {
                let why = "the worker process that this call waited for did not start";
                return Err(StartError::Refused(why.to_owned()));
            }
        }
        let component = loaded.component();
        let code = component.map(wasmtime::component::Component::serialize);
        let code = code.transpose();
        let code = code.map_err(|error| StartError::Refused(format!("{error:#}")))?;
        let plugin = Compiled {
            roles: loaded.plugin.roles.clone(),
            code: code.unwrap_or_default().into(),
        };
        let fresh = start(&self.spawner, &self.settings, Some(plugin)).await?;
        let (pool, slot) = (Arc::downgrade(self), Arc::downgrade(slot));
        Ok(Worker::of(fresh, pool, slot))
    }

    /// Gives up an idle worker. False where it has something to do.
    pub fn retire(&self, slot: &Arc<Slot>) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let is_busy = state.place(slot).is_some_and(|place| place.load > 0);
        if !is_busy {
            state.remove(slot);
            self.freed.notify_waiters();
        }
        !is_busy
    }

    /// Counts a crash. The worker gets no more calls.
    pub fn crashed(&self, slot: &Arc<Slot>, pid: Option<u32>, why: &str) {
        let digest = slot.key.digest;
        let is_quarantined = {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            state.remove(slot);
            let isolate = &self.settings.isolate;
            state.records.crashed(digest, Instant::now(), isolate)
        };
        self.freed.notify_waiters();
        tracing::error!(%digest, worker = pid, why, "a worker crashed");
        if is_quarantined {
            tracing::error!(%digest, "the plugin is quarantined until this process ends: it keeps crashing");
        }
    }

    fn remove(&self, slot: &Arc<Slot>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.remove(slot);
        drop(state);
        self.freed.notify_waiters();
    }

    fn leave(&self, slot: &Arc<Slot>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = state.place(slot) {
            place.load -= 1;
            place.used_at = Instant::now();
        }
        drop(state);
        self.freed.notify_waiters();
    }

    fn crowded(&self, call: &Call) -> Failure {
        let message = format!(
            "no worker was free for the plugin `{}` before the deadline: `isolate.workers-max` of {} are at work",
            call.operation.plugin, self.settings.isolate.workers_max
        );
        let later = Disposition::Retry { after_ms: None };
        Failure::new(later, "workers-max", message)
    }

    fn quarantined(&self, call: &Call) -> Failure {
        let (operation, isolate) = (&call.operation, &self.settings.isolate);
        let message = format!(
            "the plugin `{}@{}` with the digest `{}` is quarantined: its workers crashed {} times \
             within `isolate.crash-window-ms` of {} ms; put another version into the plugins folder, or \
             start the process again to try once more",
            operation.plugin,
            operation.version,
            operation.digest,
            isolate.crashes_max,
            isolate.crash_window_ms
        );
        Failure::new(Disposition::Misconfigured, "quarantined", message)
    }
}

impl State {
    fn place(&mut self, slot: &Arc<Slot>) -> Option<&mut Place> {
        let places = self.places.get_mut(&slot.key)?;
        let mut places = places.iter_mut();
        places.find(|place| Arc::ptr_eq(&place.slot, slot))
    }

    fn remove(&mut self, slot: &Arc<Slot>) {
        let Some(places) = self.places.get_mut(&slot.key) else {
            return;
        };
        let before = places.len();
        places.retain(|place| !Arc::ptr_eq(&place.slot, slot));
        self.workers -= before - places.len();
        if places.is_empty() {
            self.places.remove(&slot.key);
        }
    }

    /// Gives up the worker that has been idle for longest, if any is.
    fn make_room(&mut self) -> bool {
        let all = self.places.values().flatten();
        let idle = all.filter(|place| place.load == 0);
        let Some(oldest) = idle.min_by_key(|place| place.used_at) else {
            return false;
        };
        // Nobody else holds the worker but its own life, which ends with the process.
        let slot = Arc::clone(&oldest.slot);
        self.remove(&slot);
        if let Some(worker) = slot.worker.get() {
            worker.dismiss();
        }
        true
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        if !self.is_kept {
            self.pool.leave(&self.slot);
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.pool.leave(&self.slot);
    }
}
