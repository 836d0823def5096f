//! Sealed documents.

use mortise_model::{Json, Timestamp};

use super::Subject;
use super::fixture::*;
use crate::Secrets;
use crate::error::StoreError;
use crate::secrets::{Sealed, SealedChange, SealedPlace};

fn shop() -> SealedPlace {
    SealedPlace::Connection(team(), "shop".into())
}

fn change(place: SealedPlace, expected: u64, document: Option<Json>) -> SealedChange {
    SealedChange {
        place,
        expected,
        document,
    }
}

/// Also after a crash.
pub async fn a_document_is_replaced_by_who_has_read_it(subject: &mut impl Subject) {
    let store = subject.store();
    let put = async |expected, document| {
        store
            .put_sealed(vec![change(shop(), expected, document)])
            .await
    };
    assert_eq!(store.sealed(&shop()).await.unwrap(), None);
    put(0, Some(json(9000))).await.unwrap();
    put(1, Some(json(2))).await.unwrap();
    for expected in [0, 1, 3] {
        let refused = put(expected, Some(json(3))).await;
        let wanted = StoreError::Revision {
            expected,
            actual: 2,
        };
        assert_eq!(refused, Err(wanted));
    }
    subject.crash().await;
    let store = subject.store();
    let kept = store.sealed(&shop()).await.unwrap();
    let revision = 2;
    let document = json(2);
    assert_eq!(kept, Some(Sealed { revision, document }));
    let removal = change(shop(), 2, None);
    store.put_sealed(vec![removal]).await.unwrap();
    assert_eq!(store.sealed(&shop()).await.unwrap(), None);
}

/// As when all are sealed with another key.
pub async fn several_documents_change_together_or_not_at_all(subject: &mut impl Subject) {
    let store = subject.store();
    let first = change(SealedPlace::Key, 0, Some(json(1)));
    let wrong = change(shop(), 1, Some(json(2)));
    let refused = store.put_sealed(vec![first.clone(), wrong]).await;
    assert!(matches!(refused, Err(StoreError::Revision { .. })));
    assert_eq!(store.sealed(&SealedPlace::Key).await.unwrap(), None);
    let right = change(shop(), 0, Some(json(2)));
    store.put_sealed(vec![first, right]).await.unwrap();
    subject.crash().await;
    for place in [SealedPlace::Key, shop()] {
        let kept = subject.store().sealed(&place).await.unwrap();
        assert_eq!(kept.unwrap().revision, 1);
    }
}

/// By namespace and name.
pub async fn connections_are_listed_without_the_key(subject: &mut impl Subject) {
    let store = subject.store();
    let mail = SealedPlace::Connection(team(), "mail".into());
    let changes = [SealedPlace::Key, shop(), mail.clone()];
    let changes = changes.map(|place| change(place, 0, Some(json(5000))));
    store.put_sealed(changes.to_vec()).await.unwrap();
    let listed = store.sealed_connections().await.unwrap();
    let places: Vec<_> = listed.into_iter().map(|(place, _)| place).collect();
    assert_eq!(places, [mail, shop()]);
}

/// Until it is released, until its time is up, or until the process is gone.
pub async fn a_right_is_held_by_one(subject: &mut impl Subject) {
    let store = subject.store();
    let lease = async |now, until| {
        let times = (Timestamp(now), Timestamp(until));
        store.lease(&shop(), times).await.unwrap()
    };
    assert!(lease(1, 10).await);
    assert!(!lease(9, 20).await);
    assert!(lease(10, 20).await, "its time is up");
    let mail = SealedPlace::Connection(team(), "mail".into());
    let other = store.lease(&mail, (Timestamp(10), Timestamp(20))).await;
    assert_eq!(other, Ok(true), "of another document");
    store.release(&shop()).await.unwrap();
    assert!(lease(11, 20).await);
    subject.crash().await;
    let store = subject.store();
    let after = store.lease(&shop(), (Timestamp(12), Timestamp(20))).await;
    assert_eq!(after, Ok(true), "who had it is gone");
}
