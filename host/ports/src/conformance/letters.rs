//! What runs are told.

use mortise_model::{Fact, Letter, Status};

use super::Subject;
use super::fixture::*;
use crate::error::StoreError;
use crate::inbox::{Delivery, LETTERS_MAX, Post};
use crate::journal::{Claim, Turn};
use crate::{Inbox, Journal, Runs, Store};

async fn send(store: &impl Store, number: u32, letter: Letter) -> Delivery {
    store.send(post(number, letter)).await.unwrap()
}

async fn status(store: &impl Store, number: u32) -> Status {
    let row = store.get(&team(), run(number)).await.unwrap();
    row.unwrap().status
}

/// A turn that has read letters and suspends the run until long after.
fn waiting(expected: u32, read: Option<u64>) -> Turn {
    Turn {
        read,
        ..turn(expected, vec![entry(1, Fact::Suspended { until: FAR })])
    }
}

async fn suspend(store: &impl Store, number: u32) {
    let claim = begin(store, number).await;
    store.commit(&claim, waiting(1, None)).await.unwrap();
}

/// What may be claimed at a time long before the runs here are due.
async fn claim_now(store: &impl Store) -> Vec<(Claim, Vec<Letter>)> {
    let work = store.claim(&owner(), at(10), 99).await.unwrap();
    let claimed = work.claimed.into_iter();
    claimed
        .map(|claimed| {
            let letters = claimed.letters.into_iter().map(|(_, letter)| letter);
            (claimed.claim, letters.collect())
        })
        .collect()
}

/// At once, and with the claim comes what it was told, oldest first; also after a crash.
pub async fn a_letter_makes_a_waiting_run_due(subject: &mut impl Subject) {
    suspend(subject.store(), 1).await;
    suspend(subject.store(), 2).await;
    let store = subject.store();
    assert_eq!(status(store, 1).await, Status::Waiting);
    assert_eq!(send(store, 1, callback(10)).await, Delivery::Kept);
    assert_eq!(send(store, 1, callback(9000)).await, Delivery::Kept);
    assert_eq!(status(store, 1).await, Status::Queued);
    for round in ["before a crash", "after a crash"] {
        let claimed = claim_now(subject.store()).await;
        assert_eq!(claimed.len(), 1, "{round}");
        assert_eq!(claimed[0].0.run, run(1));
        assert_eq!(claimed[0].1, [callback(10), callback(9000)], "{round}");
        subject.crash().await;
    }
    assert_eq!(subject.store().live(), 2);
}

/// It may read them while it works, goes on with those that are new, and those that it has read
/// are gone. One that gives its claim up before it has read all is due at once.
pub async fn a_letter_for_a_run_at_work_waits(subject: &mut impl Subject) {
    let store = subject.store();
    let claim = begin(store, 1).await;
    for bytes in 1..=3 {
        assert_eq!(send(store, 1, callback(bytes)).await, Delivery::Kept);
    }
    let renewal = store
        .renew(std::slice::from_ref(&claim), at(1))
        .await
        .unwrap();
    assert_eq!((renewal.letters, renewal.lost), (vec![run(1)], vec![]));
    let letters = store.letters(&claim, None).await.unwrap();
    let numbers: Vec<_> = letters.iter().map(|(number, _)| *number).collect();
    assert!(numbers.is_sorted() && numbers.len() == 3);
    let later = store.letters(&claim, Some(numbers[1])).await.unwrap();
    assert_eq!(later, [(numbers[2], callback(3))]);
    store
        .commit(&claim, waiting(1, Some(numbers[1])))
        .await
        .unwrap();
    let stale = store.letters(&claim, None).await;
    assert_eq!(stale, Err(StoreError::Fenced(run(1))));
    assert_eq!(claim_now(store).await[0].1, [callback(3)]);
    subject.crash().await;
    let store = subject.store();
    let (claim, letters) = claim_now(store).await.remove(0);
    assert_eq!(letters, [callback(3)]);
    let read = Some(numbers[2]);
    store.commit(&claim, waiting(2, read)).await.unwrap();
    assert!(claim_now(store).await.is_empty(), "it has read all");
    assert_eq!(status(store, 1).await, Status::Waiting);
    send(store, 1, callback(4)).await;
    let work = store.claim(&owner(), at(10), 9).await.unwrap();
    let (next, _) = work.claimed[0].letters[0];
    assert!(next > numbers[2], "numbers grow over crashes");
}

/// Whether the first one was read or not, and also after a crash.
pub async fn one_word_keeps_one_letter(subject: &mut impl Subject) {
    suspend(subject.store(), 1).await;
    suspend(subject.store(), 2).await;
    let answer = |number, word: &str| Post {
        once: Some(word.to_owned()),
        ..post(number, callback(5))
    };
    let store = subject.store();
    for expected in [Delivery::Kept, Delivery::Answered] {
        assert_eq!(store.send(answer(1, "ok@0")).await, Ok(expected));
    }
    let others = [answer(1, "ok@7"), answer(2, "ok@0"), post(1, callback(6))];
    for other in others {
        assert_eq!(store.send(other).await, Ok(Delivery::Kept));
    }
    for round in ["not read", "read"] {
        subject.crash().await;
        let store = subject.store();
        let late = store.send(answer(1, "ok@0")).await;
        assert_eq!(late, Ok(Delivery::Answered), "{round}");
        if round == "not read" {
            let (claim, letters) = claim_one(store, 1).await;
            assert_eq!(letters.len(), 3);
            let read = Some(letters[2]);
            store.commit(&claim, waiting(2, read)).await.unwrap();
        }
    }
}

/// The claim of one run, and the numbers of its letters.
async fn claim_one(store: &impl Store, number: u32) -> (Claim, Vec<u64>) {
    let work = store.claim(&owner(), at(10), 99).await.unwrap();
    let mut claimed = work.claimed.into_iter();
    let one = claimed.find(|claimed| claimed.claim.run == run(number));
    let one = one.unwrap();
    let numbers = one.letters.into_iter().map(|(number, _)| number);
    (one.claim, numbers.collect())
}

/// It goes on as the same run; the end that it had counts no more.
pub async fn a_letter_wakes_a_parked_run(subject: &mut impl Subject) {
    finish(subject.store(), event(1), parking(1)).await;
    let store = subject.store();
    assert_eq!(store.live(), 0);
    assert_eq!(send(store, 1, replay()).await, Delivery::Kept);
    assert_eq!((store.live(), status(store, 1).await), (1, Status::Queued));
    let row = store.get(&team(), run(1)).await.unwrap().unwrap();
    assert_eq!((row.finished_at, row.failure), (None, None));
    subject.crash().await;
    let store = subject.store();
    assert_eq!(store.live(), 1);
    let claimed = claim_all(store).await.pop().unwrap();
    assert_eq!(claimed.history.next_sequence, 2);
    assert_eq!(claimed.letters.len(), 1);
    let end = Turn {
        read: Some(claimed.letters[0].0),
        ..turn(2, vec![success(5)])
    };
    store.commit(&claimed.claim, end).await.unwrap();
    for _ in 0..2 {
        let store = subject.store();
        assert_eq!(
            (store.live(), status(store, 1).await),
            (0, Status::Succeeded)
        );
        subject.crash().await;
    }
    let store = subject.store();
    assert_eq!(store.purge(&team(), "orders", LATE, 9).await.unwrap(), 1);
}

/// Until something wakes it; what would pass by is not kept.
pub async fn a_parked_run_keeps_answers(subject: &mut impl Subject) {
    finish(subject.store(), event(1), parking(1)).await;
    let store = subject.store();
    let parked = Delivery::AtRest(Status::Parked);
    assert_eq!(send(store, 1, Letter::Wake).await, parked);
    assert_eq!(send(store, 1, callback(7)).await, Delivery::Kept);
    assert_eq!((store.live(), status(store, 1).await), (0, Status::Parked));
    subject.crash().await;
    let store = subject.store();
    assert!(claim_all(store).await.is_empty());
    send(store, 1, replay()).await;
    let (claim, letters) = claim_now(store).await.remove(0);
    assert_eq!(letters, [callback(7), replay()]);
    // It is parked again before it has read the last one: that is as if it came later.
    commit(store, &claim, 2, vec![parking(3)]).await.unwrap();
    let (claim, letters) = claim_now(store).await.remove(0);
    assert_eq!((letters.len(), store.live()), (2, 1));
    let read = Turn {
        read: Some(u64::MAX),
        ..turn(3, vec![parking(4)])
    };
    store.commit(&claim, read).await.unwrap();
    assert_eq!((store.live(), status(store, 1).await), (0, Status::Parked));
}

/// It says how the run ended. What it had not read goes with its end.
pub async fn a_run_at_rest_is_told_nothing(subject: &mut impl Subject) {
    let store = subject.store();
    let claim = begin(store, 1).await;
    send(store, 1, callback(1)).await;
    commit(store, &claim, 1, vec![success(1)]).await.unwrap();
    let rest = Delivery::AtRest(Status::Succeeded);
    assert_eq!(send(store, 1, callback(1)).await, rest);
    assert_eq!(send(store, 1, replay()).await, rest);
    assert_eq!(send(store, 2, callback(1)).await, Delivery::NoSuchRun);
    let mut other = post(1, callback(1));
    other.namespace = mortise_model::Namespace::from("others");
    assert_eq!(store.send(other).await.unwrap(), Delivery::NoSuchRun);
    subject.crash().await;
    assert_eq!(
        (
            subject.store().live(),
            claim_all(subject.store()).await.len()
        ),
        (0, 0)
    );
}

/// In the same turn: to one at work, one that waits, one that starts with it, and itself.
pub async fn runs_tell_each_other(subject: &mut impl Subject) {
    suspend(subject.store(), 1).await;
    let store = subject.store();
    let claim = begin(store, 2).await;
    let told = [1, 2, 3, 4].map(|number| post(number, callback(5)));
    let tell = Turn {
        starts: vec![event(3)],
        letters: told.into(),
        ..turn(1, vec![entry(1, Fact::Suspended { until: FAR })])
    };
    store.commit(&claim, tell).await.unwrap();
    for _ in 0..2 {
        let mut claimed = claim_now(subject.store()).await;
        claimed.sort_by_key(|(claim, _)| claim.run);
        let runs: Vec<_> = claimed.iter().map(|(claim, _)| claim.run).collect();
        assert_eq!(runs, [run(1), run(2), run(3)]);
        assert!(claimed.iter().all(|(_, letters)| *letters == [callback(5)]));
        subject.crash().await;
    }
}

/// As many as allowed, until some are read.
pub async fn letters_have_a_limit(subject: &mut impl Subject) {
    let store = subject.store();
    let claim = begin(store, 1).await;
    // What runs tell each other is never refused, and counts.
    let many = Turn {
        letters: vec![post(1, Letter::Wake); LETTERS_MAX],
        ..turn(1, vec![result(1, 1)])
    };
    store.commit(&claim, many).await.unwrap();
    assert_eq!(send(store, 1, Letter::Wake).await, Delivery::TooMany);
    let letters = store.letters(&claim, None).await.unwrap();
    assert_eq!(letters.len(), LETTERS_MAX);
    let read = Turn {
        read: Some(letters[0].0),
        ..turn(2, vec![result(1, 1)])
    };
    store.commit(&claim, read).await.unwrap();
    assert_eq!(send(store, 1, Letter::Wake).await, Delivery::Kept);
    assert_eq!(send(store, 1, Letter::Wake).await, Delivery::TooMany);
}

/// For the life of the store.
pub async fn the_callback_key_stays(subject: &mut impl Subject) {
    let key = subject.store().callback_key();
    assert_ne!(key, [0; 32]);
    subject.crash().await;
    assert_eq!(subject.store().callback_key(), key);
}
