//! Files of runs: kept before anything names them, given to the calls that name them, and copied where
//! one run hands a value to another. A file lies with its run, and goes with it.

use std::fmt;
use std::sync::Arc;

use mortise_model::id::{Digest, Namespace, RunId};
use mortise_model::{Disposition, Failure, Json};
use mortise_ports::files::{Content, FILE_MIN_BYTES};
use mortise_ports::plugins::{Fetching, File, FileSource};
use mortise_ports::{Store, StoreError};
use tokio::sync::Mutex;

use crate::Inner;
use crate::evaluate::view::{Halt, patiently};

/// The files of a run, for calls in its name. Those of other runs are not to be found in here.
pub(crate) struct RunFiles<S> {
    store: Arc<S>,
    namespace: Namespace,
    run: RunId,
}

impl<S: Store> RunFiles<S> {
    pub fn new(store: &Arc<S>, namespace: &Namespace, run: RunId) -> Arc<Self> {
        Arc::new(Self {
            store: Arc::clone(store),
            namespace: namespace.clone(),
            run,
        })
    }
}

impl<S> fmt::Debug for RunFiles<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RunFiles({})", self.run)
    }
}

impl<S: Store> FileSource for RunFiles<S> {
    fn size<'a>(&'a self, id: &'a str) -> Fetching<'a, Option<u64>> {
        Box::pin(async move {
            let Ok(digest) = id.parse::<Digest>() else {
                return Ok(None);
            };
            let size = self
                .store
                .file_size(&self.namespace, self.run, digest)
                .await;
            size.map_err(|error| error.to_string())
        })
    }

    fn open<'a>(&'a self, id: &'a str) -> Fetching<'a, Arc<dyn Content>> {
        Box::pin(async move {
            let digest = id.parse::<Digest>().map_err(|error| error.to_string())?;
            let content = self
                .store
                .open_file(&self.namespace, self.run, digest)
                .await;
            content.map_err(|error| error.to_string())
        })
    }
}

/// What the files of a lane's run have together, as far as it is known: whoever holds it may keep
/// more, one after the other.
#[derive(Default)]
pub(crate) struct Kept(Mutex<Option<u64>>);

impl Kept {
    /// Another run may have handed files over: they are counted anew.
    pub async fn forget(&self) {
        *self.0.lock().await = None;
    }
}

/// Keeps what a call made, as far as there is room for it in the run.
pub(crate) async fn keep<S: Store, P>(
    (inner, kept): (&Inner<S, P>, &Kept),
    (namespace, run): (&Namespace, RunId),
    files: &[File],
) -> Result<(), Halt> {
    if files.is_empty() {
        return Ok(());
    }
    let store = &*inner.store;
    let mut kept = kept.0.lock().await;
    let mut total = match *kept {
        Some(total) => total,
        None => store.files_bytes(namespace, run).await?,
    };
    let mut new = Vec::with_capacity(files.len());
    for file in files {
        let digest = file.id.parse::<Digest>();
        let is_there = match digest {
            Ok(digest) => store.file_size(namespace, run, digest).await?.is_some(),
            Err(_) => false,
        };
        if !is_there {
            total += counted(file.data.len() as u64);
            new.push(file);
        }
    }
    fits(inner, total)?;
    // Where writing fails half-way, whoever comes next counts what is there.
    *kept = None;
    for file in new {
        patiently(|| store.put_file(namespace, run, file.data.clone())).await?;
    }
    *kept = Some(total);
    Ok(())
}

/// Whether a run without files may have these, which come with its event.
pub(crate) fn fit_event<S, P>(inner: &Inner<S, P>, files: &[File]) -> Result<(), Failure> {
    fits(
        inner,
        files
            .iter()
            .map(|file| counted(file.data.len() as u64))
            .sum(),
    )
}

/// Keeps those of some files that a value names, for a run that is about to be accepted.
pub(crate) async fn keep_named<S: Store>(
    store: &S,
    (namespace, run): (&Namespace, RunId),
    (value, files): (&Json, &[File]),
) -> Result<(), StoreError> {
    if files.is_empty() {
        return Ok(());
    }
    for named in value.files() {
        if let Some(file) = files.iter().find(|file| file.id == named.id) {
            store.put_file(namespace, run, file.data.clone()).await?;
        }
    }
    Ok(())
}

/// Gives another run the files of this one that a value names, before it is told of it. What this run
/// has no file for stays a name that leads nowhere.
pub(crate) async fn hand_over<S: Store>(
    store: &S,
    namespace: &Namespace,
    (from, to): (RunId, RunId),
    value: &Json,
) -> Result<(), StoreError> {
    for digest in named(value) {
        if store.file_size(namespace, from, digest).await?.is_some()
            && store.file_size(namespace, to, digest).await?.is_none()
        {
            let content = store.read_file(namespace, from, digest).await?;
            store.put_file(namespace, to, content).await?;
        }
    }
    Ok(())
}

/// Whether there is room for what [`hand_over`] is about to give a run that has files already.
pub(crate) async fn has_room<S: Store, P>(
    inner: &Inner<S, P>,
    namespace: &Namespace,
    (from, to): (RunId, RunId),
    value: &Json,
) -> Result<(), Halt> {
    let store = &*inner.store;
    let mut more = 0;
    for digest in named(value) {
        let size = store.file_size(namespace, from, digest).await?;
        if let Some(size) = size
            && store.file_size(namespace, to, digest).await?.is_none()
        {
            more += counted(size);
        }
    }
    if more > 0 {
        fits(inner, more + store.files_bytes(namespace, to).await?)?;
    }
    Ok(())
}

fn named(value: &Json) -> impl Iterator<Item = Digest> {
    let files = value.files().into_iter();
    files.filter_map(|file| file.id.parse().ok())
}

fn counted(size_bytes: u64) -> u64 {
    size_bytes.max(FILE_MIN_BYTES)
}

fn fits<S, P>(inner: &Inner<S, P>, total_bytes: u64) -> Result<(), Failure> {
    let max_bytes = inner.settings.run_files_max_bytes;
    if total_bytes <= max_bytes {
        return Ok(());
    }
    let message = format!(
        "the files of the run would have {total_bytes} bytes, and `runner.run-files-max-bytes` allows \
         {max_bytes}: let its steps give fewer or smaller ones, or raise the limit"
    );
    Err(Failure::new(
        Disposition::Limit,
        "run-files-max-bytes",
        message,
    ))
}
