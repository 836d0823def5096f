//! What is kept beside the journal.

use bytes::Bytes;
use mortise_model::entry::LogLine;
use mortise_model::id::{Digest, Namespace};
use mortise_model::{Json, StepPath};

use super::Subject;
use super::fixture::*;
use crate::error::StoreError;
use crate::files::FILE_MIN_BYTES;
use crate::gates::GateKey;
use crate::journal::{Acceptance, Owner, Turn};
use crate::logs::AttemptKey;
use crate::triggers::Memory;
use crate::{Files, Gates, Journal, Logs, Payloads, Runs, Triggers};

/// Also after a crash; keeping one twice is harmless.
pub async fn payloads_are_read_whole_and_in_part(subject: &mut impl Subject) {
    let bytes: Vec<u8> = (0..=255).cycle().take(70_000).collect();
    let store = subject.store();
    accept(store, event(1)).await;
    let digest = store.put(&team(), run(1), bytes.clone()).await.unwrap();
    assert_eq!(digest, Digest::of(&bytes));
    let again = store.put(&team(), run(1), bytes.clone()).await.unwrap();
    assert_eq!(again, digest);
    subject.crash().await;
    let store = subject.store();
    let read = async |range| {
        Payloads::read(store, &team(), run(1), digest, range)
            .await
            .unwrap()
    };
    assert_eq!(read(None).await, bytes);
    assert_eq!(read(Some(10..20)).await, bytes[10..20]);
    assert_eq!(read(Some(69_990..80_000)).await, bytes[69_990..]);
    assert!(read(Some(80_000..90_000)).await.is_empty());
}

/// It is not an empty one.
pub async fn a_missing_payload_is_damage(subject: &mut impl Subject) {
    let store = subject.store();
    for range in [None, Some(0..10)] {
        let read = Payloads::read(store, &team(), run(1), Digest::of(b"x"), range).await;
        assert!(matches!(read, Err(StoreError::Damaged(_))));
    }
}

/// Of another run or namespace nobody finds them, and payloads are none.
pub async fn files_belong_to_their_run(subject: &mut impl Subject) {
    let content = Bytes::from(vec![7; 70_000]);
    let store = subject.store();
    accept(store, event(1)).await;
    let payload = store.put(&team(), run(1), vec![8; 70_000]).await.unwrap();
    let mut kept = Vec::new();
    for content in [
        content.clone(),
        content.clone(),
        Bytes::from_static(b"small"),
    ] {
        let digest = store.put_file(&team(), run(1), content.clone()).await;
        assert_eq!(digest, Ok(Digest::of(&content)));
        kept.push(Digest::of(&content));
    }
    subject.crash().await;
    let store = subject.store();
    let (large, small) = (kept[0], kept[2]);
    assert_eq!(store.read_file(&team(), run(1), large).await, Ok(content));
    let opened = store.open_file(&team(), run(1), large).await.unwrap();
    assert_eq!(opened.size_bytes(), 70_000);
    for (offset, length, expected) in [(0, 5, 5), (69_998, 5, 2), (70_000, 5, 0), (u64::MAX, 5, 0)]
    {
        let part = opened.read(offset, length).unwrap();
        assert_eq!(part, vec![7; expected]);
    }
    assert_eq!(
        store.file_size(&team(), run(1), large).await,
        Ok(Some(70_000))
    );
    assert_eq!(store.file_size(&team(), run(1), small).await, Ok(Some(5)));
    let total = store.files_bytes(&team(), run(1)).await;
    assert_eq!(total, Ok(70_000 + FILE_MIN_BYTES));
    assert_eq!(store.files_bytes(&team(), run(2)).await, Ok(0));
    let elsewhere = Namespace::from("elsewhere");
    for (namespace, run, digest) in [
        (&team(), run(1), payload),
        (&team(), run(2), large),
        (&elsewhere, run(1), large),
    ] {
        assert_eq!(store.file_size(namespace, run, digest).await, Ok(None));
        let read = store.read_file(namespace, run, digest).await;
        assert!(matches!(read, Err(StoreError::Damaged(_))));
        let opened = store.open_file(namespace, run, digest).await;
        assert!(matches!(opened, Err(StoreError::Damaged(_))));
    }
    let read = Payloads::read(store, &team(), run(1), large, None).await;
    assert!(matches!(read, Err(StoreError::Damaged(_))));
}

/// Attempt by attempt; durable with the next commit.
pub async fn logs_are_kept_in_order(subject: &mut impl Subject) {
    let claim = begin(subject.store(), 1).await;
    let attempt = |step: &str, attempt| AttemptKey {
        step: StepPath::from(step),
        turn: 0,
        attempt,
    };
    let line = |message: &str| LogLine {
        at: at(1),
        level: "info".to_owned(),
        message: message.to_owned(),
        fields: vec![("n".to_owned(), "1".to_owned())],
    };
    let wanted = vec![
        (
            attempt("post", 1),
            vec![line("one"), line(&"l".repeat(9000))],
        ),
        (attempt("post", 2), vec![line("three")]),
        (attempt("map", 1), vec![line("four")]),
    ];
    let store = subject.store();
    for (attempt, lines) in wanted.clone() {
        store
            .append(&team(), run(1), &attempt, lines)
            .await
            .unwrap();
    }
    store
        .append(&team(), run(1), &attempt("map", 2), Vec::new())
        .await
        .unwrap();
    commit(store, &claim, 1, vec![result(1, 1)]).await.unwrap();
    subject.crash().await;
    let read = Logs::read(subject.store(), &team(), run(1)).await.unwrap();
    assert_eq!(read, wanted);
    assert!(
        Logs::read(subject.store(), &team(), run(2))
            .await
            .unwrap()
            .is_empty()
    );
}

/// Longer or shorter than before.
pub async fn triggers_remember_the_last(subject: &mut impl Subject) {
    assert_eq!(subject.store().memory(&trigger()).await.unwrap(), None);
    for bytes in [10, 20_000, 5000, 3] {
        let memory = remember(json(bytes), None);
        subject.store().save(memory).await.unwrap();
        subject.crash().await;
        let kept = subject.store().memory(&trigger()).await.unwrap();
        assert_eq!(kept, Some(json(bytes)));
    }
    let mut other = trigger();
    "other".clone_into(&mut other.trigger);
    assert_eq!(subject.store().memory(&other).await.unwrap(), None);
    let memory = Memory {
        trigger: other,
        fence: None,
        value: Json::null(),
    };
    subject.store().save(memory).await.unwrap();
    let kept = subject.store().memory(&trigger()).await.unwrap();
    assert_eq!(kept, Some(json(3)));
}

fn polling(name: &str, lease_ms: u64) -> Owner {
    Owner {
        name: name.to_owned(),
        lease_ms,
    }
}

/// Until the lease runs out or the process dies; its fence grows with every change of hands.
pub async fn a_trigger_is_held_by_one(subject: &mut impl Subject) {
    let store = subject.store();
    let (one, two) = (polling("one", 10), polling("two", 10));
    let hold = async |owner, ms| store.hold(&trigger(), owner, at(ms)).await.unwrap();
    let first = hold(&one, 0).await.unwrap();
    assert_eq!(hold(&two, 9).await, None);
    assert_eq!(hold(&one, 9).await, Some(first), "it prolongs its lease");
    assert_eq!(hold(&two, 18).await, None);
    let mut other = trigger();
    "other".clone_into(&mut other.trigger);
    assert!(store.hold(&other, &two, at(18)).await.unwrap().is_some());
    let second = hold(&two, 19).await.unwrap();
    assert!(second > first);
    assert_eq!(hold(&one, 19).await, None);
    subject.crash().await;
    let store = subject.store();
    let third = store.hold(&trigger(), &one, at(20)).await.unwrap().unwrap();
    assert!(third > second, "fences grow over crashes");
}

/// Neither by itself nor with an event; all of what was to be written is refused.
pub async fn an_outdated_holder_writes_nothing(subject: &mut impl Subject) {
    let store = subject.store();
    let (one, two) = (polling("one", 10), polling("two", 10));
    let old = store.hold(&trigger(), &one, at(0)).await.unwrap();
    store.save(remember(json(1), old)).await.unwrap();
    let new = store.hold(&trigger(), &two, at(10)).await.unwrap();
    assert!(new > old);
    let refused = store.save(remember(json(2), old)).await;
    assert_eq!(refused, Err(StoreError::Outdated));
    let with = |number, memory| Acceptance {
        memory: Some(memory),
        ..event(number)
    };
    let events = vec![
        with(1, remember(json(3), new)),
        with(2, remember(json(4), old)),
    ];
    let refused = store.accept(events).await;
    assert_eq!(refused, Err(StoreError::Outdated));
    assert_eq!(store.live(), 0);
    assert_eq!(store.memory(&trigger()).await.unwrap(), Some(json(1)));
    let claim = begin(store, 3).await;
    let start = Turn {
        starts: vec![with(4, remember(json(5), old))],
        ..turn(1, vec![result(1, 1)])
    };
    assert_eq!(store.commit(&claim, start).await, Err(StoreError::Outdated));
    commit(store, &claim, 1, vec![success(1)]).await.unwrap();
    accept(store, with(5, remember(json(6), new))).await;
    assert_eq!(store.memory(&trigger()).await.unwrap(), Some(json(6)));
    subject.crash().await;
    let refused = subject.store().save(remember(json(7), new)).await;
    assert_eq!(refused, Err(StoreError::Outdated), "its hold died with it");
    let store = subject.store();
    store.save(remember(json(8), None)).await.unwrap();
    assert_eq!(store.memory(&trigger()).await.unwrap(), Some(json(8)));
}

/// Until it is forgotten.
pub async fn what_is_remembered_is_listed(subject: &mut impl Subject) {
    let store = subject.store();
    let mut other = remember(json(9000), None);
    other.trigger.workflow = "gone".into();
    store.save(other.clone()).await.unwrap();
    store.save(remember(json(1), None)).await.unwrap();
    let mut others = remember(json(1), None);
    others.trigger.namespace = "others".into();
    store.save(others).await.unwrap();
    let known = store.remembered(&team()).await.unwrap();
    assert_eq!(known, [other.trigger.clone(), trigger()]);
    store.forget(&other.trigger).await.unwrap();
    store.forget(&other.trigger).await.unwrap();
    subject.crash().await;
    let store = subject.store();
    assert_eq!(store.remembered(&team()).await.unwrap(), [trigger()]);
    assert_eq!(store.memory(&other.trigger).await.unwrap(), None);
}

/// The last state of each, at once, and after a crash once something was committed.
pub async fn gates_remember_the_last(subject: &mut impl Subject) {
    let gate = |name: &str| GateKey {
        namespace: team(),
        connection: name.into(),
    };
    let store = subject.store();
    assert_eq!(store.gates().await.unwrap(), []);
    for (name, bytes) in [("shop", 9000), ("mail", 2), ("shop", 1)] {
        store.save_gate(&gate(name), json(bytes)).await.unwrap();
    }
    let wanted = [(gate("mail"), json(2)), (gate("shop"), json(1))];
    assert_eq!(store.gates().await.unwrap(), wanted);
    store.save_gate(&gate("mail"), json(3)).await.unwrap();
    accept(store, event(1)).await;
    subject.crash().await;
    let wanted = [(gate("mail"), json(3)), (gate("shop"), json(1))];
    assert_eq!(subject.store().gates().await.unwrap(), wanted);
}
