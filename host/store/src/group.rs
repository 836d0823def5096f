//! What is written at once, and what follows when it is durable.

use std::collections::HashMap;

use mortise_model::Timestamp;
use mortise_model::id::{Namespace, RunId};
use mortise_ports::StoreError;
use mortise_ports::inbox::Delivery;
use mortise_ports::journal::{Admission, Claim, Committed};
use mortise_ports::triggers::TriggerKey;
use sled::{Batch, IVec};
use tokio::sync::OwnedSemaphorePermit;

use crate::claims::{After, Claims, Fresh};
use crate::job::Reply;
use crate::record::Op;

/// What is written at once.
#[derive(Default)]
pub struct Group {
    pub batch: Batch,
    pub size_bytes: usize,
    pub operations: usize,
    /// In the order in which they were decided.
    pub effects: Vec<Effect>,
    pub answers: Vec<Answer>,
    pub places: Vec<OwnedSemaphorePermit>,
    /// What the group writes, of what it may read again.
    written: HashMap<IVec, Option<IVec>>,
}

/// What changes in memory when the group is durable.
pub enum Effect {
    /// A run was accepted; one without entries waits for its place.
    Accepted(Namespace, RunId, Option<Box<Fresh>>),
    /// A turn was written. The place is the run's no more.
    Turned(Claim, After, Option<Box<[u8]>>),
    /// A run that waits until this time was told something.
    Hurried(Namespace, RunId, Timestamp),
    /// A parked run goes on.
    Woken(Namespace, RunId),
    /// A run that waits for its place does not need it any more.
    Unplaced(Namespace, RunId, Box<[u8]>),
    /// What a trigger remembers was written under its hold.
    Remembered(TriggerKey),
}

/// What is answered when the group is durable.
pub enum Answer {
    Accept(Reply<Vec<Admission>>, Vec<Admission>),
    Turn(Reply<Committed>, Committed),
    Send(Reply<Delivery>, Delivery),
    Put(Reply<()>),
}

impl Group {
    /// Adds writes.
    pub fn write(&mut self, ops: impl IntoIterator<Item = Op>) {
        for (key, value) in ops {
            self.operations += 1;
            if is_read_again(&key) {
                self.written.insert(key.clone(), value.clone());
            }
            match value {
                Some(value) => self.batch.insert(key, value),
                None => self.batch.remove(key),
            }
        }
    }

    /// What will be kept under a key when the group is written.
    pub fn read(&self, db: &sled::Db, key: &[u8]) -> Result<Option<IVec>, sled::Error> {
        match self.written.get(key) {
            Some(value) => Ok(value.clone()),
            None => db.get(key),
        }
    }
}

/// A run's own records are never looked up by whoever writes.
fn is_read_again(key: &[u8]) -> bool {
    key.first() != Some(&b'u')
}

impl Effect {
    /// How many runs more, or less, are not at rest.
    pub fn more_live(&self) -> isize {
        match self {
            Self::Accepted(..) | Self::Woken(..) => 1,
            Self::Turned(_, After::End, _) => -1,
            Self::Turned(..) | Self::Hurried(..) | Self::Unplaced(..) | Self::Remembered(_) => 0,
        }
    }

    /// Changes what is known in memory.
    pub fn settle(self, claims: &mut Claims, fresh_max: usize) {
        match self {
            Self::Accepted(namespace, run, Some(fresh)) => {
                claims.add_fresh(&namespace, run, fresh, fresh_max);
            }
            Self::Accepted(_, _, None) | Self::Remembered(_) => {}
            Self::Turned(claim, after, place) => {
                claims.settle(&claim, after);
                if let Some(place) = place {
                    claims.leave(&claim.namespace, claim.run, &place);
                }
            }
            Self::Hurried(namespace, run, due) => claims.hurry(&namespace, run, due),
            Self::Woken(namespace, run) => claims.add_ready(&namespace, run),
            Self::Unplaced(namespace, run, place) => {
                // It may have got its place meanwhile; then it is ready already.
                let waited = claims.places.waits(&place, run);
                claims.leave(&namespace, run, &place);
                if waited {
                    claims.add_ready(&namespace, run);
                }
            }
        }
    }
}

impl Answer {
    /// Whoever asked may have gone away; what was written stays.
    pub fn send(self) {
        match self {
            Self::Accept(reply, admissions) => drop(reply.send(Ok(admissions))),
            Self::Turn(reply, committed) => drop(reply.send(Ok(committed))),
            Self::Send(reply, delivery) => drop(reply.send(Ok(delivery))),
            Self::Put(reply) => drop(reply.send(Ok(()))),
        }
    }
}

/// Answers that nothing was written.
pub fn refuse<T>(reply: Reply<T>, error: StoreError) {
    let _ = reply.send(Err(error));
}
