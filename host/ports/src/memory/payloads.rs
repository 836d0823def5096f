//! Payloads and logs in memory.

use std::ops::Range;

use mortise_model::entry::LogLine;
use mortise_model::id::{Digest, Namespace, RunId};

use super::{MemoryStore, Write};
use crate::error::StoreError;
use crate::logs::AttemptKey;
use crate::{Logs, Payloads};

impl Payloads for MemoryStore {
    async fn put(
        &self,
        namespace: &Namespace,
        run: RunId,
        bytes: Vec<u8>,
    ) -> Result<Digest, StoreError> {
        let key = (namespace.clone(), run);
        self.state().write(Write::Other, |state| {
            let digest = Digest::of(&bytes);
            state.payloads.entry(key).or_default().insert(digest, bytes);
            digest
        })
    }

    async fn read(
        &self,
        namespace: &Namespace,
        run: RunId,
        digest: Digest,
        range: Option<Range<u64>>,
    ) -> Result<Vec<u8>, StoreError> {
        let state = self.state();
        let payloads = state.payloads.get(&(namespace.clone(), run));
        let bytes = payloads
            .and_then(|payloads| payloads.get(&digest))
            .ok_or_else(|| StoreError::Damaged(format!("payload {digest} of {run} is missing")))?;
        let Some(range) = range else {
            return Ok(bytes.clone());
        };
        let clamp = |at: u64| usize::try_from(at).map_or(bytes.len(), |at| at.min(bytes.len()));
        let (start, end) = (clamp(range.start), clamp(range.end));
        Ok(bytes.get(start..end).unwrap_or_default().to_vec())
    }

    fn is_full(&self) -> bool {
        self.state().faults.is_full()
    }
}

impl Logs for MemoryStore {
    async fn append(
        &self,
        namespace: &Namespace,
        run: RunId,
        attempt: &AttemptKey,
        lines: Vec<LogLine>,
    ) -> Result<(), StoreError> {
        if lines.is_empty() {
            return Ok(());
        }
        let key = (namespace.clone(), run);
        self.state().write(Write::Other, |state| {
            let logs = state.logs.entry(key).or_default();
            logs.push((attempt.clone(), lines));
        })
    }

    async fn read(
        &self,
        namespace: &Namespace,
        run: RunId,
    ) -> Result<Vec<(AttemptKey, Vec<LogLine>)>, StoreError> {
        let key = (namespace.clone(), run);
        Ok(self.state().logs.get(&key).cloned().unwrap_or_default())
    }
}
