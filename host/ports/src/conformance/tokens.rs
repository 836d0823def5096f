//! Tokens and the audit log.

use mortise_model::id::{Digest, TokenId};

use super::Subject;
use super::fixture::*;
use crate::audit::{Audit, AuditEntry, AuditHead, Deed};
use crate::tokens::{Scope, Token, Tokens};

fn deed(target: &str) -> Deed {
    Deed {
        at: at(1),
        who: "daemon.json".to_owned(),
        what: "runs.cancel".to_owned(),
        namespace: Some(team()),
        target: target.to_owned(),
        before: None,
        after: Some(Digest::of(target.as_bytes())),
    }
}

fn token(number: u64) -> Token {
    Token {
        id: TokenId::from_parts(number, 0),
        digest: Digest::of(&number.to_be_bytes()),
        scopes: vec![Scope::Read, Scope::Run],
        namespace: Some(team()),
        note: "n".repeat(5000),
        by: "daemon.json".to_owned(),
        created_at: at(1),
        expires_at: at(2),
    }
}

fn follow(entries: &[AuditEntry]) -> Option<AuditHead> {
    let mut head = None;
    for entry in entries {
        assert_eq!(AuditHead::misfit(head, entry), None);
        head = Some(entry.head());
    }
    head
}

/// With its entry in the audit log, also after a crash.
pub async fn a_token_is_kept_until_it_is_removed(subject: &mut impl Subject) {
    let store = subject.store();
    let (first, second) = (token(1), token(2));
    for token in [&second, &first] {
        store.keep_token(token.clone(), deed("kept")).await.unwrap();
    }
    subject.crash().await;
    let store = subject.store();
    let kept = store.tokens().await.unwrap();
    assert_eq!(kept, [first.clone(), second.clone()]);
    store.remove_token(&first.id, deed("gone")).await.unwrap();
    store.remove_token(&first.id, deed("gone")).await.unwrap();
    subject.crash().await;
    let store = subject.store();
    assert_eq!(store.tokens().await.unwrap(), [second]);
    let audited = store.audited(0, 9).await.unwrap();
    let targets: Vec<_> = audited
        .iter()
        .map(|entry| entry.deed.target.as_str())
        .collect();
    assert_eq!(targets, ["kept", "kept", "gone", "gone"]);
    follow(&audited);
}

/// However many are added at the same moment, and whenever the process dies.
pub async fn deeds_form_one_chain(subject: &mut impl Subject) {
    let store = subject.store();
    assert_eq!(store.audit_head().await.unwrap(), None);
    for _ in 0..2 {
        let store = subject.store();
        let texts = ["a", "b", "c"];
        let added = all_of(texts.map(|text| store.audit(deed(text)))).await;
        assert!(added.iter().all(Result::is_ok));
        subject.crash().await;
    }
    let store = subject.store();
    let entries = store.audited(0, 100).await.unwrap();
    assert_eq!(entries.len(), 6);
    assert_eq!(follow(&entries), store.audit_head().await.unwrap());
    assert_eq!(store.audited(2, 3).await.unwrap(), entries[2..5]);
    assert_eq!(store.audited(6, 3).await.unwrap(), []);
}

/// Polls all of them in turn; the ports know no runtime.
async fn all_of<F: Future, const N: usize>(futures: [F; N]) -> Vec<F::Output> {
    let mut futures = futures.map(|future| (Box::pin(future), None));
    std::future::poll_fn(|context| {
        for (future, output) in &mut futures {
            if output.is_none()
                && let std::task::Poll::Ready(value) = future.as_mut().poll(context)
            {
                *output = Some(value);
            }
        }
        match futures.iter().all(|(_, output)| output.is_some()) {
            true => std::task::Poll::Ready(()),
            false => std::task::Poll::Pending,
        }
    })
    .await;
    futures
        .into_iter()
        .filter_map(|(_, output)| output)
        .collect()
}
