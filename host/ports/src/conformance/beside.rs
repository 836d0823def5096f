//! What is kept beside the journal.

use mortise_model::entry::LogLine;
use mortise_model::id::Digest;
use mortise_model::{Json, StepPath};

use super::Subject;
use super::fixture::*;
use crate::error::StoreError;
use crate::logs::AttemptKey;
use crate::triggers::Memory;
use crate::{Logs, Payloads, Triggers};

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
