//! One run for one event.

use mortise_model::{Json, Status};

use super::Subject;
use super::fixture::*;
use crate::journal::{Acceptance, Admission, Dedupe, Place};
use crate::{Inbox, Journal, Payloads, Runs, Triggers};

/// With the same body it is a repetition, with another a conflict; neither starts a run.
pub async fn the_same_event_starts_one_run(subject: &mut impl Subject) {
    let store = subject.store();
    accept(store, with_id(event(1), "a", "body")).await;
    let events = vec![
        with_id(event(2), "a", "body"),
        with_id(event(3), "a", "other"),
        with_id(event(4), "b", "body"),
    ];
    let admissions = store.accept(events).await.unwrap();
    let wanted = [
        Admission::Duplicate(run(1)),
        Admission::Conflict(run(1)),
        Admission::New(run(4)),
    ];
    assert_eq!(admissions, wanted);
    assert_eq!(store.live(), 2);
    assert_eq!(store.get(&team(), run(2)).await.unwrap(), None);
    assert!(entries(store, &team(), run(3)).await.is_empty());
}

/// They are told apart before the first of them is durable.
pub async fn equal_events_of_one_call_start_one_run(subject: &mut impl Subject) {
    let store = subject.store();
    let events = vec![
        with_id(event(1), "a", "body"),
        with_id(event(2), "a", "body"),
        with_id(event(3), "a", "other"),
    ];
    let admissions = store.accept(events).await.unwrap();
    let wanted = [
        Admission::New(run(1)),
        Admission::Duplicate(run(1)),
        Admission::Conflict(run(1)),
    ];
    assert_eq!(admissions, wanted);
    assert_eq!(claim_all(store).await.len(), 1);
}

/// Another trigger or workflow may use the same id.
pub async fn an_id_belongs_to_its_trigger(subject: &mut impl Subject) {
    let store = subject.store();
    accept(store, with_id(event(1), "a", "body")).await;
    let mut other = with_id(event(2), "a", "body");
    "other".clone_into(&mut first(&mut other).origin.trigger);
    accept(store, other).await;
    let other = event_of(&team(), "invoices", 3, json(1));
    accept(store, with_id(other, "a", "body")).await;
    assert_eq!(store.live(), 3);
}

/// And when its run is at rest.
pub async fn a_known_event_is_known_after_a_crash(subject: &mut impl Subject) {
    finish(subject.store(), with_id(event(1), "a", "body"), success(1)).await;
    subject.crash().await;
    let again = vec![with_id(event(2), "a", "body")];
    let admissions = subject.store().accept(again).await.unwrap();
    assert_eq!(admissions, [Admission::Duplicate(run(1))]);
}

/// Even where they are equal.
pub async fn events_without_a_key_are_all_new(subject: &mut impl Subject) {
    let store = subject.store();
    let admissions = store.accept(vec![event(1), event(2)]).await.unwrap();
    let wanted = [Admission::New(run(1)), Admission::New(run(2))];
    assert_eq!(admissions, wanted);
    assert!(store.accept(Vec::new()).await.unwrap().is_empty());
}

/// Also with a known one: the trigger has seen it, and goes on behind it.
pub async fn memory_is_kept_with_the_event(subject: &mut impl Subject) {
    for (number, memory) in [(1, "\"one\""), (2, "\"two\"")] {
        let store = subject.store();
        let mut event = with_id(event(number), "a", "body");
        let memory = Json::parse(memory).unwrap();
        event.memory = Some(remember(memory.clone(), None));
        store.put(&team(), run(number), vec![1; 10]).await.unwrap();
        store.accept(vec![event]).await.unwrap();
        subject.crash().await;
        let kept = subject.store().memory(&trigger()).await.unwrap();
        assert_eq!(kept, Some(memory));
    }
    assert_eq!(subject.store().live(), 1);
}

/// A sender may call its events what it likes.
pub async fn long_ids_are_told_apart(subject: &mut impl Subject) {
    let store = subject.store();
    let ids: Vec<_> = [199, 200, 201, 5000]
        .map(|length| "i".repeat(length))
        .into();
    for (number, id) in (1..).zip(&ids) {
        accept(store, with_id(event(number), id, "body")).await;
    }
    for (number, id) in (1..).zip(&ids) {
        let again = with_id(event(100 + number), id, "body");
        let admissions = store.accept(vec![again]).await.unwrap();
        assert_eq!(admissions, [Admission::Duplicate(run(number))]);
    }
}

fn with_key(number: u32, key: &str, until: u64) -> Acceptance {
    let mut event = event(number);
    event.dedupe.push(Dedupe::Key {
        key: key.to_owned(),
        until: at(until),
    });
    event
}

/// Whatever the body; of another workflow it is another.
pub async fn a_key_starts_one_run_until_its_time(subject: &mut impl Subject) {
    finish(subject.store(), with_key(1, "k", 50), success(2)).await;
    subject.crash().await;
    let store = subject.store();
    let known = vec![with_key(2, "k", 90), with_key(49, "k", 90)];
    let admissions = store.accept(known).await.unwrap();
    assert_eq!(admissions, [Admission::Duplicate(run(1)); 2]);
    let mut other = with_key(3, "k", 90);
    first(&mut other).workflow = "invoices".into();
    accept(store, other).await;
    accept(store, with_key(4, "l", 90)).await;
    let over = vec![with_key(50, "k", 90), with_key(51, "k", 95)];
    let admissions = store.accept(over).await.unwrap();
    let wanted = [Admission::New(run(50)), Admission::Duplicate(run(50))];
    assert_eq!(admissions, wanted);
}

/// It outlives its run, and goes when its time is over.
pub async fn a_key_outlives_its_run(subject: &mut impl Subject) {
    let store = subject.store();
    for (number, key, until) in [(1, "k", 50), (3, "l", 60)] {
        accept(store, with_key(number, key, until)).await;
        let mut work = store.claim(&owner(), at(3), 9).await.unwrap();
        let claim = work.claimed.remove(0).claim;
        commit(store, &claim, 1, vec![success(4)]).await.unwrap();
    }
    assert_eq!(store.purge(&team(), "orders", at(10), 9).await.unwrap(), 2);
    let known = store.accept(vec![with_key(5, "k", 90)]).await.unwrap();
    assert_eq!(known, [Admission::Duplicate(run(1))]);
    subject.crash().await;
    let store = subject.store();
    // Another run takes it when its time is over, and what is swept later leaves that alone.
    accept(store, with_key(55, "k", 90)).await;
    store.purge(&team(), "orders", at(70), 9).await.unwrap();
    let admissions = vec![with_key(80, "k", 99), with_key(81, "l", 99)];
    let admissions = store.accept(admissions).await.unwrap();
    let wanted = [Admission::Duplicate(run(55)), Admission::New(run(81))];
    assert_eq!(admissions, wanted);
}

/// One event may be known by its id or by its key.
pub async fn any_of_several_is_enough(subject: &mut impl Subject) {
    let store = subject.store();
    let both = |number, id, key| with_id(with_key(number, key, 90), id, "body");
    accept(store, both(1, "a", "k")).await;
    let events = vec![both(2, "a", "l"), both(3, "b", "k"), both(4, "b", "l")];
    let admissions = store.accept(events).await.unwrap();
    let wanted = [
        Admission::Duplicate(run(1)),
        Admission::Duplicate(run(1)),
        Admission::New(run(4)),
    ];
    assert_eq!(admissions, wanted, "a refused event leaves nothing behind");
}

/// Its row says so at once, nobody claims it, and it may be replayed.
pub async fn an_event_may_end_its_run_at_once(subject: &mut impl Subject) {
    let mut parked = with_id(event(1), "a", "body");
    parked.entries.push(parking(1));
    parked.place = Some(Place {
        key: "k".to_owned(),
        limit: 1,
        skip: true,
        queue_max: 0,
    });
    let mut failed = event(2);
    failed.entries.push(success(2));
    failed.place = parked.place.clone();
    let store = subject.store();
    let admissions = store.accept(vec![parked, failed]).await.unwrap();
    let wanted = [Admission::New(run(1)), Admission::New(run(2))];
    assert_eq!(admissions, wanted);
    assert_eq!(store.live(), 0);
    subject.crash().await;
    let store = subject.store();
    assert_eq!((store.live(), claim_all(store).await.len()), (0, 0));
    let row = store.get(&team(), run(1)).await.unwrap().unwrap();
    assert_eq!((row.status, row.finished_at), (Status::Parked, Some(at(1))));
    assert_eq!(entries(store, &team(), run(1)).await.len(), 2);
    store.send(post(1, replay())).await.unwrap();
    let claimed = claim_all(store).await.pop().unwrap();
    assert_eq!(claimed.history.next_sequence, 2);
    let known = store.accept(vec![with_id(event(3), "a", "body")]).await;
    assert_eq!(known, Ok(vec![Admission::Duplicate(run(1))]));
}
