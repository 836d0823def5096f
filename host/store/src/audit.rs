//! The audit log: a chain that one at a time adds to.

use std::sync::Arc;

use mortise_ports::audit::{AuditEntry, AuditHead, Deed};
use mortise_ports::{Audit, StoreError};

use crate::disk::Writer;
use crate::job::PutItem;
use crate::keys::{self, Key};
use crate::record;
use crate::shared::{Shared, blocking};
use crate::store::SledStore;

impl Audit for SledStore {
    async fn audit(&self, deed: Deed) -> Result<AuditEntry, StoreError> {
        add(&self.shared, deed, Vec::new()).await
    }

    async fn audited(&self, after: u64, limit: usize) -> Result<Vec<AuditEntry>, StoreError> {
        let shared = Arc::clone(&self.shared);
        blocking(move || {
            let mut found = Vec::new();
            let mut number = after;
            while found.len() < limit {
                // By number, so that a long log is not read from its beginning for each page.
                number = number.saturating_add(1);
                match record::get::<AuditEntry>(&shared.db, &keys::audited(number))? {
                    Some(entry) => found.push(entry),
                    None => match next(&shared, number)? {
                        Some(later) => number = later.saturating_sub(1),
                        None => break,
                    },
                }
            }
            Ok(found)
        })
        .await
    }

    async fn audit_head(&self) -> Result<Option<AuditHead>, StoreError> {
        let shared = Arc::clone(&self.shared);
        blocking(move || record::get(&shared.db, &keys::audit_head())).await
    }
}

/// The number of the first entry from this one on, where one in between was taken out.
fn next(shared: &Shared, number: u64) -> Result<Option<u64>, StoreError> {
    let end = vec![keys::all_audited()[0] + 1];
    let mut later = shared.db.range(keys::audited(number)..end);
    let Some(found) = later.next() else {
        return Ok(None);
    };
    let (key, _) = found.map_err(record::unreadable)?;
    let digits = key.get(1..).and_then(|rest| rest.first_chunk::<8>());
    Ok(digits.map(|digits| u64::from_be_bytes(*digits)))
}

/// Adds a deed and writes these records, in one commit; a record without bytes is removed.
pub async fn add(
    shared: &Arc<Shared>,
    deed: Deed,
    beside: Vec<(Key, Vec<u8>)>,
) -> Result<AuditEntry, StoreError> {
    let shared = Arc::clone(shared);
    // A task of its own: a caller that goes away in the middle must not let in the next one before
    // the head is written.
    let adding = tokio::spawn(async move {
        let _one_at_a_time = Arc::clone(&shared.auditing).lock_owned().await;
        let reading = Arc::clone(&shared);
        let head = blocking(move || record::get(&reading.db, &keys::audit_head())).await?;
        let entry = deed.after(head);
        let max_bytes = shared.settings.record_max_bytes;
        let mut ops = Vec::new();
        let bytes = record::encode(&entry, max_bytes)?;
        record::put(&mut ops, &keys::audited(entry.number), &bytes);
        let mut item = PutItem::new(Writer::UnderWay, ops);
        let head = record::encode(&entry.head(), max_bytes)?;
        item.replace = beside;
        item.replace.push((keys::audit_head(), head));
        shared.put(item).await?;
        Ok(entry)
    });
    adding
        .await
        .map_err(|error| StoreError::Failed(format!("the audit log broke off: {error}")))?
}
