//! Removing payloads that a crash left over: files whose commit never came.

use std::collections::HashSet;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use mortise_model::id::{Namespace, RunId};

use crate::disk::TEMPORARY;
use crate::keys;
use crate::shared::Shared;
use crate::sync::lock;

/// Runs whose payloads were written in this life of the process while the sweep goes on. Their
/// first commit may still be on its way, so they are left alone.
#[derive(Debug, Default)]
pub struct Touched {
    runs: Mutex<HashSet<RunId>>,
    swept: AtomicBool,
    stop: AtomicBool,
    ended: Condvar,
}

impl Touched {
    /// A payload of this run is about to be written.
    pub fn add(&self, run: RunId) {
        if !self.swept.load(Ordering::Acquire) {
            lock(&self.runs).insert(run);
        }
    }

    /// Waits for the end of the sweep.
    pub fn wait(&self) {
        let runs = lock(&self.runs);
        let ended = |_: &mut HashSet<RunId>| !self.swept.load(Ordering::Acquire);
        drop(
            self.ended
                .wait_while(runs, ended)
                .unwrap_or_else(PoisonError::into_inner),
        );
    }

    /// The sweep is over: payloads need not be remembered any more.
    fn end(&self) {
        let mut runs = lock(&self.runs);
        self.swept.store(true, Ordering::Release);
        *runs = HashSet::new();
        drop(runs);
        self.ended.notify_all();
    }

    /// Ends the sweep early; the next one goes on with it.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

/// Goes through all payload folders once, in the background.
pub fn run(shared: &Arc<Shared>) {
    let mut removed = 0_u64;
    for namespace in folders(&shared.folders.payloads) {
        let name = Namespace::from(namespace.as_str());
        let folder = shared.folders.payloads.join(&namespace);
        for run in folders(&folder) {
            if shared.touched.stop.load(Ordering::Relaxed) {
                return shared.touched.end();
            }
            if let Ok(run) = run.parse::<RunId>() {
                removed += u64::from(sweep(shared, &name, run, &folder));
            }
        }
    }
    shared.touched.end();
    if removed > 0 {
        tracing::info!(removed, "removed what a crash left over of payloads");
    }
}

/// Looks at the folder of one run. The lock keeps a payload from being written meanwhile.
fn sweep(shared: &Shared, namespace: &Namespace, run: RunId, folder: &Path) -> bool {
    let touched = lock(&shared.touched.runs);
    if touched.contains(&run) {
        return false;
    }
    let path = folder.join(run.to_string());
    if !is_known(shared, namespace, run) {
        return fs::remove_dir_all(path).is_ok();
    }
    let files = fs::read_dir(&path).into_iter().flatten().flatten();
    let left_over = files.filter(|file| file.file_name().to_string_lossy().starts_with(TEMPORARY));
    let removed = left_over.filter(|file| fs::remove_file(file.path()).is_ok());
    removed.count() > 0
}

/// What cannot be read counts as known: nothing is removed on a doubt.
fn is_known(shared: &Shared, namespace: &Namespace, run: RunId) -> bool {
    let keys = [
        keys::live_run(namespace, run),
        keys::chunk(&keys::rest_row(namespace, run), 0),
        keys::chunk(&keys::parked_row(namespace, run), 0),
    ];
    keys.iter()
        .any(|key| shared.db.contains_key(key).unwrap_or(true))
}

/// Names of the folders in a folder.
fn folders(path: &Path) -> impl Iterator<Item = String> {
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    entries
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .filter_map(|entry| entry.file_name().into_string().ok())
}
