//! Sealed documents, in memory.

use mortise_model::Timestamp;

use super::{MemoryStore, Write};
use crate::Secrets;
use crate::error::StoreError;
use crate::secrets::{Sealed, SealedChange, SealedPlace};

impl Secrets for MemoryStore {
    async fn sealed(&self, place: &SealedPlace) -> Result<Option<Sealed>, StoreError> {
        Ok(self.state().sealed.get(place).cloned())
    }

    async fn sealed_connections(&self) -> Result<Vec<(SealedPlace, Sealed)>, StoreError> {
        let state = self.state();
        let all = state.sealed.iter();
        Ok(all
            .filter(|(place, _)| **place != SealedPlace::Key)
            .map(|(place, sealed)| (place.clone(), sealed.clone()))
            .collect())
    }

    async fn put_sealed(&self, changes: Vec<SealedChange>) -> Result<(), StoreError> {
        let mut state = self.state();
        for change in &changes {
            let known = state.sealed.get(&change.place);
            let actual = known.map_or(0, |sealed| sealed.revision);
            if actual != change.expected {
                return Err(StoreError::Revision {
                    expected: change.expected,
                    actual,
                });
            }
        }
        state.write(Write::Other, |state| {
            for change in changes {
                let SealedChange {
                    place,
                    expected,
                    document,
                } = change;
                match document {
                    Some(document) => {
                        let revision = expected + 1;
                        state.sealed.insert(place, Sealed { revision, document });
                    }
                    None => drop(state.sealed.remove(&place)),
                }
            }
        })
    }

    async fn lease(
        &self,
        place: &SealedPlace,
        (now, until): (Timestamp, Timestamp),
    ) -> Result<bool, StoreError> {
        let leases = &mut self.state().leases;
        let is_held = leases.get(place).is_some_and(|held| *held > now);
        if !is_held {
            leases.insert(place.clone(), until);
        }
        Ok(!is_held)
    }

    async fn release(&self, place: &SealedPlace) -> Result<(), StoreError> {
        let leases = &mut self.state().leases;
        leases.remove(place);
        Ok(())
    }
}
