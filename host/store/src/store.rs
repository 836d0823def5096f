//! The handle.

use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use crate::shared::Shared;
use crate::sync::lock;

/// A store on sled that implements every port. Its methods may be called from any task of a tokio
/// runtime; dropping it waits until everything that was handed over is durable.
pub struct SledStore {
    pub(crate) shared: Arc<Shared>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl SledStore {
    pub(crate) fn new(shared: Arc<Shared>, threads: Vec<JoinHandle<()>>) -> Self {
        Self {
            shared,
            threads: Mutex::new(threads),
        }
    }

    /// Writes what is still waiting and ends the store's threads. Every call after it fails.
    /// Blocks for as long as the disk takes; doing it twice is harmless.
    pub fn close(&self) {
        self.shared.touched.stop();
        self.shared.queue.close(false);
        let threads = std::mem::take(&mut *lock(&self.threads));
        let mut rest = threads.into_iter();
        // The committer comes first: the watch ends only after it.
        if let Some(committer) = rest.next() {
            let _ = committer.join();
        }
        self.shared.watch.stop();
        for thread in rest {
            thread.thread().unpark();
            let _ = thread.join();
        }
    }

    /// Waits until what a crash left over of payloads is removed. Nothing depends on it.
    pub fn swept(&self) {
        self.shared.touched.wait();
    }
}

impl Drop for SledStore {
    fn drop(&mut self) {
        self.close();
    }
}
