//! What is written together with a run's entries, or not at all.

use mortise_model::{Fact, Letter, Status};

use super::Subject;
use super::fixture::*;
use crate::error::StoreError;
use crate::inbox::Delivery;
use crate::journal::{Admission, Asked, Claim, Committed, Turn};
use crate::runs::Page;
use crate::{Inbox, Journal, Payloads, Runs, Store, Triggers};

async fn write(store: &impl Store, claim: &Claim, turn: Turn) -> Vec<Admission> {
    match store.commit(claim, turn).await.unwrap() {
        Committed::Written(admissions) => admissions,
        Committed::Known(other) => panic!("it is its own run and not {other:?}"),
    }
}

/// Each with its number, and the numbers with which the turns began.
pub async fn entries_are_numbered(subject: &mut impl Subject) {
    let store = subject.store();
    let claim = begin(store, 1).await;
    let two = vec![entry(1, Fact::Started), result(2, 10)];
    commit(store, &claim, 1, two).await.unwrap();
    commit(store, &claim, 3, vec![result(3, 20)]).await.unwrap();
    let history = store.entries(&team(), run(1)).await.unwrap();
    let numbers: Vec<_> = history.entries.iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, [0, 1, 2, 3]);
    assert_eq!((history.turns, history.next_sequence), (vec![0, 1, 3], 4));
    let none = store.entries(&team(), run(2)).await.unwrap();
    assert_eq!(
        (none.entries, none.turns, none.next_sequence),
        Default::default()
    );
}

/// Whole turns; their numbers are never used again, also after a crash. The first turn stays.
pub async fn what_is_forgotten_leaves_a_gap(subject: &mut impl Subject) {
    let store = subject.store();
    let claim = begin(store, 1).await;
    for number in 1..=5 {
        let entries = vec![result(1, 5000); if number == 2 { 2 } else { 1 }];
        let from = if number > 2 { number + 1 } else { number };
        commit(store, &claim, from, entries).await.unwrap();
    }
    let last = Turn {
        forget: vec![0, 2, 5, 99],
        ..turn(7, vec![entry(9, Fact::Suspended { until: at(10) })])
    };
    write(store, &claim, last).await;
    for _ in 0..2 {
        let history = subject.store().entries(&team(), run(1)).await.unwrap();
        assert_eq!(history.turns, [0, 1, 4, 6, 7]);
        assert_eq!((history.entries.len(), history.next_sequence), (5, 8));
        subject.crash().await;
    }
    let store = subject.store();
    let claimed = claim_all(store).await.pop().unwrap();
    assert_eq!(claimed.history.next_sequence, 8);
    commit(store, &claimed.claim, 8, vec![success(11)])
        .await
        .unwrap();
}

/// With their entries, claimable at once; equal events start one run.
pub async fn a_turn_starts_runs(subject: &mut impl Subject) {
    let store = subject.store();
    accept(store, with_id(event(2), "b", "body")).await;
    let claims = claim_all(store).await;
    commit(store, &claims[0].claim, 1, vec![success(1)])
        .await
        .unwrap();
    let claim = begin(store, 1).await;
    store.put(&team(), run(5), vec![1; 10]).await.unwrap();
    let mut child = event(3);
    first(&mut child).parent = Some(parent(1));
    let starts = Turn {
        starts: vec![
            child,
            with_id(event(4), "a", "body"),
            with_id(event(5), "a", "body"),
            with_id(event(6), "b", "other"),
        ],
        ..turn(1, vec![result(1, 1)])
    };
    let wanted = [
        Admission::New(run(3)),
        Admission::New(run(4)),
        Admission::Duplicate(run(4)),
        Admission::Conflict(run(2)),
    ];
    assert_eq!(write(store, &claim, starts).await, wanted);
    assert_eq!(store.live(), 3);
    let row = store.get(&team(), run(3)).await.unwrap().unwrap();
    assert_eq!((row.parent, row.status), (Some(run(1)), Status::Queued));
    subject.crash().await;
    let mut runs: Vec<_> = claim_all(subject.store()).await;
    runs.sort_by_key(|claimed| claimed.claim.run);
    let runs: Vec<_> = runs.iter().map(|claimed| claimed.claim.run).collect();
    assert_eq!(runs, [run(1), run(3), run(4)]);
}

/// Of all that a turn would do, where its sequence is old or its run another's.
pub async fn a_refused_turn_does_nothing(subject: &mut impl Subject) {
    let store = subject.store();
    let claim = begin(store, 1).await;
    let other = begin(store, 2).await;
    let mut start = event(3);
    start.memory = Some(remember(json(1), None));
    let turn = |expected| Turn {
        starts: vec![start.clone()],
        letters: vec![post(2, Letter::Wake)],
        approvals: vec![(step("ok"), Some(asked(1)))],
        ..turn(expected, vec![result(1, 1)])
    };
    let old = store.commit(&claim, turn(7)).await;
    assert!(matches!(old, Err(StoreError::Sequence { .. })), "{old:?}");
    let fenced = Claim {
        fence: claim.fence + 100,
        ..claim.clone()
    };
    let fenced = store.commit(&fenced, turn(1)).await;
    assert_eq!(fenced, Err(StoreError::Fenced(run(1))));
    assert!(store.letters(&other, None).await.unwrap().is_empty());
    assert_eq!(store.get(&team(), run(3)).await.unwrap(), None);
    assert_eq!(store.memory(&trigger()).await.unwrap(), None);
    let page = Page {
        before: None,
        limit: 9,
    };
    let listed = store.approvals(&team(), page).await.unwrap();
    assert!(listed.asked.is_empty());
    assert_eq!(store.live(), 2);
    assert_eq!(
        write(store, &claim, turn(1)).await,
        [Admission::New(run(3))]
    );
    assert_eq!(store.letters(&other, None).await.unwrap().len(), 1);
}

/// From the turn on that says so; another run with it is told, and its turn is not written.
pub async fn a_run_takes_an_identity_once(subject: &mut impl Subject) {
    let store = subject.store();
    let claim = begin(store, 1).await;
    let identify = |expected: u32, id: &str, body: &str| Turn {
        identity: Some(identity(id, body)),
        starts: vec![event(9)],
        ..turn(expected, vec![result(1, 1)])
    };
    write(store, &claim, identify(1, "a", "body")).await;
    // The same run may say it again, as one does that does not know what became of a turn.
    let again = Turn {
        starts: Vec::new(),
        ..identify(2, "a", "body")
    };
    write(store, &claim, again).await;
    commit(store, &claim, 3, vec![success(2)]).await.unwrap();
    assert_eq!(claim_all(store).await.len(), 1);
    let second = begin(store, 2).await;
    for (body, wanted) in [
        ("body", Admission::Duplicate(run(1))),
        ("other", Admission::Conflict(run(1))),
    ] {
        let known = store.commit(&second, identify(1, "a", body)).await;
        assert_eq!(known, Ok(Committed::Known(wanted)));
    }
    assert_eq!(entries(store, &team(), run(2)).await.len(), 1);
    commit(store, &second, 1, vec![success(2)]).await.unwrap();
    let known = store.accept(vec![with_id(event(3), "a", "body")]).await;
    assert_eq!(known, Ok(vec![Admission::Duplicate(run(1))]));
    // It goes with its run.
    assert_eq!(store.purge(&team(), "orders", LATE, 9).await.unwrap(), 2);
    subject.crash().await;
    accept(subject.store(), with_id(event(4), "a", "body")).await;
}

/// Listed by run, newest first, in pages that never tear a run apart.
pub async fn approvals_are_listed_until_they_are_decided(subject: &mut impl Subject) {
    for number in 1..=3 {
        let store = subject.store();
        let claim = begin(store, number).await;
        let steps = ["a", "b[0].c"].into_iter();
        let ask = Turn {
            approvals: steps
                .map(|id| (step(id), Some(asked(u64::from(number)))))
                .collect(),
            ..turn(1, vec![entry(1, Fact::Suspended { until: FAR })])
        };
        write(store, &claim, ask).await;
    }
    subject.crash().await;
    let store = subject.store();
    let page = |before, limit| Page { before, limit };
    let all = store.approvals(&team(), page(None, 9)).await.unwrap();
    let names: Vec<_> = all
        .asked
        .iter()
        .map(|(run, step, _)| (*run, step.as_str()))
        .collect();
    let wanted = [3, 2, 1].map(|number| [(run(number), "a"), (run(number), "b[0].c")]);
    assert_eq!((names, all.next), (wanted.concat(), None));
    assert_eq!(all.asked[0].2, asked(3));
    let two = store.approvals(&team(), page(None, 3)).await.unwrap();
    assert_eq!((two.asked.len(), two.next), (2, Some(run(3))));
    let rest = store.approvals(&team(), page(two.next, 1)).await.unwrap();
    assert_eq!((rest.asked[0].0, rest.asked.len()), (run(2), 2));
    // One is decided, one goes with its run's end, and those of a parked run stay.
    let mut claims = store.claim(&owner(), FAR, 9).await.unwrap().claimed;
    claims.sort_by_key(|claimed| claimed.claim.run);
    let decided = Turn {
        approvals: vec![(step("a"), None)],
        ..turn(2, vec![result(5, 1)])
    };
    write(store, &claims[0].claim, decided).await;
    commit(store, &claims[1].claim, 2, vec![success(9)])
        .await
        .unwrap();
    commit(store, &claims[2].claim, 2, vec![parking(9)])
        .await
        .unwrap();
    let all = store.approvals(&team(), page(None, 9)).await.unwrap();
    let names: Vec<_> = all
        .asked
        .iter()
        .map(|(run, step, _)| (*run, step.as_str()))
        .collect();
    let wanted = [(run(3), "a"), (run(3), "b[0].c"), (run(1), "b[0].c")];
    assert_eq!(names, wanted);
}

/// A moved run shows the plan that it runs on.
pub async fn a_moved_run_shows_its_plan(subject: &mut impl Subject) {
    let claim = begin(subject.store(), 1).await;
    let plan = mortise_model::Digest::of(b"newer");
    let moved = entry(1, Fact::Moved { plan, version: 4 });
    commit(subject.store(), &claim, 1, vec![moved])
        .await
        .unwrap();
    for _ in 0..2 {
        let row = subject.store().get(&team(), run(1)).await.unwrap().unwrap();
        assert_eq!((row.plan, row.version), (plan, 4));
        subject.crash().await;
    }
    let store = subject.store();
    let claim = claim_all(store).await.pop().unwrap().claim;
    commit(store, &claim, 2, vec![parking(2)]).await.unwrap();
    let woken = store.send(post(1, replay())).await.unwrap();
    assert_eq!(woken, Delivery::Kept);
    for end in [None, Some(success(3))] {
        let row = store.get(&team(), run(1)).await.unwrap().unwrap();
        assert_eq!((row.plan, row.version), (plan, 4), "{}", row.status.word());
        if let Some(end) = end {
            let claim = claim_all(store).await.pop().unwrap().claim;
            commit(store, &claim, 3, vec![end]).await.unwrap();
        }
    }
    let row = store.get(&team(), run(1)).await.unwrap().unwrap();
    assert_eq!((row.version, row.status), (4, Status::Succeeded));
}

fn asked(since: u64) -> Asked {
    Asked {
        since: at(since),
        until: at(since + 100),
    }
}
