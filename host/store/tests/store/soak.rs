//! Whether old runs give their room back: short runs come, end and are purged when they are old.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use mortise_model::id::{Namespace, RunId};
use mortise_ports::conformance::fixture::{
    at, event_of, json, owner, result, success, turn, with_id,
};
use mortise_ports::{Journal, Runs};
use mortise_store::{Settings, SledStore, open};

/// Writers at the same time.
const TASKS: u32 = 64;
/// One of so many runs is followed by a purge.
const PURGE_EVERY: u32 = 500;

/// What a soak does.
#[derive(Clone, Copy, Debug)]
pub struct Soak {
    /// Runs that come and end.
    pub runs: u32,
    /// Runs that are young enough to be kept.
    pub kept: u32,
    /// The size of a run's event and of what its step gives.
    pub payload_bytes: usize,
}

/// What is left of it.
#[derive(Clone, Copy, Debug)]
pub struct Left {
    /// Keys and values that the store can still tell.
    pub live_bytes: u64,
    /// What the data folder takes.
    pub disk_bytes: u64,
}

impl Left {
    /// How many times the disk holds what is kept.
    pub fn ratio(&self) -> f64 {
        self.disk_bytes as f64 / self.live_bytes as f64
    }
}

impl Soak {
    /// Does it all in an empty folder. `progress` is told now and then how many runs came.
    pub async fn run(self, folder: &Path, progress: fn(u32, u64)) -> Left {
        let fatal = Box::new(|why: &str| panic!("{why}"));
        let store = Arc::new(open(folder, Settings::default(), fatal).unwrap());
        let next = Arc::new(AtomicU32::new(1));
        let tasks: Vec<_> = (0..TASKS)
            .map(|_| {
                let (store, next) = (Arc::clone(&store), Arc::clone(&next));
                let folder = folder.to_owned();
                tokio::spawn(async move {
                    loop {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        if number > self.runs {
                            return;
                        }
                        self.one(&store, number).await;
                        if number.is_multiple_of(PURGE_EVERY) {
                            self.purge(&store, number).await;
                        }
                        if number.is_multiple_of((self.runs / 20).max(1)) {
                            progress(number, disk_bytes(&folder));
                        }
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        self.purge(&store, self.runs).await;
        assert_eq!(store.live(), 0);
        drop(store);
        Left {
            disk_bytes: disk_bytes(folder),
            live_bytes: live_bytes(folder),
        }
    }

    /// Accepts an event, and takes its run (or another's) from its claim to its end.
    async fn one(self, store: &SledStore, number: u32) {
        let namespace = Namespace::default_namespace();
        let event = event_of(&namespace, "orders", number, json(self.payload_bytes));
        let mut event = with_id(event, &format!("order-{number}"), "body");
        // Ids have a random end.
        let random = u128::from(number.wrapping_mul(2_654_435_761)) << 40;
        let accepted = mortise_ports::conformance::fixture::first(&mut event);
        let time = u64::try_from(at(u64::from(number)).0).unwrap();
        accepted.run = RunId::from_parts(time, random);
        store.accept(vec![event]).await.unwrap();
        let ms = u64::from(number);
        let mut work = store.claim(&owner(), at(ms), 1).await.unwrap();
        let claim = work.claimed.pop().expect("every task adds one").claim;
        for expected in [1, 2] {
            let entries = vec![result(ms, self.payload_bytes)];
            store.commit(&claim, turn(expected, entries)).await.unwrap();
        }
        store
            .commit(&claim, turn(3, vec![success(ms)]))
            .await
            .unwrap();
    }

    async fn purge(self, store: &SledStore, number: u32) {
        let before = at(u64::from(number.saturating_sub(self.kept)));
        let limit = 10_000;
        let namespace = Namespace::default_namespace();
        while store
            .purge(&namespace, "orders", before, limit)
            .await
            .unwrap()
            == limit
        {}
    }
}

/// The blocks that a folder takes.
pub fn disk_bytes(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.metadata() {
            Ok(meta) if meta.is_dir() => disk_bytes(&entry.path()),
            Ok(meta) => meta.blocks() * 512,
            Err(_) => 0,
        })
        .sum()
}

/// The keys and values in a folder that nobody has open.
fn live_bytes(folder: &Path) -> u64 {
    let db = sled::open(folder.join("store")).unwrap();
    let records = db.iter().map(|item| {
        let (key, value) = item.unwrap();
        (key.len() + value.len()) as u64
    });
    records.sum()
}
