//! Claims, commits and crashes.

use mortise_model::{Fact, Namespace};

use super::Subject;
use super::fixture::*;
use crate::error::StoreError;
use crate::journal::{Owner, Renewal};
use crate::{Journal, Runs};

/// Two claims never give the same run.
pub async fn an_accepted_event_is_claimed_once(subject: &mut impl Subject) {
    let store = subject.store();
    let event = event(1);
    accept(store, event.clone()).await;
    assert_eq!(store.live(), 1);
    let claimed = claim_all(store).await;
    assert_eq!(claimed.len(), 1);
    assert_eq!(claimed[0].claim.run, run(1));
    assert_eq!(plain(claimed[0].history.clone()), event.entries);
    assert!(claim_all(store).await.is_empty());
    assert_eq!(store.live(), 1, "a claimed run is not at rest");
}

/// A run may begin with more than its acceptance, such as the event that a plugin made for it.
pub async fn all_first_entries_are_claimed(subject: &mut impl Subject) {
    let store = subject.store();
    let mut event = event(1);
    event.entries.push(result(1, 10));
    accept(store, event.clone()).await;
    let claimed = claim_all(store).await.remove(0);
    assert_eq!(plain(claimed.history.clone()), event.entries);
    assert_eq!(claimed.history.next_sequence, 2);
    let more = vec![result(2, 20)];
    commit(store, &claimed.claim, 2, more).await.unwrap();
    assert_eq!(entries(store, &team(), run(1)).await.len(), 3);
}

/// First come, first served.
pub async fn claims_go_in_order_and_up_to_the_limit(subject: &mut impl Subject) {
    let store = subject.store();
    for number in [3, 1, 2] {
        accept(store, event(number)).await;
    }
    let first = store.claim(&owner(), START, 2).await.unwrap();
    let runs: Vec<_> = first.claimed.iter().map(|c| c.claim.run).collect();
    assert_eq!(runs, [run(3), run(1)]);
    let second = store.claim(&owner(), START, 2).await.unwrap();
    assert_eq!(second.claimed.len(), 1);
    assert_eq!(second.claimed[0].claim.run, run(2));
    assert_eq!(second.next_due, None);
}

/// In order, whatever commit they came with.
pub async fn entries_come_back_as_they_were_committed(subject: &mut impl Subject) {
    let store = subject.store();
    let claim = begin(store, 1).await;
    let first = vec![entry(1, Fact::Started), result(2, 10)];
    commit(store, &claim, 1, first.clone()).await.unwrap();
    let second = vec![result(3, 20)];
    commit(store, &claim, 3, second.clone()).await.unwrap();
    let kept = entries(store, &team(), run(1)).await;
    assert_eq!(kept[0], event(1).entries[0]);
    assert_eq!(kept[1..], [first, second].concat());
    assert!(entries(store, &team(), run(2)).await.is_empty());
}

/// Whoever has an old state is told so, and nothing is kept.
pub async fn an_old_sequence_is_refused(subject: &mut impl Subject) {
    let store = subject.store();
    let claim = begin(store, 1).await;
    commit(store, &claim, 1, vec![result(1, 1)]).await.unwrap();
    for expected in [0, 1, 3] {
        let refused = commit(store, &claim, expected, vec![result(2, 2)]).await;
        let wanted = StoreError::Sequence {
            run: run(1),
            expected,
            actual: 2,
        };
        assert_eq!(refused, Err(wanted));
    }
    assert_eq!(entries(store, &team(), run(1)).await.len(), 2);
    commit(store, &claim, 2, vec![result(2, 2)]).await.unwrap();
}

/// A claim that was given up, is another's or was never given writes nothing.
pub async fn an_old_claim_is_refused(subject: &mut impl Subject) {
    let store = subject.store();
    let claim = begin(store, 1).await;
    let mut forged = claim.clone();
    forged.fence += 1;
    let mut strange = claim.clone();
    strange.namespace = Namespace::from("others");
    for wrong in [forged, strange] {
        let refused = commit(store, &wrong, 1, vec![success(1)]).await;
        assert_eq!(refused, Err(StoreError::Fenced(run(1))));
    }
    commit(store, &claim, 1, vec![success(1)]).await.unwrap();
    let refused = commit(store, &claim, 2, vec![result(2, 1)]).await;
    assert_eq!(refused, Err(StoreError::Fenced(run(1))));
    assert_eq!(entries(store, &team(), run(1)).await.len(), 2);
}

/// Over waits and crashes.
pub async fn fences_grow_with_every_claim(subject: &mut impl Subject) {
    let first = begin(subject.store(), 1).await;
    let wait = entry(1, Fact::Suspended { until: at(5) });
    let store = subject.store();
    commit(store, &first, 1, vec![wait]).await.unwrap();
    let second = claim_all(store).await.pop().unwrap().claim;
    assert!(second.fence > first.fence);
    subject.crash().await;
    let third = claim_all(subject.store()).await.pop().unwrap().claim;
    assert!(third.fence > second.fence);
    let refused = commit(subject.store(), &second, 2, vec![success(2)]).await;
    assert_eq!(refused, Err(StoreError::Fenced(run(1))));
}

/// Not before, and the claim says when.
pub async fn a_suspended_run_is_due_at_its_time(subject: &mut impl Subject) {
    let claim = begin(subject.store(), 1).await;
    let wait = entry(1, Fact::Suspended { until: at(50) });
    let store = subject.store();
    commit(store, &claim, 1, vec![wait]).await.unwrap();
    assert_eq!(store.live(), 1);
    for round in ["before a crash", "after a crash"] {
        let early = subject.store().claim(&owner(), at(49), 9).await.unwrap();
        assert!(early.claimed.is_empty(), "{round}");
        assert_eq!(early.next_due, Some(at(50)), "{round}");
        subject.crash().await;
    }
    let due = subject.store().claim(&owner(), at(50), 9).await.unwrap();
    assert_eq!(due.claimed.len(), 1);
    assert_eq!(due.claimed[0].history.entries.len(), 2);
    assert_eq!(due.next_due, None);
}

/// It leaves nothing behind that makes it due again.
pub async fn a_suspended_run_may_end(subject: &mut impl Subject) {
    let claim = begin(subject.store(), 1).await;
    let wait = entry(1, Fact::Suspended { until: at(5) });
    let store = subject.store();
    commit(store, &claim, 1, vec![wait]).await.unwrap();
    subject.crash().await;
    let store = subject.store();
    let claimed = claim_all(store).await.pop().unwrap();
    commit(store, &claimed.claim, 2, vec![success(9)])
        .await
        .unwrap();
    assert_eq!(store.live(), 0);
    subject.crash().await;
    assert_eq!(subject.store().live(), 0);
    assert!(claim_all(subject.store()).await.is_empty());
}

/// Neither now nor after a crash.
pub async fn a_run_at_rest_is_nobodys(subject: &mut impl Subject) {
    finish(subject.store(), event(1), success(1)).await;
    finish(subject.store(), event(2), parking(2)).await;
    for _ in 0..2 {
        assert!(claim_all(subject.store()).await.is_empty());
        assert_eq!(subject.store().live(), 0);
        subject.crash().await;
    }
}

/// Events, entries and ends.
pub async fn what_was_acknowledged_survives_a_crash(subject: &mut impl Subject) {
    finish(subject.store(), event(1), success(1)).await;
    let claim = begin(subject.store(), 2).await;
    let store = subject.store();
    commit(store, &claim, 1, vec![result(1, 3000)])
        .await
        .unwrap();
    accept(store, event(3)).await;
    subject.crash().await;
    let store = subject.store();
    assert_eq!(store.live(), 2);
    assert_eq!(entries(store, &team(), run(1)).await.len(), 2);
    let mut claimed = claim_all(store).await;
    claimed.sort_by_key(|claimed| claimed.claim.run);
    let lengths: Vec<_> = claimed
        .iter()
        .map(|c| (c.claim.run, c.history.entries.len()))
        .collect();
    assert_eq!(lengths, [(run(2), 2), (run(3), 1)]);
    commit(store, &claimed[0].claim, 2, vec![success(5)])
        .await
        .unwrap();
}

/// The next process takes them up, and the old one writes no more.
pub async fn a_crash_gives_up_all_claims(subject: &mut impl Subject) {
    let old = begin(subject.store(), 1).await;
    subject.crash().await;
    let store = subject.store();
    let refused = commit(store, &old, 1, vec![success(1)]).await;
    assert_eq!(refused, Err(StoreError::Fenced(run(1))));
    let new = claim_all(store).await.pop().unwrap().claim;
    commit(store, &new, 1, vec![success(1)]).await.unwrap();
}

/// Around every border at which a store might cut, and far over it.
pub async fn entries_of_every_size_survive(subject: &mut impl Subject) {
    let sizes = [
        0, 1, 3800, 3900, 3950, 4000, 4096, 8000, 8192, 65_000, 200_000,
    ];
    for (number, size) in (1..).zip(sizes) {
        let event = event_of(&team(), "orders", number, json(size));
        accept(subject.store(), event.clone()).await;
        let claimed = claim_all(subject.store()).await.pop().unwrap();
        let turn = vec![result(1, size), result(2, size)];
        let store = subject.store();
        commit(store, &claimed.claim, 1, turn.clone())
            .await
            .unwrap();
        let wanted = [event.entries, turn].concat();
        let kept = entries(store, &team(), run(number)).await;
        assert_eq!(kept, wanted, "{size} bytes");
    }
    subject.crash().await;
    let claimed = claim_all(subject.store()).await;
    assert_eq!(claimed.len(), sizes.len());
    assert!(
        claimed
            .iter()
            .all(|claimed| claimed.history.entries.len() == 3)
    );
}

/// The same run id in two namespaces would be two runs; a list shows one's own.
pub async fn namespaces_do_not_see_each_other(subject: &mut impl Subject) {
    let store = subject.store();
    let other = Namespace::from("others");
    accept(store, event(1)).await;
    accept(store, event_of(&other, "orders", 2, json(1))).await;
    assert!(entries(store, &other, run(1)).await.is_empty());
    assert!(store.get(&team(), run(2)).await.unwrap().is_none());
    for claimed in claim_all(store).await {
        let wanted = if claimed.claim.run == run(1) {
            team()
        } else {
            other.clone()
        };
        assert_eq!(claimed.claim.namespace, wanted);
    }
}

/// A claim that holds is prolonged; one that does not is named.
pub async fn renewing_tells_what_is_lost(subject: &mut impl Subject) {
    let store = subject.store();
    let done = begin(store, 1).await;
    commit(store, &done, 1, vec![success(1)]).await.unwrap();
    let held = begin(store, 2).await;
    let renewal = store.renew(&[held.clone(), done], at(9)).await.unwrap();
    assert_eq!(renewal.lost, [run(1)]);
    commit(store, &held, 1, vec![success(2)]).await.unwrap();
}

/// Once its lease ran out and the owner has renewed what it still works on.
pub async fn an_abandoned_claim_is_given_away(subject: &mut impl Subject) {
    let store = subject.store();
    let owner = Owner {
        name: "short".to_owned(),
        lease_ms: 10,
    };
    for number in [1, 2] {
        accept(store, event(number)).await;
    }
    let mut claimed = store.claim(&owner, at(0), 9).await.unwrap().claimed;
    let (kept, left) = (claimed.remove(0).claim, claimed.remove(0).claim);
    let renewed = [kept.clone()];
    assert_eq!(
        store.renew(&renewed, at(9)).await.unwrap(),
        Renewal::default()
    );
    assert!(
        store
            .claim(&owner, at(9), 9)
            .await
            .unwrap()
            .claimed
            .is_empty()
    );
    assert_eq!(
        store.renew(&renewed, at(10)).await.unwrap(),
        Renewal::default()
    );
    let mut claimed = store.claim(&owner, at(10), 9).await.unwrap().claimed;
    assert_eq!(claimed.len(), 1, "one was renewed, the other given away");
    let again = claimed.remove(0).claim;
    assert_eq!(again.run, left.run);
    let late = commit(store, &left, 1, vec![success(10)]).await;
    assert_eq!(late, Err(StoreError::Fenced(left.run)));
    for claim in [kept, again] {
        commit(store, &claim, 1, vec![success(10)]).await.unwrap();
    }
    assert_eq!(store.live(), 0);
}
