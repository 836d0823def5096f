//! What triggers remember between events.

use std::sync::Arc;

use mortise_model::Json;
use mortise_ports::triggers::TriggerKey;
use mortise_ports::{StoreError, Triggers};

use crate::committer::Work;
use crate::disk::Writer;
use crate::keys;
use crate::record;
use crate::shared::{answer, answered, blocking};
use crate::store::SledStore;

impl Triggers for SledStore {
    async fn memory(&self, trigger: &TriggerKey) -> Result<Option<Json>, StoreError> {
        let shared = Arc::clone(&self.shared);
        let key = keys::memory(trigger);
        blocking(move || record::get(&shared.db, &key)).await
    }

    async fn save(&self, trigger: &TriggerKey, memory: Json) -> Result<(), StoreError> {
        let bytes = record::encode(&memory, self.shared.settings.record_max_bytes)?;
        let size_bytes = bytes.len();
        let (reply, received) = answer();
        let work = Work::Put {
            ops: Vec::new(),
            replace: vec![(keys::memory(trigger), bytes)],
            writer: Writer::News,
            reply: Some(reply),
        };
        self.shared.submit(size_bytes, || Ok((work, ()))).await?;
        answered(received).await
    }
}
