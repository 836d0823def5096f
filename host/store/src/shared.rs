//! What callers, the committer and the background threads have in common.

use std::collections::HashMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mortise_model::Timestamp;
use mortise_model::id::{Digest, Namespace, RunId, is_name};
use mortise_ports::StoreError;
use mortise_ports::secrets::SealedPlace;
use tokio::sync::{Semaphore, oneshot};

use crate::catalog::Plans;
use crate::claims::Claims;
use crate::disk::Disk;
use crate::files::Verified;
use crate::holds::Holds;
use crate::job::{Job, PutItem, Reply, Work};
use crate::queue::Queue;
use crate::record::Op;
use crate::settings::Settings;
use crate::sweep::Touched;
use crate::watch::Watch;

/// Called once, from any thread, when the disk failed for good: what happened, in a sentence.
/// Nothing is acknowledged after it; the process should end.
pub type Fatal = Box<dyn Fn(&str) + Send + Sync>;

/// A place in the queue stands for so many bytes.
const PLACE_BYTES: usize = 1024;

/// The store without its threads.
pub struct Shared {
    pub(crate) db: sled::Db,
    pub(crate) settings: Settings,
    pub(crate) folders: Folders,
    pub(crate) disk: Disk,
    pub(crate) claims: Mutex<Claims>,
    pub(crate) holds: Mutex<Holds>,
    live: AtomicUsize,
    /// The latest time that anybody told, in milliseconds.
    now: AtomicI64,
    pub(crate) callback_key: [u8; 32],
    pub(crate) log_order: AtomicU64,
    pub(crate) plans: Plans,
    /// Whoever replaces sealed documents does so in turn.
    pub(crate) sealing: tokio::sync::Mutex<()>,
    /// Who may use a sealed document up, and until when: this process is alone with its store.
    pub(crate) leases: Mutex<HashMap<SealedPlace, Timestamp>>,
    /// Whoever adds to the audit log does so in turn.
    pub(crate) auditing: Arc<tokio::sync::Mutex<()>>,
    /// Whoever changes the registry does so in turn.
    pub(crate) registering: Arc<tokio::sync::Mutex<()>>,
    pub(crate) touched: Touched,
    pub(crate) verified: Verified,
    pub(crate) watch: Watch,
    pub(crate) queue: Queue,
    places: Arc<Semaphore>,
    fatal: Fatal,
    failed: AtomicBool,
    /// Held as long as the store is open; after `db`, so it is released last.
    _lock: File,
}

/// Where things lie.
#[derive(Clone, Debug)]
pub struct Folders {
    /// The data folder.
    pub root: PathBuf,
    /// sled's.
    pub store: PathBuf,
    /// `payloads/NAMESPACE/RUN/DIGEST`.
    pub payloads: PathBuf,
    /// `plugins/DIGEST.wasm`.
    pub plugins: PathBuf,
    /// What [`crate::registry::files`] says; made when it is needed.
    pub registry: PathBuf,
}

impl Folders {
    /// The folders of a data folder.
    #[must_use]
    pub fn new(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            store: root.join("store"),
            payloads: root.join("payloads"),
            plugins: root.join("plugins"),
            registry: root.join("registry"),
        }
    }

    /// Where the payloads of a run lie. Only what is a name becomes part of a path.
    #[must_use]
    pub fn payloads_of(&self, namespace: &Namespace, run: RunId) -> PathBuf {
        let folder = if is_name(namespace.as_str()) {
            namespace.as_str().to_owned()
        } else {
            Digest::of(namespace.as_str().as_bytes()).hex()
        };
        self.payloads.join(folder).join(run.to_string())
    }

    /// Where a plugin lies.
    #[must_use]
    pub fn plugin(&self, digest: Digest) -> PathBuf {
        self.plugins.join(format!("{}.wasm", digest.hex()))
    }
}

/// What opening found and made.
pub(crate) struct Parts {
    pub db: sled::Db,
    pub settings: Settings,
    pub folders: Folders,
    pub claims: Claims,
    pub live: usize,
    pub epoch: u32,
    pub callback_key: [u8; 32],
    pub watch: Watch,
    pub fatal: Fatal,
    pub lock: File,
}

impl Shared {
    pub(crate) fn new(parts: Parts) -> Self {
        let places = parts.settings.queue_bytes / PLACE_BYTES;
        Self {
            disk: Disk::new(&parts.folders.root, parts.settings.reserve_bytes),
            db: parts.db,
            folders: parts.folders,
            claims: Mutex::new(parts.claims),
            holds: Mutex::new(Holds::new(parts.epoch)),
            live: AtomicUsize::new(parts.live),
            now: AtomicI64::new(0),
            callback_key: parts.callback_key,
            log_order: AtomicU64::new(u64::from(parts.epoch) << 32),
            plans: Plans::default(),
            sealing: tokio::sync::Mutex::default(),
            leases: Mutex::default(),
            auditing: Arc::default(),
            registering: Arc::default(),
            touched: Touched::default(),
            verified: Verified::default(),
            watch: parts.watch,
            queue: Queue::default(),
            places: Arc::new(Semaphore::new(places.clamp(1, Semaphore::MAX_PERMITS))),
            settings: parts.settings,
            fatal: parts.fatal,
            failed: AtomicBool::new(false),
            _lock: parts.lock,
        }
    }

    /// Waits for a place in the queue, then hands over what `work` makes. Nothing is awaited
    /// between making it and handing it over, so a caller that goes away leaves no half-made job.
    pub(crate) async fn submit<T>(
        &self,
        size_bytes: usize,
        work: impl FnOnce() -> Result<(Work, T), StoreError>,
    ) -> Result<T, StoreError> {
        let most = self.settings.queue_bytes / PLACE_BYTES;
        let places = (size_bytes / PLACE_BYTES + 1).min(most.max(1));
        let places = u32::try_from(places).unwrap_or(u32::MAX);
        let place = Arc::clone(&self.places)
            .acquire_many_owned(places)
            .await
            .map_err(|_| closed())?;
        let (work, made) = work()?;
        let job = Job {
            work,
            size_bytes,
            place,
        };
        self.queue.push(job).map_err(|_| closed())?;
        Ok(made)
    }

    /// Writes records and waits until they are durable.
    pub(crate) async fn put(&self, item: PutItem) -> Result<(), StoreError> {
        let (reply, answer) = oneshot::channel();
        self.hand_over(item, Some(reply)).await?;
        answered(answer).await
    }

    /// Hands records over that are durable with the next commit at the latest. Fails where that is
    /// known already.
    pub(crate) async fn put_soon(&self, item: PutItem) -> Result<(), StoreError> {
        if !self.disk.has_room(item.writer, size_of(&item.ops) as u64) {
            return Err(StoreError::Full);
        }
        self.hand_over(item, None).await
    }

    async fn hand_over(&self, item: PutItem, reply: Option<Reply<()>>) -> Result<(), StoreError> {
        let replaced = item
            .replace
            .iter()
            .map(|(key, bytes)| key.len() + bytes.len());
        let memory = item.memory.as_ref().map_or(0, |item| item.record.1.len());
        let size_bytes = size_of(&item.ops) + replaced.sum::<usize>() + memory;
        let work = Work::Put(Box::new(item), reply);
        self.submit(size_bytes, || Ok((work, ()))).await
    }

    /// Whether so many bytes may be kept beside the journal.
    pub(crate) fn allows(&self, size_bytes: usize) -> Result<(), StoreError> {
        let max_bytes = self.settings.payload_max_bytes;
        match size_bytes <= max_bytes {
            true => Ok(()),
            false => Err(StoreError::TooLarge {
                size_bytes: size_bytes as u64,
                max_bytes: max_bytes as u64,
            }),
        }
    }

    /// Says what time it is.
    pub(crate) fn see(&self, now: Timestamp) {
        self.now.fetch_max(now.0, Ordering::Relaxed);
    }

    /// The latest time that anybody told.
    pub(crate) fn now(&self) -> Timestamp {
        Timestamp(self.now.load(Ordering::Relaxed))
    }

    /// How many runs are not at rest.
    pub(crate) fn live(&self) -> usize {
        self.live.load(Ordering::Relaxed)
    }

    /// So many more runs are not at rest, or fewer.
    pub(crate) fn count_live(&self, more: isize) {
        self.live.fetch_add(more.cast_unsigned(), Ordering::Relaxed);
    }

    /// The disk failed: says so once, and nothing is answered any more.
    pub(crate) fn fail(&self, why: &str) {
        if !self.failed.swap(true, Ordering::SeqCst) {
            tracing::error!(why, "the store failed, and this process must stop");
            (self.fatal)(why);
        }
    }

    /// How long one group may take.
    pub(crate) fn flush_timeout(&self) -> Duration {
        Duration::from_millis(self.settings.flush_timeout_ms)
    }
}

/// The size of some writes in bytes.
pub(crate) fn size_of(ops: &[Op]) -> usize {
    ops.iter()
        .map(|(key, value)| key.len() + value.as_ref().map_or(0, |value| value.len()))
        .sum()
}

/// Waits for the committer's answer. It is lost only where the disk failed.
pub(crate) async fn answered<T>(
    answer: oneshot::Receiver<Result<T, StoreError>>,
) -> Result<T, StoreError> {
    answer.await.map_err(|_| closed())?
}

/// A pair for an answer.
pub(crate) fn answer<T>() -> (Reply<T>, oneshot::Receiver<Result<T, StoreError>>) {
    oneshot::channel()
}

fn closed() -> StoreError {
    StoreError::Failed("it is closed, or its disk failed".to_owned())
}

/// Runs what may read from the disk where it blocks nobody.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| StoreError::Damaged(format!("reading broke off: {error}")))?
}
