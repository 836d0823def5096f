//! What is removed, and what is not.

use mortise_model::StepPath;
use mortise_model::entry::LogLine;

use super::Subject;
use super::fixture::*;
use crate::error::StoreError;
use crate::journal::{Admission, Asked, Turn};
use crate::logs::AttemptKey;
use crate::runs::Page;
use crate::{Files, Inbox, Journal, Logs, Payloads, Runs};

/// With its entries, payloads, files, logs and the key of its event.
pub async fn a_run_goes_whole(subject: &mut impl Subject) {
    let store = subject.store();
    let digest = store.put(&team(), run(1), vec![7; 100_000]).await.unwrap();
    let file = store
        .put_file(&team(), run(1), vec![7; 9].into())
        .await
        .unwrap();
    accept(store, with_id(event(1), "a", "body")).await;
    let claim = claim_all(store).await.pop().unwrap().claim;
    let attempt = AttemptKey {
        step: StepPath::from("map"),
        turn: 0,
        attempt: 1,
    };
    let line = LogLine {
        at: at(1),
        level: "info".to_owned(),
        message: "done".to_owned(),
        fields: Vec::new(),
    };
    store
        .append(&team(), run(1), &attempt, vec![line])
        .await
        .unwrap();
    commit(store, &claim, 1, vec![success(10)]).await.unwrap();
    assert_eq!(store.purge(&team(), "orders", at(11), 9).await.unwrap(), 1);
    subject.crash().await;
    let store = subject.store();
    assert!(entries(store, &team(), run(1)).await.is_empty());
    assert_eq!(store.get(&team(), run(1)).await.unwrap(), None);
    assert!(Logs::read(store, &team(), run(1)).await.unwrap().is_empty());
    let payload = Payloads::read(store, &team(), run(1), digest, None).await;
    assert!(matches!(payload, Err(StoreError::Damaged(_))));
    assert_eq!(store.file_size(&team(), run(1), file).await, Ok(None));
    let again = vec![with_id(event(2), "a", "body")];
    let admissions = store.accept(again).await.unwrap();
    assert_eq!(admissions, [Admission::New(run(2))]);
}

/// Parked runs, other workflows, runs that finished later, runs that did not finish.
pub async fn what_must_stay_stays(subject: &mut impl Subject) {
    let store = subject.store();
    finish(store, event(1), parking(10)).await;
    finish(
        store,
        event_of(&team(), "invoices", 2, json(1)),
        success(10),
    )
    .await;
    finish(store, event(3), success(20)).await;
    begin(store, 4).await;
    assert_eq!(store.purge(&team(), "orders", at(20), 9).await.unwrap(), 0);
    for number in 1..=4 {
        assert!(store.get(&team(), run(number)).await.unwrap().is_some());
    }
    assert_eq!(store.purge(&team(), "orders", at(21), 9).await.unwrap(), 1);
    assert_eq!(store.get(&team(), run(3)).await.unwrap(), None);
}

/// Nothing of a run is left that was parked once, was told things and asked for decisions: a later
/// one with its id would find none of it.
pub async fn what_runs_were_told_goes_with_them(subject: &mut impl Subject) {
    let store = subject.store();
    let claim = begin(store, 1).await;
    let ask = Turn {
        approvals: vec![(
            step("ok"),
            Some(Asked {
                since: at(1),
                until: at(2),
            }),
        )],
        ..turn(1, vec![parking(1)])
    };
    store.commit(&claim, ask).await.unwrap();
    store.send(post(1, callback(9000))).await.unwrap();
    assert_eq!(store.purge(&team(), "orders", LATE, 9).await.unwrap(), 0);
    store.send(post(1, replay())).await.unwrap();
    let claim = claim_all(store).await.pop().unwrap().claim;
    commit(store, &claim, 2, vec![success(2)]).await.unwrap();
    assert_eq!(store.purge(&team(), "orders", LATE, 9).await.unwrap(), 1);
    subject.crash().await;
    let store = subject.store();
    let page = Page {
        before: None,
        limit: 9,
    };
    assert!(
        store
            .approvals(&team(), page)
            .await
            .unwrap()
            .asked
            .is_empty()
    );
    accept(store, event(1)).await;
    let claimed = claim_all(store).await.pop().unwrap();
    assert_eq!(
        (claimed.history.next_sequence, claimed.letters.len()),
        (1, 0)
    );
}

/// The oldest first, and no more than asked for.
pub async fn the_limit_holds(subject: &mut impl Subject) {
    let store = subject.store();
    for number in 1..=5 {
        finish(store, event(number), success(10)).await;
    }
    for left in [2, 2, 1, 0] {
        assert_eq!(store.purge(&team(), "orders", LATE, 2).await.unwrap(), left);
    }
}
