//! A store in a folder of its own, and crashes that leave what a killed process leaves.

use std::fs;
use std::path::Path;

use mortise_ports::conformance::Subject;
use mortise_store::{Settings, SledStore, open};

/// A store in a temporary folder.
pub struct Sled {
    store: Option<SledStore>,
    folder: tempfile::TempDir,
}

/// Opens a folder; a failed disk fails the test.
pub fn open_in(folder: &Path) -> SledStore {
    open(folder, Settings::default(), Box::new(|why| panic!("{why}"))).unwrap()
}

/// A runtime for one test.
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}

/// Copies a folder as it is at this moment.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

impl Sled {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            store: Some(open_in(folder.path())),
            folder,
        }
    }
}

impl Subject for Sled {
    type Store = SledStore;

    fn store(&self) -> &SledStore {
        self.store.as_ref().unwrap()
    }

    /// The copy is what a process killed at this moment leaves: nothing was closed or flushed
    /// for it.
    async fn crash(&mut self) {
        let folder = tempfile::tempdir().unwrap();
        copy(self.folder.path(), folder.path());
        self.store = Some(open_in(folder.path()));
        self.folder = folder;
    }
}
