//! What people did to a daemon, in a chain: each entry carries the sha256 of the one before, so none
//! can be changed, left out or put in between without every later one showing it.
//!
//! Whoever can write the whole store can write a whole chain; that is found by who has noted a head
//! elsewhere.

use std::future::Future;

use mortise_model::Timestamp;
use mortise_model::id::{Digest, Namespace};
use serde::{Deserialize, Serialize};

use crate::error::StoreError;

/// The longest text of an entry in bytes; more is cut.
pub const TEXT_MAX_BYTES: usize = 512;

/// Keeps the audit log.
pub trait Audit: Send + Sync + 'static {
    /// Adds a deed at the end of the chain. Durable when it returns.
    ///
    /// # Errors
    /// `Full` or `Failed`; nothing was added then.
    fn audit(&self, deed: Deed) -> impl Future<Output = Result<AuditEntry, StoreError>> + Send;

    /// The entries with a number above this one, oldest first.
    ///
    /// # Errors
    /// Where they cannot be read.
    fn audited(
        &self,
        after: u64,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<AuditEntry>, StoreError>> + Send;

    /// What the last entry is said to be; none before the first.
    ///
    /// # Errors
    /// Where it cannot be read.
    fn audit_head(&self) -> impl Future<Output = Result<Option<AuditHead>, StoreError>> + Send;
}

/// Something that somebody did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deed {
    /// When.
    pub at: Timestamp,
    /// A token's id, `daemon.json`, or `user NAME` where no daemon ran.
    pub who: String,
    /// `runs.cancel`
    pub what: String,
    /// Whose; none where it is everybody's.
    pub namespace: Option<Namespace>,
    /// What it was done to: a run, a connection, a token.
    pub target: String,
    /// The digest of what was there before, where there was something.
    pub before: Option<Digest>,
    /// The digest of what is there now, or of what a run was told.
    pub after: Option<Digest>,
}

/// A deed in its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// From 1, without a gap.
    pub number: u64,
    /// Who did what.
    #[serde(flatten)]
    pub deed: Deed,
    /// The digest of the entry before; of the first all zeros.
    pub previous: Digest,
}

/// The end of the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditHead {
    /// The number of the last entry.
    pub number: u64,
    /// Its digest.
    pub digest: Digest,
}

/// What comes before the first entry.
const NOTHING: AuditHead = AuditHead {
    number: 0,
    digest: Digest([0; 32]),
};

impl Deed {
    /// The entry that follows a chain's head.
    #[must_use]
    pub fn after(self, head: Option<AuditHead>) -> AuditEntry {
        let head = head.unwrap_or(NOTHING);
        AuditEntry {
            number: head.number + 1,
            deed: Self {
                who: cut(self.who),
                target: cut(self.target),
                ..self
            },
            previous: head.digest,
        }
    }
}

impl AuditEntry {
    /// The sha256 of the entry as JSON, its members in the order above and nothing left out.
    #[must_use]
    pub fn digest(&self) -> Digest {
        // Numbers, texts and nulls always have a JSON form.
        Digest::of(&serde_json::to_vec(self).unwrap_or_default())
    }

    /// The chain's head once this is its last entry.
    #[must_use]
    pub fn head(&self) -> AuditHead {
        AuditHead {
            number: self.number,
            digest: self.digest(),
        }
    }
}

impl AuditHead {
    /// Why an entry does not follow this head; none where it does.
    #[must_use]
    pub fn misfit(head: Option<Self>, entry: &AuditEntry) -> Option<String> {
        let head = head.unwrap_or(NOTHING);
        if entry.number != head.number + 1 {
            return Some(format!(
                "it follows entry {}, so one is missing or there twice",
                head.number
            ));
        }
        (entry.previous != head.digest).then(|| {
            format!(
                "it was written behind an entry with the digest {}, and that of entry {} is {}",
                entry.previous, head.number, head.digest
            )
        })
    }
}

fn cut(mut text: String) -> String {
    text.truncate(text.floor_char_boundary(TEXT_MAX_BYTES));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deed(target: &str) -> Deed {
        Deed {
            at: Timestamp(1),
            who: "daemon.json".to_owned(),
            what: "runs.cancel".to_owned(),
            namespace: None,
            target: target.to_owned(),
            before: None,
            after: None,
        }
    }

    #[test]
    fn every_member_is_part_of_the_chain() {
        let entry = deed("a").after(None);
        let (digest, one) = (entry.digest(), Digest::of(b"x"));
        let changes: [fn(&mut AuditEntry, Digest); 9] = [
            |entry, _| entry.number += 1,
            |entry, _| entry.deed.at = Timestamp(2),
            |entry, _| entry.deed.who.push('x'),
            |entry, _| entry.deed.what.push('x'),
            |entry, _| entry.deed.namespace = Some(Namespace::from("x")),
            |entry, _| entry.deed.target.push('x'),
            |entry, one| entry.deed.before = Some(one),
            |entry, one| entry.deed.after = Some(one),
            |entry, one| entry.previous = one,
        ];
        for (number, change) in changes.into_iter().enumerate() {
            let mut changed = entry.clone();
            change(&mut changed, one);
            assert_ne!(changed.digest(), digest, "{number}");
        }
    }

    #[test]
    fn an_entry_follows_one_head_alone() {
        let first = deed("a").after(None);
        let second = deed("b").after(Some(first.head()));
        assert_eq!(AuditHead::misfit(None, &first), None);
        assert_eq!(AuditHead::misfit(Some(first.head()), &second), None);
        for head in [
            None,
            Some(second.head()),
            Some(deed("c").after(None).head()),
        ] {
            assert!(AuditHead::misfit(head, &second).is_some(), "{head:?}");
        }
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        let long = "ä".repeat(TEXT_MAX_BYTES);
        let entry = deed(&format!("a{long}")).after(None);
        assert_eq!(entry.deed.target.len(), TEXT_MAX_BYTES - 1);
    }
}
