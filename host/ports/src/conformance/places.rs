//! Runs of one key that wait for each other.

use mortise_model::entry::End;
use mortise_model::{Fact, Letter, Status};

use super::Subject;
use super::fixture::*;
use crate::inbox::Delivery;
use crate::journal::{Acceptance, Admission, Claim, Place, Turn};
use crate::{Inbox, Journal, Runs, Store};

fn place(key: &str, limit: u32) -> Place {
    Place {
        key: key.to_owned(),
        limit,
        skip: false,
        queue_max: 100,
    }
}

fn in_line(number: u32, place: Place) -> Acceptance {
    Acceptance {
        place: Some(place),
        ..event(number)
    }
}

fn skipping(number: u32) -> Acceptance {
    let place = Place {
        skip: true,
        ..place("k", 1)
    };
    in_line(number, place)
}

/// The numbers of the runs that may be claimed, and their claims.
async fn next(store: &impl Store) -> Vec<Claim> {
    let mut claims: Vec<_> = claim_all(store)
        .await
        .into_iter()
        .map(|c| c.claim)
        .collect();
    claims.sort_by_key(|claim| claim.run);
    claims
}

fn runs(claims: &[Claim]) -> Vec<mortise_model::RunId> {
    claims.iter().map(|claim| claim.run).collect()
}

/// As many as the limit says, from the first claim to the rest, waits and crashes included, and
/// then the next in the order of acceptance. Other keys, workflows and namespaces do not count.
pub async fn runs_of_a_key_wait_in_line(subject: &mut impl Subject) {
    let store = subject.store();
    for number in [1, 2, 3, 4] {
        accept(store, in_line(number, place("k", 2))).await;
    }
    accept(store, in_line(5, place("l", 2))).await;
    let mut other = in_line(6, place("k", 2));
    first(&mut other).workflow = "invoices".into();
    accept(store, other).await;
    assert_eq!(store.live(), 6);
    let claims = next(store).await;
    assert_eq!(runs(&claims), [1, 2, 5, 6].map(run));
    let wait = entry(1, Fact::Suspended { until: at(1) });
    commit(store, &claims[0], 1, vec![wait]).await.unwrap();
    subject.crash().await;
    let store = subject.store();
    assert_eq!(store.live(), 6);
    let claims = next(store).await;
    assert_eq!(
        runs(&claims),
        [1, 2, 5, 6].map(run),
        "a wait keeps the place"
    );
    commit(store, &claims[0], 2, vec![success(2)])
        .await
        .unwrap();
    assert_eq!(runs(&next(store).await), [run(3)]);
    commit(store, &claims[1], 1, vec![parking(2)])
        .await
        .unwrap();
    assert_eq!(
        runs(&next(store).await),
        [run(4)],
        "a parked run needs no place"
    );
    assert!(next(store).await.is_empty());
}

/// Also where the ids of the runs, or a crash, say otherwise.
pub async fn the_order_of_acceptance_survives_a_crash(subject: &mut impl Subject) {
    for number in [5, 2, 4, 1, 3] {
        accept(subject.store(), in_line(number, place("k", 1))).await;
    }
    for number in [5, 2, 4, 1, 3] {
        subject.crash().await;
        let store = subject.store();
        let claims = next(store).await;
        assert_eq!(runs(&claims), [run(number)]);
        commit(store, &claims[0], 1, vec![success(9)])
            .await
            .unwrap();
    }
    assert_eq!(subject.store().live(), 0);
}

/// With a row and a journal that say why, and its caller is told.
pub async fn one_that_does_not_wait_is_skipped(subject: &mut impl Subject) {
    let store = subject.store();
    let caller = begin(store, 9).await;
    accept(store, skipping(1)).await;
    store.accept(vec![skipping(2)]).await.unwrap();
    let mut child = skipping(3);
    first(&mut child).parent = Some(parent(9));
    let call = Turn {
        starts: vec![child],
        ..turn(1, vec![result(1, 1)])
    };
    store.commit(&caller, call).await.unwrap();
    let told = store.letters(&caller, None).await.unwrap();
    assert!(
        matches!(&told[..], [(_, Letter::ChildEnded { child, end: End::Skipped { .. }, .. })] if *child == run(3)),
        "{told:?}"
    );
    assert_eq!(store.live(), 2);
    subject.crash().await;
    let store = subject.store();
    for number in [2, 3] {
        let row = store.get(&team(), run(number)).await.unwrap().unwrap();
        assert_eq!(
            (row.status, row.finished_at),
            (Status::Skipped, Some(row.accepted_at))
        );
        let entries = entries(store, &team(), run(number)).await;
        let Fact::Ended(End::Skipped { why, .. }) = &entries[1].fact else {
            panic!("{entries:?}");
        };
        assert!(why.contains("`k`") && why.contains('1'), "{why}");
    }
    let claims = next(store).await;
    assert_eq!(runs(&claims), [run(1), run(9)]);
    commit(store, &claims[0], 1, vec![success(5)])
        .await
        .unwrap();
    accept(store, skipping(4)).await;
    assert_eq!(
        runs(&next(store).await),
        [run(4)],
        "the place is free again"
    );
    assert_eq!(store.purge(&team(), "orders", LATE, 9).await.unwrap(), 3);
}

/// Past that an event is refused, and nothing of it is kept; what a run starts is never refused.
pub async fn a_line_has_an_end(subject: &mut impl Subject) {
    let store = subject.store();
    let caller = begin(store, 9).await;
    let short = Place {
        queue_max: 2,
        ..place("k", 1)
    };
    let line = [1, 2, 3, 4]
        .map(|number| with_id(in_line(number, short.clone()), &format!("{number}"), "b"));
    let admissions = store.accept(line.into()).await.unwrap();
    assert_eq!(
        admissions[2..],
        [Admission::New(run(3)), Admission::NoPlace]
    );
    assert_eq!(store.get(&team(), run(4)).await.unwrap(), None);
    let must = Turn {
        starts: vec![in_line(5, short.clone())],
        ..turn(1, vec![result(1, 1)])
    };
    store.commit(&caller, must).await.unwrap();
    assert_eq!(store.live(), 5);
    let claim = next(store).await.remove(0);
    commit(store, &claim, 1, vec![success(1)]).await.unwrap();
    let claim = next(store).await.remove(0);
    assert_eq!(claim.run, run(2));
    commit(store, &claim, 1, vec![success(1)]).await.unwrap();
    accept(store, with_id(in_line(6, short), "4", "b")).await;
}

/// It is not the place that it waits for any more.
pub async fn one_in_line_can_be_stopped(subject: &mut impl Subject) {
    let store = subject.store();
    for number in 1..=3 {
        accept(store, in_line(number, place("k", 1))).await;
    }
    let first = next(store).await.remove(0);
    assert_eq!(first.run, run(1));
    let sent = store.send(post(2, callback(1))).await.unwrap();
    assert_eq!(sent, Delivery::Kept);
    assert!(next(store).await.is_empty(), "an answer gives no place");
    store.send(post(2, cancel())).await.unwrap();
    subject.crash().await;
    let store = subject.store();
    let claims = next(store).await;
    assert_eq!(runs(&claims), [run(1), run(2)]);
    commit(store, &claims[1], 1, vec![success(1)])
        .await
        .unwrap();
    assert!(next(store).await.is_empty(), "it gave no place back");
    commit(store, &claims[0], 1, vec![success(1)])
        .await
        .unwrap();
    assert_eq!(runs(&next(store).await), [run(3)]);
}

/// It waits for nobody, and nobody waits for it.
pub async fn a_woken_run_needs_no_place(subject: &mut impl Subject) {
    let store = subject.store();
    for number in 1..=3 {
        accept(store, in_line(number, place("k", 1))).await;
    }
    let first = next(store).await.remove(0);
    commit(store, &first, 1, vec![parking(1)]).await.unwrap();
    let second = next(store).await.remove(0);
    store.send(post(1, replay())).await.unwrap();
    subject.crash().await;
    let store = subject.store();
    let claims = next(store).await;
    assert_eq!(runs(&claims), [run(1), run(2)]);
    assert_eq!(second.run, run(2));
    commit(store, &claims[0], 2, vec![success(1)])
        .await
        .unwrap();
    assert!(next(store).await.is_empty());
    commit(store, &claims[1], 1, vec![success(1)])
        .await
        .unwrap();
    assert_eq!(runs(&next(store).await), [run(3)]);
}
