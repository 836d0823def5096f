//! What triggers and gates remember, in memory.

use mortise_model::id::Namespace;
use mortise_model::{Json, Timestamp};

use super::{MemoryStore, State, Write};
use crate::error::StoreError;
use crate::gates::GateKey;
use crate::journal::Owner;
use crate::triggers::{Fence, Memory, TriggerKey};
use crate::{Gates, Triggers};

/// A trigger that somebody holds.
#[derive(Debug)]
pub struct Hold {
    owner: String,
    fence: Fence,
    until: Timestamp,
}

impl Triggers for MemoryStore {
    async fn hold(
        &self,
        trigger: &TriggerKey,
        owner: &Owner,
        now: Timestamp,
    ) -> Result<Option<Fence>, StoreError> {
        let mut state = self.state();
        state.see(now);
        let until = now.plus_ms(owner.lease_ms);
        match state.holds.get_mut(trigger) {
            Some(hold) if hold.owner == owner.name => {
                hold.until = until;
                return Ok(Some(hold.fence));
            }
            Some(hold) if hold.until > now => return Ok(None),
            _ => {}
        }
        let hold = Hold {
            owner: owner.name.clone(),
            fence: state.count(),
            until,
        };
        let fence = hold.fence;
        state.holds.insert(trigger.clone(), hold);
        Ok(Some(fence))
    }

    async fn memory(&self, trigger: &TriggerKey) -> Result<Option<Json>, StoreError> {
        Ok(self.state().memories.get(trigger).cloned())
    }

    async fn save(&self, memory: Memory) -> Result<(), StoreError> {
        let mut state = self.state();
        state.check_fence(&memory)?;
        state.write(Write::Other, |state| {
            state.memories.insert(memory.trigger, memory.value);
        })
    }

    async fn remembered(&self, namespace: &Namespace) -> Result<Vec<TriggerKey>, StoreError> {
        let state = self.state();
        let triggers = state.memories.keys();
        Ok(triggers
            .filter(|trigger| trigger.namespace == *namespace)
            .cloned()
            .collect())
    }

    async fn forget(&self, trigger: &TriggerKey) -> Result<(), StoreError> {
        self.state()
            .write(Write::Other, |state| drop(state.memories.remove(trigger)))
    }
}

impl State {
    pub fn check_fence(&self, memory: &Memory) -> Result<(), StoreError> {
        let held = self.holds.get(&memory.trigger).map(|hold| hold.fence);
        if memory.fence.is_some() && memory.fence != held {
            return Err(StoreError::Outdated);
        }
        Ok(())
    }
}

impl Gates for MemoryStore {
    async fn gates(&self) -> Result<Vec<(GateKey, Json)>, StoreError> {
        let state = self.state();
        let gates = state.gates.iter();
        Ok(gates
            .map(|(gate, json)| (gate.clone(), json.clone()))
            .collect())
    }

    async fn save_gate(&self, gate: &GateKey, json: Json) -> Result<(), StoreError> {
        self.state().write(Write::Other, |state| {
            state.gates.insert(gate.clone(), json);
        })
    }
}
