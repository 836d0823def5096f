//! The journal in memory.

use mortise_model::id::{Namespace, RunId};
use mortise_model::{Entry, Fact, Status, Timestamp};

use super::{Key, MemoryStore, State};
use crate::Journal;
use crate::error::StoreError;
use crate::journal::{Acceptance, Admission, Claim, Claimed, Owner, Work};
use crate::triggers::TriggerKey;

impl Journal for MemoryStore {
    async fn accept(&self, events: Vec<Acceptance>) -> Result<Vec<Admission>, StoreError> {
        let mut state = self.state();
        state.room()?;
        for event in &events {
            if !matches!(event.entry.fact, Fact::Accepted(_)) {
                return Err(StoreError::Failed(
                    "a run must begin with its acceptance".to_owned(),
                ));
            }
        }
        Ok(events
            .into_iter()
            .filter_map(|event| state.accept(event))
            .collect())
    }

    async fn claim(&self, owner: &Owner, now: Timestamp, limit: usize) -> Result<Work, StoreError> {
        let mut state = self.state();
        let mut claimed = Vec::new();
        while claimed.len() < limit
            && let Some(key) = state.next(now)
        {
            let entries = state.runs.get(&key).cloned().unwrap_or_default();
            let claim = state.hold(&key, now, owner.lease_ms);
            claimed.push(Claimed { claim, entries });
        }
        let next_due = state.due.first().map(|(due, _)| *due);
        Ok(Work { claimed, next_due })
    }

    async fn commit(
        &self,
        claim: &Claim,
        expected_sequence: u32,
        entries: Vec<Entry>,
    ) -> Result<(), StoreError> {
        let mut state = self.state();
        let Some(last) = entries.last().map(|entry| entry.fact.clone()) else {
            return Ok(());
        };
        let fenced = StoreError::Fenced(claim.run);
        state.held(claim).ok_or_else(|| fenced.clone())?;
        let key = (claim.namespace.clone(), claim.run);
        let run = state.runs.get(&key).ok_or(fenced)?;
        let actual = u32::try_from(run.len()).unwrap_or(u32::MAX);
        if actual != expected_sequence {
            return Err(StoreError::Sequence {
                run: claim.run,
                expected: expected_sequence,
                actual,
            });
        }
        state.room()?;
        if let Some(run) = state.runs.get_mut(&key) {
            run.extend(entries);
        }
        match last {
            Fact::Ended(_) => drop(state.held.remove(&key)),
            Fact::Suspended { until } => {
                state.held.remove(&key);
                state.due.insert((until, key));
            }
            _ => {}
        }
        Ok(())
    }

    async fn entries(&self, namespace: &Namespace, run: RunId) -> Result<Vec<Entry>, StoreError> {
        let key = (namespace.clone(), run);
        Ok(self.state().runs.get(&key).cloned().unwrap_or_default())
    }

    async fn renew(&self, claims: &[Claim], now: Timestamp) -> Result<Vec<RunId>, StoreError> {
        let mut state = self.state();
        let mut lost = Vec::new();
        for claim in claims {
            match state.held(claim) {
                Some(held) => held.until = now.plus_ms(held.lease_ms),
                None => lost.push(claim.run),
            }
        }
        Ok(lost)
    }

    async fn purge(
        &self,
        namespace: &Namespace,
        workflow: &str,
        finished_before: Timestamp,
        limit: usize,
    ) -> Result<usize, StoreError> {
        let mut state = self.state();
        let goes = |key: &Key, entries: &[Entry]| {
            let (Some(first), Some(last)) = (entries.first(), entries.last()) else {
                return false;
            };
            let (Fact::Accepted(accepted), Fact::Ended(end)) = (&first.fact, &last.fact) else {
                return false;
            };
            key.0 == *namespace
                && accepted.workflow.as_str() == workflow
                && end.status() != Status::Parked
                && last.at < finished_before
        };
        let gone: Vec<Key> = state
            .runs
            .iter()
            .filter(|(key, entries)| goes(key, entries))
            .map(|(key, _)| key.clone())
            .take(limit)
            .collect();
        for key in &gone {
            state.runs.remove(key);
            state.payloads.remove(key);
            state.logs.remove(key);
            state
                .events
                .retain(|(trigger, _), (run, _)| trigger.namespace != key.0 || *run != key.1);
        }
        Ok(gone.len())
    }
}

impl State {
    fn accept(&mut self, event: Acceptance) -> Option<Admission> {
        let Fact::Accepted(accepted) = &event.entry.fact else {
            return None;
        };
        if let Some((trigger, memory)) = event.memory {
            self.memories.insert(trigger, memory);
        }
        let run = accepted.run;
        let key = (accepted.namespace.clone(), run);
        if let Some(dedupe) = event.dedupe {
            let trigger = TriggerKey {
                namespace: accepted.namespace.clone(),
                workflow: accepted.workflow.clone(),
                trigger: accepted.origin.trigger.clone(),
            };
            let id = (trigger, dedupe.event_id);
            if let Some((first, body)) = self.events.get(&id) {
                let first = *first;
                let same = *body == dedupe.body;
                self.payloads.remove(&key);
                return Some(if same {
                    Admission::Duplicate(first)
                } else {
                    Admission::Conflict(first)
                });
            }
            self.events.insert(id, (run, dedupe.body));
        }
        self.runs.insert(key.clone(), vec![event.entry]);
        self.ready.push_back(key);
        Some(Admission::New(run))
    }

    /// The next run that may be claimed: due, queued, or with a lease that ran out.
    fn next(&mut self, now: Timestamp) -> Option<Key> {
        if let Some((due, _)) = self.due.first()
            && *due <= now
        {
            return self.due.pop_first().map(|(_, key)| key);
        }
        if let Some(key) = self.ready.pop_front() {
            return Some(key);
        }
        let mut held = self.held.iter();
        held.find(|(_, held)| held.until <= now)
            .map(|(key, _)| key.clone())
    }
}
