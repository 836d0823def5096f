//! What triggers and gates remember.

use std::sync::Arc;

use mortise_model::id::{ConnectionName, Namespace, WorkflowName};
use mortise_model::{Json, Timestamp};
use mortise_ports::gates::GateKey;
use mortise_ports::journal::Owner;
use mortise_ports::triggers::{Fence, Memory, TriggerKey};
use mortise_ports::{Gates, StoreError, Triggers};

use crate::disk::Writer;
use crate::job::PutItem;
use crate::keys;
use crate::prepare;
use crate::record;
use crate::shared::blocking;
use crate::store::SledStore;
use crate::sync::lock;

impl Triggers for SledStore {
    async fn hold(
        &self,
        trigger: &TriggerKey,
        owner: &Owner,
        now: Timestamp,
    ) -> Result<Option<Fence>, StoreError> {
        self.shared.see(now);
        Ok(lock(&self.shared.holds).hold(trigger, owner, now))
    }

    async fn memory(&self, trigger: &TriggerKey) -> Result<Option<Json>, StoreError> {
        let shared = Arc::clone(&self.shared);
        let key = keys::memory(trigger);
        blocking(move || record::get(&shared.db, &key)).await
    }

    async fn save(&self, memory: Memory) -> Result<(), StoreError> {
        let memory = prepare::memory(memory, self.shared.settings.record_max_bytes)?;
        let item = PutItem {
            memory: Some(memory),
            ..PutItem::new(Writer::News, Vec::new())
        };
        self.shared.put(item).await
    }

    async fn remembered(&self, namespace: &Namespace) -> Result<Vec<TriggerKey>, StoreError> {
        let (shared, namespace) = (Arc::clone(&self.shared), namespace.clone());
        blocking(move || {
            let prefix = keys::memories(&namespace);
            let mut found = Vec::new();
            for record in record::scan_bytes(&shared.db, &prefix) {
                let (key, _) = record?;
                if let Some([_, workflow, trigger]) = keys::texts(&key).as_deref() {
                    found.push(TriggerKey {
                        namespace: namespace.clone(),
                        workflow: WorkflowName::from(*workflow),
                        trigger: (*trigger).to_owned(),
                    });
                }
            }
            Ok(found)
        })
        .await
    }

    async fn forget(&self, trigger: &TriggerKey) -> Result<(), StoreError> {
        let key = keys::memory(trigger);
        let item = PutItem::replacing(Writer::UnderWay, key, Vec::new());
        self.shared.put(item).await
    }
}

impl Gates for SledStore {
    async fn gates(&self) -> Result<Vec<(GateKey, Json)>, StoreError> {
        // What was saved and not waited for is written before this.
        let nothing = PutItem::new(Writer::UnderWay, Vec::new());
        self.shared.put(nothing).await?;
        let shared = Arc::clone(&self.shared);
        blocking(move || {
            let mut found = Vec::new();
            for record in record::scan(&shared.db, &keys::all_gates()) {
                let (key, state) = record?;
                if let Some([namespace, connection]) = keys::texts(&key).as_deref() {
                    let gate = GateKey {
                        namespace: Namespace::from(*namespace),
                        connection: ConnectionName::from(*connection),
                    };
                    found.push((gate, state));
                }
            }
            Ok(found)
        })
        .await
    }

    async fn save_gate(&self, gate: &GateKey, state: Json) -> Result<(), StoreError> {
        let bytes = record::encode(&state, self.shared.settings.record_max_bytes)?;
        let item = PutItem::replacing(Writer::UnderWay, keys::gate(gate), bytes);
        self.shared.put_soon(item).await
    }
}
