//! Who keeps a schedule or polls, in memory: only one process can open the store.

use std::collections::HashMap;

use mortise_model::Timestamp;
use mortise_ports::journal::Owner;
use mortise_ports::triggers::{Fence, TriggerKey};

/// The triggers that somebody holds.
#[derive(Debug)]
pub struct Holds {
    held: HashMap<TriggerKey, Hold>,
    fence: Fence,
}

#[derive(Debug)]
struct Hold {
    owner: String,
    fence: Fence,
    until: Timestamp,
    /// Writes of the holder on their way to the disk.
    writing: u32,
}

impl Holds {
    /// Holds of one life of the process.
    #[must_use]
    pub fn new(epoch: u32) -> Self {
        Self {
            held: HashMap::new(),
            fence: u64::from(epoch) << 32,
        }
    }

    /// Takes a trigger or prolongs that; none where somebody else has it.
    pub fn hold(&mut self, trigger: &TriggerKey, owner: &Owner, now: Timestamp) -> Option<Fence> {
        let until = now.plus_ms(owner.lease_ms);
        match self.held.get_mut(trigger) {
            Some(hold) if hold.owner == owner.name => {
                hold.until = until;
                return Some(hold.fence);
            }
            Some(hold) if hold.until > now || hold.writing > 0 => return None,
            _ => {}
        }
        self.fence += 1;
        let hold = Hold {
            owner: owner.name.clone(),
            fence: self.fence,
            until,
            writing: 0,
        };
        self.held.insert(trigger.clone(), hold);
        Some(self.fence)
    }

    /// The holder is about to write: the trigger changes hands only after that. False where it has
    /// changed hands already.
    pub fn begin(&mut self, trigger: &TriggerKey, fence: Fence) -> bool {
        let hold = self.held.get_mut(trigger);
        let Some(hold) = hold.filter(|hold| hold.fence == fence) else {
            return false;
        };
        hold.writing += 1;
        true
    }

    /// What the holder wrote is durable, or was not written.
    pub fn end(&mut self, trigger: &TriggerKey) {
        if let Some(hold) = self.held.get_mut(trigger) {
            hold.writing = hold.writing.saturating_sub(1);
        }
    }
}
