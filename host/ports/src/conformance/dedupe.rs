//! One run for one event.

use mortise_model::Json;

use super::Subject;
use super::fixture::*;
use crate::journal::Admission;
use crate::{Journal, Payloads, Runs, Triggers};

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
