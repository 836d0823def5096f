//! Sealed documents: the store has no key for them.

use std::sync::{Arc, PoisonError};

use mortise_model::id::{ConnectionName, Namespace};
use mortise_model::{Json, Timestamp};
use mortise_ports::secrets::{Sealed, SealedChange, SealedPlace};
use mortise_ports::{Secrets, StoreError};
use serde::{Deserialize, Serialize};

use crate::disk::Writer;
use crate::job::PutItem;
use crate::keys;
use crate::record;
use crate::shared::{Shared, blocking};
use crate::store::SledStore;

/// A document as it is kept.
#[derive(Serialize, Deserialize)]
struct Kept {
    revision: u64,
    document: Json,
}

impl Secrets for SledStore {
    async fn sealed(&self, place: &SealedPlace) -> Result<Option<Sealed>, StoreError> {
        let (shared, key) = (Arc::clone(&self.shared), keys::sealed(place));
        blocking(move || read(&shared, &key)).await
    }

    async fn sealed_connections(&self) -> Result<Vec<(SealedPlace, Sealed)>, StoreError> {
        let shared = Arc::clone(&self.shared);
        blocking(move || {
            let mut found = Vec::new();
            for record in record::scan::<Kept>(&shared.db, &keys::all_connections()) {
                let (key, kept) = record?;
                if let Some([namespace, connection]) = keys::texts(&key).as_deref() {
                    let (namespace, name) = (Namespace::from(*namespace), *connection);
                    let name = ConnectionName::from(name);
                    found.push((SealedPlace::Connection(namespace, name), kept.into()));
                }
            }
            Ok(found)
        })
        .await
    }

    async fn put_sealed(&self, changes: Vec<SealedChange>) -> Result<(), StoreError> {
        let _one_at_a_time = self.shared.sealing.lock().await;
        let shared = Arc::clone(&self.shared);
        let item = blocking(move || prepare(&shared, changes)).await?;
        self.shared.put(item).await
    }

    async fn lease(
        &self,
        place: &SealedPlace,
        (now, until): (Timestamp, Timestamp),
    ) -> Result<bool, StoreError> {
        let leases = self.shared.leases.lock();
        let mut leases = leases.unwrap_or_else(PoisonError::into_inner);
        let is_held = leases.get(place).is_some_and(|held| *held > now);
        if !is_held {
            leases.insert(place.clone(), until);
        }
        Ok(!is_held)
    }

    async fn release(&self, place: &SealedPlace) -> Result<(), StoreError> {
        let leases = self.shared.leases.lock();
        let mut leases = leases.unwrap_or_else(PoisonError::into_inner);
        leases.remove(place);
        Ok(())
    }
}

fn read(shared: &Shared, key: &[u8]) -> Result<Option<Sealed>, StoreError> {
    let kept = record::get::<Kept>(&shared.db, key)?;
    Ok(kept.map(Sealed::from))
}

fn prepare(shared: &Shared, changes: Vec<SealedChange>) -> Result<PutItem, StoreError> {
    let mut item = PutItem::new(Writer::UnderWay, Vec::new());
    for change in changes {
        let (key, expected) = (keys::sealed(&change.place), change.expected);
        let actual = read(shared, &key)?.map_or(0, |sealed| sealed.revision);
        if actual != expected {
            return Err(StoreError::Revision { expected, actual });
        }
        let kept = change.document.map(|document| Kept {
            revision: expected + 1,
            document,
        });
        let max_bytes = shared.settings.record_max_bytes;
        let bytes = kept.map(|kept| record::encode(&kept, max_bytes));
        item.replace
            .push((key, bytes.transpose()?.unwrap_or_default()));
    }
    Ok(item)
}

impl From<Kept> for Sealed {
    fn from(kept: Kept) -> Self {
        let Kept { revision, document } = kept;
        Self { revision, document }
    }
}
