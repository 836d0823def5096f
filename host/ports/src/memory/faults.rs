//! What goes wrong on purpose.

use std::fmt;

use super::{MemoryStore, State};
use crate::error::StoreError;

/// A write that may be lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Write {
    /// [`crate::Journal::accept`].
    Accept,
    /// [`crate::Journal::commit`].
    Commit,
    /// [`crate::Inbox::send`].
    Send,
    /// What triggers, gates, plans and payloads keep.
    Other,
}

/// How a write is lost, as one is when the connection to a database breaks: the caller is told
/// [`StoreError::Unknown`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lost {
    /// Before it was done.
    Before,
    /// After it was done.
    After,
}

type Choose = Box<dyn FnMut(Write) -> Option<Lost> + Send>;

/// What is wrong with the store.
#[derive(Default)]
pub struct Faults {
    full: bool,
    purges_hang: bool,
    choose: Option<Choose>,
}

impl fmt::Debug for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Faults")
            .field("full", &self.full)
            .finish_non_exhaustive()
    }
}

impl Faults {
    pub fn is_full(&self) -> bool {
        self.full
    }

    pub fn purges_hang(&self) -> bool {
        self.purges_hang
    }
}

impl MemoryStore {
    /// Makes the disk full, or gives it room again.
    pub fn set_full(&self, full: bool) {
        self.state().faults.full = full;
    }

    /// Lets no removal of old runs end from now on, as where there are more than are ever removed.
    pub fn hang_purges(&self) {
        self.state().faults.purges_hang = true;
    }

    /// Asks `choose` at every write that is valid whether it is lost; whoever wants the same faults again brings the same random numbers.
    pub fn lose_writes(&self, choose: impl FnMut(Write) -> Option<Lost> + Send + 'static) {
        self.state().faults.choose = Some(Box::new(choose));
    }

    /// Loses no write any more.
    pub fn keep_writes(&self) {
        self.state().faults.choose = None;
    }
}

impl State {
    /// Does what is to be written, where there is room and as far as the store is not lost.
    pub fn write<T>(
        &mut self,
        what: Write,
        write: impl FnOnce(&mut Self) -> T,
    ) -> Result<T, StoreError> {
        if self.faults.full {
            return Err(StoreError::Full);
        }
        let lost = self.faults.choose.as_mut().and_then(|choose| choose(what));
        if lost == Some(Lost::Before) {
            return Err(StoreError::Unknown);
        }
        let written = write(self);
        self.ear.hear(what);
        match lost {
            Some(_) => Err(StoreError::Unknown),
            None => Ok(written),
        }
    }
}
