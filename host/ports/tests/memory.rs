//! The model passes the suite that it is the model of.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use mortise_ports::conformance::Subject;
use mortise_ports::memory::MemoryStore;

struct Model(MemoryStore);

impl Subject for Model {
    type Store = MemoryStore;

    fn store(&self) -> &MemoryStore {
        &self.0
    }

    async fn crash(&mut self) {
        self.0.crash();
    }
}

fn run(case: impl AsyncFnOnce(&mut Model)) {
    let mut model = Model(MemoryStore::new());
    ready(case(&mut model));
}

/// The model never waits, so its futures are ready when first asked.
fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("the model waits for nothing"),
    }
}

mortise_ports::conformance_tests!(run);

mod leases {
    use mortise_ports::conformance::fixture::{at, begin, commit, event, result, success};
    use mortise_ports::journal::{Journal, Owner};
    use mortise_ports::{Runs, StoreError};

    use super::{MemoryStore, ready};

    #[test]
    fn a_lease_that_ran_out_is_another_ones_claim() {
        let store = MemoryStore::new();
        let owner = Owner {
            name: "short".to_owned(),
            lease_ms: 10,
        };
        ready(async {
            store.accept(vec![event(1)]).await.unwrap();
            let first = store
                .claim(&owner, at(0), 1)
                .await
                .unwrap()
                .claimed
                .remove(0);
            assert!(
                store
                    .claim(&owner, at(9), 1)
                    .await
                    .unwrap()
                    .claimed
                    .is_empty()
            );
            store
                .renew(std::slice::from_ref(&first.claim), at(9))
                .await
                .unwrap();
            assert!(
                store
                    .claim(&owner, at(18), 1)
                    .await
                    .unwrap()
                    .claimed
                    .is_empty()
            );
            let second = store
                .claim(&owner, at(19), 1)
                .await
                .unwrap()
                .claimed
                .remove(0);
            assert!(second.claim.fence > first.claim.fence);
            let late = commit(&store, &first.claim, 1, vec![result(20, 1)]).await;
            assert_eq!(late, Err(StoreError::Fenced(first.claim.run)));
            commit(&store, &second.claim, 1, vec![success(20)])
                .await
                .unwrap();
            assert_eq!(store.live(), 0);
        });
    }

    #[test]
    fn a_full_store_keeps_nothing_and_goes_on_when_there_is_room() {
        let store = MemoryStore::new();
        ready(async {
            let claim = begin(&store, 1).await;
            store.set_full(true);
            assert_eq!(store.accept(vec![event(2)]).await, Err(StoreError::Full));
            let refused = commit(&store, &claim, 1, vec![success(1)]).await;
            assert_eq!(refused, Err(StoreError::Full));
            store.set_full(false);
            commit(&store, &claim, 1, vec![success(1)]).await.unwrap();
            assert_eq!(store.live(), 0);
        });
    }
}

mod faults {
    use mortise_ports::conformance::fixture::{at, begin, claim_all, event, owner, post, replay};
    use mortise_ports::conformance::fixture::{commit, run, success, team};
    use mortise_ports::memory::{Lost, Write};
    use mortise_ports::{Inbox, Journal, Runs, StoreError};

    use super::{MemoryStore, ready};

    /// Whoever is told that nobody knows finds out by reading back.
    #[test]
    fn a_lost_write_was_done_or_not() {
        let store = MemoryStore::new();
        ready(async {
            let claim = begin(&store, 1).await;
            for (lost, entries) in [(Lost::Before, 1), (Lost::After, 2)] {
                store.lose_writes(move |write| (write == Write::Commit).then_some(lost));
                let unknown = commit(&store, &claim, 1, vec![success(1)]).await;
                assert_eq!(unknown, Err(StoreError::Unknown));
                let history = store.entries(&team(), run(1)).await.unwrap();
                assert_eq!(history.next_sequence, entries);
                let lost = store.renew(std::slice::from_ref(&claim), at(1)).await;
                assert_eq!(lost.unwrap().lost.len(), (entries - 1) as usize);
            }
            store.accept(vec![event(2)]).await.unwrap();
            store.lose_writes(|_| Some(Lost::Before));
            assert_eq!(store.accept(vec![event(3)]).await, Err(StoreError::Unknown));
            let unknown = store.send(post(2, replay())).await;
            assert_eq!(unknown, Err(StoreError::Unknown));
            store.keep_writes();
            assert_eq!(store.live(), 1);
            assert!(claim_all(&store).await[0].letters.is_empty());
            let refused = store.claim(&owner(), at(2), 9).await.unwrap();
            assert!(refused.claimed.is_empty());
        });
    }
}
