//! Connections with their secrets, as documents that a store cannot read: whoever seals them has the
//! key, and the store has none.

use std::future::Future;

use mortise_model::Json;
use mortise_model::Timestamp;
use mortise_model::id::{ConnectionName, Namespace};

use crate::error::StoreError;

/// Keeps sealed documents.
pub trait Secrets: Send + Sync + 'static {
    /// A document; none where there is none.
    ///
    /// # Errors
    /// Where it cannot be read.
    fn sealed(
        &self,
        place: &SealedPlace,
    ) -> impl Future<Output = Result<Option<Sealed>, StoreError>> + Send;

    /// The documents of all connections, by namespace and name.
    ///
    /// # Errors
    /// Where they cannot be read.
    fn sealed_connections(
        &self,
    ) -> impl Future<Output = Result<Vec<(SealedPlace, Sealed)>, StoreError>> + Send;

    /// Replaces documents, all or none; each must be at the revision that the caller has read, which
    /// is 0 where there is none. No document removes it. Durable when it returns.
    ///
    /// # Errors
    /// `Revision` where somebody else was faster; nothing has changed then.
    fn put_sealed(
        &self,
        changes: Vec<SealedChange>,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Takes the right to do what only one may do at a time with a document, such as using up a token
    /// that is good for one time, from now until then. Tells whether the caller has it; it ends at that time
    /// at the latest, and a process that dies gives it back.
    ///
    /// # Errors
    /// Where nobody can tell.
    fn lease(
        &self,
        place: &SealedPlace,
        now_and_end: (Timestamp, Timestamp),
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Gives the right back.
    ///
    /// # Errors
    /// Where nobody can tell.
    fn release(&self, place: &SealedPlace) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// Whose document.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SealedPlace {
    /// The wrapped data key of the store.
    Key,
    /// A connection.
    Connection(Namespace, ConnectionName),
}

/// A document that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// From 1, and one more with every change.
    pub revision: u64,
    /// What was put.
    pub document: Json,
}

/// A document that is to be kept.
#[derive(Clone, Debug)]
pub struct SealedChange {
    /// Whose.
    pub place: SealedPlace,
    /// The revision that is replaced.
    pub expected: u64,
    /// What is kept from now on.
    pub document: Option<Json>,
}
