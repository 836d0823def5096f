//! Files in memory.

use std::sync::Arc;

use bytes::Bytes;
use mortise_model::id::{Digest, Namespace, RunId};

use super::{MemoryStore, Write};
use crate::Files;
use crate::error::StoreError;
use crate::files::{Content, FILE_MIN_BYTES};

impl Files for MemoryStore {
    async fn put_file(
        &self,
        namespace: &Namespace,
        run: RunId,
        content: Bytes,
    ) -> Result<Digest, StoreError> {
        let key = (namespace.clone(), run);
        self.state().write(Write::Other, |state| {
            let digest = Digest::of(&content);
            state.files.entry(key).or_default().insert(digest, content);
            digest
        })
    }

    async fn read_file(
        &self,
        namespace: &Namespace,
        run: RunId,
        digest: Digest,
    ) -> Result<Bytes, StoreError> {
        let state = self.state();
        let files = state.files.get(&(namespace.clone(), run));
        let content = files.and_then(|files| files.get(&digest)).cloned();
        content.ok_or_else(|| StoreError::Damaged(format!("file {digest} of {run} is missing")))
    }

    async fn open_file(
        &self,
        namespace: &Namespace,
        run: RunId,
        digest: Digest,
    ) -> Result<Arc<dyn Content>, StoreError> {
        Ok(Arc::new(self.read_file(namespace, run, digest).await?))
    }

    async fn file_size(
        &self,
        namespace: &Namespace,
        run: RunId,
        digest: Digest,
    ) -> Result<Option<u64>, StoreError> {
        let state = self.state();
        let files = state.files.get(&(namespace.clone(), run));
        let content = files.and_then(|files| files.get(&digest));
        Ok(content.map(|content| content.len() as u64))
    }

    async fn files_bytes(&self, namespace: &Namespace, run: RunId) -> Result<u64, StoreError> {
        let state = self.state();
        let files = state.files.get(&(namespace.clone(), run));
        let sizes = files.into_iter().flat_map(|files| files.values());
        Ok(sizes
            .map(|content| FILE_MIN_BYTES.max(content.len() as u64))
            .sum())
    }
}
