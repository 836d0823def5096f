//! Groups, races, full disks and kills.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::support::{block_on, open_in};
use mortise_model::Fact;
use mortise_ports::conformance::fixture::{
    accept, at, begin, claim_all, commit, entries, entry, event, json, owner, remember, result,
    run, success, team, with_id,
};
use mortise_ports::journal::Admission;
use mortise_ports::{Journal, Payloads, Runs, StoreError, Triggers};
use mortise_store::{Settings, SledStore, open};

fn with(settings: Settings) -> (tempfile::TempDir, SledStore) {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path(), settings, Box::new(|why| panic!("{why}"))).unwrap();
    (folder, store)
}

/// A reserve that no disk has.
fn full() -> Settings {
    Settings {
        reserve_bytes: 1 << 60,
        ..Settings::default()
    }
}

#[test]
fn of_equal_events_at_the_same_moment_one_is_new() {
    let (_folder, store) = with(Settings::default());
    let store = Arc::new(store);
    block_on(async {
        let tasks: Vec<_> = (0..200)
            .map(|number| {
                let store = Arc::clone(&store);
                let event = with_id(event(number), &format!("{}", number % 10), "body");
                tokio::spawn(async move { store.accept(vec![event]).await.unwrap().remove(0) })
            })
            .collect();
        let mut new = BTreeSet::new();
        let mut known = BTreeSet::new();
        for task in tasks {
            match task.await.unwrap() {
                Admission::New(run) => assert!(new.insert(run)),
                Admission::Duplicate(run) => drop(known.insert(run)),
                other => panic!("their bodies are the same: {other:?}"),
            }
        }
        assert_eq!(new.len(), 10);
        assert_eq!(known, new, "duplicates name the run that was started");
        assert_eq!(store.live(), 10);
    });
}

#[test]
fn of_equal_commits_at_the_same_moment_one_is_kept() {
    let (_folder, store) = with(Settings::default());
    let store = Arc::new(store);
    block_on(async {
        let claim = begin(&*store, 1).await;
        let tasks: Vec<_> = (0..50)
            .map(|number| {
                let (store, claim) = (Arc::clone(&store), claim.clone());
                let results = vec![result(number, 10)];
                tokio::spawn(async move { commit(&*store, &claim, 1, results).await })
            })
            .collect();
        let mut kept = 0;
        for task in tasks {
            match task.await.unwrap() {
                Ok(()) => kept += 1,
                Err(error) => assert!(matches!(error, StoreError::Sequence { actual: 2, .. })),
            }
        }
        assert_eq!(kept, 1);
        assert_eq!(entries(&*store, &team(), run(1)).await.len(), 2);
    });
}

#[test]
fn many_writers_with_small_queues_all_get_through() {
    let (_folder, store) = with(Settings {
        queue_bytes: 2048,
        group_bytes: 4096,
        fresh_bytes: 1000,
        ..Settings::default()
    });
    let store = Arc::new(store);
    block_on(async {
        let tasks: Vec<_> = (0..100)
            .map(|number| {
                let store = Arc::clone(&store);
                tokio::spawn(async move {
                    let mut event = event(number);
                    if let Fact::Accepted(accepted) = &mut event.entries[0].fact {
                        accepted.event.payload =
                            json(usize::try_from(number).unwrap() * 100).into();
                    }
                    accept(&*store, event).await;
                    let mut work = store.claim(&owner(), at(0), 1).await.unwrap();
                    let claim = work.claimed.pop().unwrap().claim;
                    commit(&*store, &claim, 1, vec![result(1, 3000)])
                        .await
                        .unwrap();
                    commit(&*store, &claim, 2, vec![success(2)]).await.unwrap();
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
    });
    assert_eq!(store.live(), 0);
}

#[test]
fn a_caller_that_goes_away_leaves_a_usable_run() {
    let (_folder, store) = with(Settings::default());
    block_on(async {
        let claim = begin(&store, 1).await;
        let mut leaving = Box::pin(commit(&store, &claim, 1, vec![result(1, 10)]));
        let waker = std::task::Waker::noop();
        let polled = leaving
            .as_mut()
            .poll(&mut std::task::Context::from_waker(waker));
        assert!(polled.is_pending());
        drop(leaving);
        // The next commit is behind it in the queue, so it sees what became of it.
        commit(&store, &claim, 2, vec![success(2)]).await.unwrap();
        assert_eq!(entries(&store, &team(), run(1)).await.len(), 3);
    });
}

#[test]
fn a_full_disk_is_told_before_anything_is_written() {
    let (_folder, store) = with(full());
    assert!(store.is_full());
    block_on(async {
        let refused = store.accept(vec![event(1)]).await;
        assert_eq!(refused, Err(StoreError::Full));
        let refused = store.put(&team(), run(1), vec![1; 10]).await;
        assert_eq!(refused, Err(StoreError::Full));
        let refused = store.save(remember(json(1), None)).await;
        assert_eq!(refused, Err(StoreError::Full));
        assert_eq!(store.live(), 0);
        assert!(entries(&store, &team(), run(1)).await.is_empty());
    });
}

#[test]
fn a_commit_that_found_no_room_may_be_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    block_on(accept(&open_in(folder.path()), event(1)));
    let store = open(folder.path(), full(), Box::new(|why| panic!("{why}"))).unwrap();
    block_on(async {
        let claim = claim_all(&store).await.pop().unwrap().claim;
        for _ in 0..2 {
            let refused = commit(&store, &claim, 1, vec![success(1)]).await;
            assert_eq!(refused, Err(StoreError::Full), "and not another sequence");
        }
        assert_eq!(entries(&store, &team(), run(1)).await.len(), 1);
    });
}

#[test]
fn a_commit_over_the_limit_is_refused_and_changes_nothing() {
    let (_folder, store) = with(Settings {
        record_max_bytes: 10_000,
        payload_max_bytes: 100,
        ..Settings::default()
    });
    block_on(async {
        let claim = begin(&store, 1).await;
        let refused = commit(&store, &claim, 1, vec![result(1, 10_000)]).await;
        assert!(matches!(
            refused,
            Err(StoreError::TooLarge {
                max_bytes: 10_000,
                ..
            })
        ));
        commit(&store, &claim, 1, vec![result(1, 9000)])
            .await
            .unwrap();
        let refused = store.put(&team(), run(1), vec![0; 101]).await;
        assert!(matches!(
            refused,
            Err(StoreError::TooLarge { max_bytes: 100, .. })
        ));
    });
}

#[test]
fn a_run_that_cannot_be_read_holds_up_nobody() {
    let folder = tempfile::tempdir().unwrap();
    block_on(async {
        let store = open_in(folder.path());
        accept(&store, event(1)).await;
        accept(&store, event(2)).await;
        let claims = claim_all(&store).await;
        let wait = entry(1, Fact::Suspended { until: at(1) });
        for claimed in claims {
            commit(&store, &claimed.claim, 1, vec![wait.clone()])
                .await
                .unwrap();
        }
    });
    // Take the first record of the first run away.
    let db = sled::open(folder.path().join("store")).unwrap();
    let key = db.scan_prefix(b"u").keys().next().unwrap().unwrap();
    db.remove(key).unwrap();
    db.flush().unwrap();
    drop(db);
    let store = open_in(folder.path());
    let claimed = block_on(claim_all(&store));
    assert_eq!(claimed.len(), 1);
    assert_eq!(claimed[0].claim.run, run(2));
    assert_eq!(store.live(), 2, "the other one is not forgotten");
}
