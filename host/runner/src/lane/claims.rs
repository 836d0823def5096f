//! Which runs the lanes of this process hold, and how to have one look at its letters.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mortise_model::RunId;
use mortise_ports::journal::Claim;
use tokio::sync::Notify;

/// The claims of all lanes.
#[derive(Default)]
pub(crate) struct Claims(Arc<Mutex<Table>>);

type Table = HashMap<RunId, (Claim, Arc<Notify>)>;

impl Claims {
    /// All claims that are held.
    pub fn all(&self) -> Vec<Claim> {
        let table = lock(&self.0);
        table.values().map(|(claim, _)| claim.clone()).collect()
    }

    /// Whether a lane works on the run.
    pub fn is_held(&self, run: RunId) -> bool {
        lock(&self.0).contains_key(&run)
    }

    /// Has the lane that works on a run read its letters; false where none does.
    pub fn poke(&self, run: RunId) -> bool {
        let table = lock(&self.0);
        table.get(&run).map(|(_, bell)| bell.notify_one()).is_some()
    }

    /// Enters a claim into the list of those to be renewed, until what this returns is dropped.
    pub fn hold(&self, claim: Claim) -> Held {
        let (run, bell) = (claim.run, Arc::new(Notify::new()));
        lock(&self.0).insert(run, (claim, Arc::clone(&bell)));
        Held {
            claims: Arc::clone(&self.0),
            run,
            bell,
        }
    }
}

/// A claim that is held.
pub(crate) struct Held {
    claims: Arc<Mutex<Table>>,
    run: RunId,
    /// Rings when there may be letters.
    pub bell: Arc<Notify>,
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut table = lock(&self.claims);
        // Another lane may hold it by now: a run that is due again at once is claimed again before
        // the lane that put it down is gone.
        if table
            .get(&self.run)
            .is_some_and(|(_, bell)| Arc::ptr_eq(bell, &self.bell))
        {
            table.remove(&self.run);
        }
    }
}

fn lock(table: &Mutex<Table>) -> MutexGuard<'_, Table> {
    table.lock().unwrap_or_else(PoisonError::into_inner)
}
