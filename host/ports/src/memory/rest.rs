//! Payloads, logs, triggers and lists in memory.

use std::ops::Range;

use mortise_model::entry::{End, LogLine};
use mortise_model::id::{Digest, Namespace, RunId};
use mortise_model::{Entry, Fact, Json, Status};

use super::{Key, MemoryStore, State};
use crate::error::StoreError;
use crate::logs::AttemptKey;
use crate::runs::{Filter, Listing, Page, Summary};
use crate::triggers::TriggerKey;
use crate::{Logs, Payloads, Runs, Triggers};

impl Payloads for MemoryStore {
    async fn put(
        &self,
        namespace: &Namespace,
        run: RunId,
        bytes: Vec<u8>,
    ) -> Result<Digest, StoreError> {
        let mut state = self.state();
        state.room()?;
        let digest = Digest::of(&bytes);
        let payloads = state.payloads.entry((namespace.clone(), run)).or_default();
        payloads.insert(digest, bytes);
        Ok(digest)
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
}

impl Logs for MemoryStore {
    async fn append(
        &self,
        namespace: &Namespace,
        run: RunId,
        attempt: &AttemptKey,
        lines: Vec<LogLine>,
    ) -> Result<(), StoreError> {
        let mut state = self.state();
        state.room()?;
        if !lines.is_empty() {
            let logs = state.logs.entry((namespace.clone(), run)).or_default();
            logs.push((attempt.clone(), lines));
        }
        Ok(())
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

impl Triggers for MemoryStore {
    async fn memory(&self, trigger: &TriggerKey) -> Result<Option<Json>, StoreError> {
        Ok(self.state().memories.get(trigger).cloned())
    }

    async fn save(&self, trigger: &TriggerKey, memory: Json) -> Result<(), StoreError> {
        let mut state = self.state();
        state.room()?;
        state.memories.insert(trigger.clone(), memory);
        Ok(())
    }
}

impl Runs for MemoryStore {
    async fn get(&self, namespace: &Namespace, run: RunId) -> Result<Option<Summary>, StoreError> {
        let state = self.state();
        let key = (namespace.clone(), run);
        Ok(state
            .runs
            .get(&key)
            .and_then(|run| state.summary(&key, run)))
    }

    async fn list(
        &self,
        namespace: &Namespace,
        filter: &Filter,
        page: Page,
    ) -> Result<Listing, StoreError> {
        let state = self.state();
        let mut runs: Vec<Summary> = state
            .runs
            .iter()
            .rev()
            .filter(|((owner, run), _)| {
                owner == namespace && page.before.is_none_or(|before| *run < before)
            })
            .filter_map(|(key, run)| state.summary(key, run))
            .filter(|row| {
                filter
                    .workflow
                    .as_ref()
                    .is_none_or(|name| *name == row.workflow)
            })
            .filter(|row| filter.status.is_none_or(|status| status == row.status))
            .take(page.limit.saturating_add(1))
            .collect();
        let more = runs.len() > page.limit;
        runs.truncate(page.limit);
        let next = runs.last().filter(|_| more).map(|last| last.run);
        Ok(Listing { runs, next })
    }

    fn live(&self) -> usize {
        let state = self.state();
        state.ready.len() + state.due.len() + state.held.len()
    }
}

impl State {
    fn summary(&self, key: &Key, entries: &[Entry]) -> Option<Summary> {
        let (first, last) = (entries.first()?, entries.last()?);
        let Fact::Accepted(accepted) = &first.fact else {
            return None;
        };
        let mut row = Summary {
            run: accepted.run,
            workflow: accepted.workflow.clone(),
            plan: accepted.plan,
            version: accepted.version,
            origin: accepted.origin.clone(),
            event_id: accepted.event.id.clone(),
            status: Status::Queued,
            accepted_at: first.at,
            finished_at: None,
            failure: None,
        };
        match &last.fact {
            Fact::Ended(end) => {
                row.status = end.status();
                row.finished_at = Some(last.at);
                row.failure = match end {
                    End::Failed { step, failure } | End::Parked { step, failure } => {
                        Some((step.clone(), failure.clone()))
                    }
                    End::Succeeded { .. } | End::Cancelled { .. } | End::Skipped { .. } => None,
                };
            }
            _ if self.held.contains_key(key) => row.status = Status::Running,
            Fact::Suspended { .. } => row.status = Status::Waiting,
            _ => {}
        }
        Some(row)
    }
}
