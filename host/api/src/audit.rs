//! What people did: how it is described, listed, and held against itself.

use mortise_model::{Digest, Json, Namespace, Timestamp};
use mortise_ports::audit::{AuditEntry, AuditHead, Deed};
use mortise_ports::inbox::Post;
use mortise_ports::{Audit, Store, StoreError};
use serde::Serialize;
use serde_json::json;

use crate::connections::{Done, Keep, KeepError, Order};

/// Entries that are read in one go.
const PAGE: usize = 500;

/// What a deed changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What it was done to.
    pub target: String,
    /// What was there before.
    pub before: Option<Digest>,
    /// What is there now.
    pub after: Option<Digest>,
}

impl Change {
    /// A change of something, where nothing more can be said.
    #[must_use]
    pub fn of(target: impl Into<String>) -> Self {
        Self {
            target: target.into(),
            before: None,
            after: None,
        }
    }

    /// As the audit log takes it.
    #[must_use]
    pub fn deed(
        self,
        (who, what): (&str, &str),
        namespace: Option<Namespace>,
        at: Timestamp,
    ) -> Deed {
        Deed {
            at,
            who: who.to_owned(),
            what: what.to_owned(),
            namespace,
            target: self.target,
            before: self.before,
            after: self.after,
        }
    }
}

/// The digest of a value as JSON.
#[must_use]
pub fn digest<T: Serialize + ?Sized>(value: &T) -> Digest {
    Digest::of(&serde_json::to_vec(value).unwrap_or_default())
}

/// What a letter changes about a run: before it stands where the run stood, after it the letter.
///
/// # Errors
/// Where the run cannot be read.
pub async fn of_post<S: Store>(store: &S, post: &Post) -> Result<Change, StoreError> {
    let row = store.get(&post.namespace, post.run).await?;
    let stood = row.map(|row| {
        digest(&json!({
            "status": row.status.word(), "plan": row.plan, "version": row.version,
        }))
    });
    Ok(Change {
        target: post.run.to_string(),
        before: stood,
        after: Json::of(&post.letter).ok().map(|letter| digest(&letter)),
    })
}

/// What is active in a namespace.
///
/// # Errors
/// Where it cannot be read.
pub async fn active<S: Store>(store: &S, namespace: &Namespace) -> Result<Digest, StoreError> {
    let active = store.active(namespace).await?;
    let plans = active.plans.iter();
    let plans: Vec<_> = plans.map(|p| (p.version, p.digest)).collect();
    let mut whole = json!({ "plans": plans, "paused": active.paused });
    if !active.rollouts.is_empty() {
        whole["rollouts"] = json!(active.rollouts);
    }
    Ok(digest(&whole))
}

/// Carries out an order about connections, and says what it changed; nothing where it only looked.
///
/// # Errors
/// Why it was not carried out.
pub async fn keep(
    keeper: &dyn Keep,
    namespace: &Namespace,
    order: Order,
) -> Result<(Done, Option<Change>), KeepError> {
    let target = match &order {
        Order::List => return Ok((keeper.keep(namespace.clone(), order).await?, None)),
        Order::Add(add) => add.name.clone(),
        Order::Rotate(name, _)
        | Order::Remove(name)
        | Order::Try(name, _)
        | Order::Link(name, _)
        | Order::Authorize(name, _) => name.clone(),
        Order::RotateKey(_) => "the data key".to_owned(),
    };
    let before = described(keeper, namespace, &target).await?;
    let is_removal = matches!(order, Order::Remove(_));
    let done = keeper.keep(namespace.clone(), order).await?;
    let after = match &done {
        Done::Connection(_) if is_removal => None,
        Done::Connection(view) => Some(digest(view)),
        _ => before,
    };
    let change = Change {
        target,
        before,
        after,
    };
    Ok((done, Some(change)))
}

/// What anybody may read of a connection.
async fn described(
    keeper: &dyn Keep,
    namespace: &Namespace,
    name: &str,
) -> Result<Option<Digest>, KeepError> {
    let listed = keeper.keep(namespace.clone(), Order::List).await?;
    let Done::List { items, .. } = listed else {
        return Ok(None);
    };
    let mut items = items.iter().filter_map(|view| {
        let view = serde_json::to_value(view).ok()?;
        (view.get("name")?.as_str() == Some(name)).then(|| digest(&view))
    });
    Ok(items.next())
}

/// An entry as people see it.
#[derive(Debug, Serialize)]
pub struct EntryView {
    #[serde(flatten)]
    entry: AuditEntry,
    /// What the next entry carries as `previous`.
    digest: Digest,
}

/// A page of the log, newest first.
#[derive(Debug, Serialize)]
pub struct Page {
    items: Vec<EntryView>,
    next: Option<String>,
}

/// A page of the log, newest first, of entries with numbers below `before`. Of a namespace only its
/// own, so a page may be short although the list goes on.
///
/// # Errors
/// Where it cannot be read.
pub async fn list<S: Audit>(
    store: &S,
    namespace: Option<&Namespace>,
    (before, limit): (Option<u64>, usize),
) -> Result<Page, StoreError> {
    let end = store.audit_head().await?.map_or(0, |head| head.number);
    let last = before.map_or(end, |before| end.min(before.saturating_sub(1)));
    let after = last.saturating_sub(limit as u64);
    let mut entries = store.audited(after, limit).await?;
    entries.retain(|entry| entry.number <= last);
    let is_seen =
        |entry: &AuditEntry| namespace.is_none() || entry.deed.namespace.as_ref() == namespace;
    let items = entries.into_iter().rev().filter(is_seen);
    let items = items.map(|entry| EntryView {
        digest: entry.digest(),
        entry,
    });
    Ok(Page {
        items: items.collect(),
        next: (after > 0).then(|| (after + 1).to_string()),
    })
}

/// Whether the chain holds.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// Whether it does.
    pub ok: bool,
    /// So many entries fit.
    pub count: u64,
    /// The digest of the last one that does.
    pub head: Option<Digest>,
    /// The entry that has the head that somebody had noted.
    pub noted: Option<u64>,
    /// What does not fit.
    pub broken: Option<Broken>,
}

/// What does not fit.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Broken {
    /// The number of the entry; none where it is not one entry.
    pub number: Option<u64>,
    /// Why.
    pub why: String,
}

/// Holds every entry against the one before, the last against the head that is kept, and the whole
/// against a head that somebody had noted elsewhere: one of the entries must have it.
///
/// # Errors
/// Where the log cannot be read.
pub async fn verify<S: Audit>(store: &S, noted: Option<Digest>) -> Result<Verdict, StoreError> {
    // Before the entries: what is added meanwhile is behind it.
    let kept = store.audit_head().await?;
    let mut head: Option<AuditHead> = None;
    let mut found = None;
    let count = |head: Option<AuditHead>| head.map_or(0, |head| head.number);
    let verdict = |head: Option<AuditHead>, found, broken: Option<Broken>| Verdict {
        ok: broken.is_none(),
        count: count(head),
        head: head.map(|head| head.digest),
        noted: found,
        broken,
    };
    loop {
        let page = store.audited(count(head), PAGE).await?;
        if page.is_empty() {
            break;
        }
        for entry in page {
            if let Some(why) = AuditHead::misfit(head, &entry) {
                let number = Some(entry.number);
                return Ok(verdict(head, found, Some(Broken { number, why })));
            }
            let next = entry.head();
            if noted == Some(next.digest) {
                found = Some(next.number);
            }
            if kept.is_some_and(|kept| kept.number == next.number && kept != next) {
                let (number, why) = (Some(next.number), "it is not the one that the head is of");
                let why = why.to_owned();
                return Ok(verdict(head, found, Some(Broken { number, why })));
            }
            head = Some(next);
        }
    }
    let broken = match kept {
        Some(kept) if kept.number > count(head) => Some(Broken {
            number: Some(count(head) + 1),
            why: format!("it is missing: the log ended with entry {}", kept.number),
        }),
        _ if noted.is_some() && found.is_none() => Some(Broken {
            number: None,
            why: "no entry has the head that was noted: the log was written again, or it is another one"
                .to_owned(),
        }),
        _ => None,
    };
    Ok(verdict(head, found, broken))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// A log that somebody may have rewritten.
    struct Log(Vec<AuditEntry>, Option<AuditHead>);

    impl Log {
        fn of(count: usize) -> Self {
            let mut log = Self(Vec::new(), None);
            for number in 0..count {
                let deed = Deed {
                    at: Timestamp(1),
                    who: "daemon.json".to_owned(),
                    what: "runs.cancel".to_owned(),
                    namespace: Some(Namespace::from(["a", "b"][number % 2])),
                    target: number.to_string(),
                    before: None,
                    after: None,
                };
                log.0.push(deed.after(log.1));
                log.1 = log.0.last().map(AuditEntry::head);
            }
            log
        }
    }

    impl Audit for Log {
        async fn audit(&self, _: Deed) -> Result<AuditEntry, StoreError> {
            Err(StoreError::Full)
        }

        async fn audited(&self, after: u64, limit: usize) -> Result<Vec<AuditEntry>, StoreError> {
            let behind = self.0.iter().filter(|entry| entry.number > after);
            Ok(behind.take(limit).cloned().collect())
        }

        async fn audit_head(&self) -> Result<Option<AuditHead>, StoreError> {
            Ok(self.1)
        }
    }

    /// The number of what is broken, where something is.
    async fn broken(log: &Log, noted: Option<Digest>) -> Option<Option<u64>> {
        let verdict = verify(log, noted).await.unwrap();
        assert_eq!(verdict.ok, verdict.broken.is_none());
        verdict.broken.map(|broken| broken.number)
    }

    #[tokio::test]
    async fn the_first_entry_that_does_not_fit_is_named() {
        let last = PAGE as u64 + 10;
        let whole = || Log::of(PAGE + 10);
        assert_eq!(broken(&Log::of(0), None).await, None);
        assert_eq!(broken(&whole(), None).await, None);
        // Changed: the next one does not fit. The last one: the head does not.
        let mut log = whole();
        log.0[504].deed.who = "somebody else".to_owned();
        assert_eq!(broken(&log, None).await, Some(Some(506)));
        let mut log = whole();
        log.0.last_mut().unwrap().deed.who = "somebody else".to_owned();
        assert_eq!(broken(&log, None).await, Some(Some(last)));
        // Left out: in the middle, at the beginning, at the end.
        for (at, number) in [(3, 5), (0, 2), (PAGE + 9, last)] {
            let mut log = whole();
            log.0.remove(at);
            assert_eq!(broken(&log, None).await, Some(Some(number)), "{at}");
        }
        // There twice.
        let mut log = whole();
        log.0.insert(3, log.0[3].clone());
        assert_eq!(broken(&log, None).await, Some(Some(4)));
    }

    #[tokio::test]
    async fn a_chain_that_was_written_again_lacks_the_noted_head() {
        let noted = Log::of(3).1.unwrap().digest;
        assert_eq!(broken(&Log::of(3), Some(noted)).await, None);
        let longer = verify(&Log::of(9), Some(noted)).await.unwrap();
        assert_eq!((longer.ok, longer.count, longer.noted), (true, 9, Some(3)));
        let mut again = Log::of(0);
        for mut entry in Log::of(9).0 {
            entry.deed.who = "somebody else".to_owned();
            entry.previous = again.1.map_or(entry.previous, |head| head.digest);
            again.1 = Some(entry.head());
            again.0.push(entry);
        }
        assert_eq!(broken(&again, None).await, None);
        assert_eq!(broken(&again, Some(noted)).await, Some(None));
    }

    #[tokio::test]
    async fn pages_are_newest_first_and_of_a_namespace_where_one_is_asked_for() {
        let log = Log::of(5);
        let numbers = async |namespace: Option<&str>, before| {
            let namespace = namespace.map(Namespace::from);
            let page = list(&log, namespace.as_ref(), (before, 2)).await.unwrap();
            let items = page.items.iter().map(|item| item.entry.number);
            (items.collect::<Vec<_>>(), page.next)
        };
        assert_eq!(
            numbers(None, None).await,
            (vec![5, 4], Some("4".to_owned()))
        );
        assert_eq!(
            numbers(None, Some(4)).await,
            (vec![3, 2], Some("2".to_owned()))
        );
        assert_eq!(numbers(None, Some(2)).await, (vec![1], None));
        assert_eq!(numbers(Some("b"), None).await.0, [4]);
    }
}
