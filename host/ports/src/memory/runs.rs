//! Lists in memory.

use std::collections::BTreeSet;

use mortise_model::entry::End;
use mortise_model::id::{Digest, Namespace, RunId};
use mortise_model::{Fact, Status};

use super::catalog::Published;
use super::{Kept, Key, MemoryStore, State};
use crate::Runs;
use crate::error::StoreError;
use crate::runs::{Approvals, Filter, Listing, Page, Summary};

impl Runs for MemoryStore {
    async fn get(&self, namespace: &Namespace, run: RunId) -> Result<Option<Summary>, StoreError> {
        let state = self.state();
        let key = (namespace.clone(), run);
        let run = state.runs.get(&key);
        Ok(run.map(|run| run.summary(state.held.contains_key(&key))))
    }

    async fn list(
        &self,
        namespace: &Namespace,
        filter: &Filter,
        page: Page,
    ) -> Result<Listing, StoreError> {
        let state = self.state();
        let mut runs: Vec<Summary> = state
            .newest_first(namespace, page.before)
            .map(|(key, run)| run.summary(state.held.contains_key(key)))
            .filter(|row| filter.holds(row))
            .take(page.limit.saturating_add(1))
            .collect();
        let more = runs.len() > page.limit;
        runs.truncate(page.limit);
        let next = runs.last().filter(|_| more).map(|last| last.run);
        Ok(Listing { runs, next })
    }

    async fn approvals(&self, namespace: &Namespace, page: Page) -> Result<Approvals, StoreError> {
        let state = self.state();
        let mut found = Approvals::default();
        let runs = state.newest_first(namespace, page.before);
        for (key, run) in runs.filter(|(_, run)| !run.approvals.is_empty()) {
            let count = found.asked.len();
            if count > 0 && count + run.approvals.len() > page.limit {
                found.next = found.asked.last().map(|(run, ..)| *run);
                break;
            }
            let asked = run.approvals.iter();
            let asked = asked.map(|(step, asked)| (key.1, step.clone(), *asked));
            found.asked.extend(asked);
        }
        Ok(found)
    }

    fn live(&self) -> usize {
        let state = self.state();
        state.ready.len() + state.due.len() + state.held.len() + state.places.count_waiting()
    }

    async fn needed_plans(&self) -> Result<BTreeSet<Digest>, StoreError> {
        let state = self.state();
        let runs = state.runs.values();
        let needing = runs.filter(|run| run.live.is_some() || run.is_parked());
        let mut plans: BTreeSet<Digest> = needing.map(|run| run.summary(false).plan).collect();
        plans.extend(state.catalogs.values().flat_map(Published::plans));
        Ok(plans)
    }
}

impl State {
    fn newest_first(
        &self,
        namespace: &Namespace,
        before: Option<RunId>,
    ) -> impl Iterator<Item = (&Key, &Kept)> {
        self.runs.iter().rev().filter(move |((owner, run), _)| {
            owner == namespace && before.is_none_or(|before| *run < before)
        })
    }
}

impl Kept {
    pub fn rest_status(&self) -> Status {
        match self.last().map(|last| &last.fact) {
            Some(Fact::Ended(end)) => end.status(),
            _ => Status::Queued,
        }
    }

    pub fn is_parked(&self) -> bool {
        self.rest_status() == Status::Parked
    }

    fn summary(&self, held: bool) -> Summary {
        let accepted = &self.accepted;
        let moved = self.entries().filter_map(|entry| match &entry.fact {
            Fact::Moved { plan, version } => Some((*plan, *version)),
            _ => None,
        });
        let (plan, version) = moved.last().unwrap_or((accepted.plan, accepted.version));
        let first = self.entries().next();
        let mut row = Summary {
            run: accepted.run,
            workflow: accepted.workflow.clone(),
            plan,
            version,
            rollout: accepted.rollout.clone().filter(|_| plan == accepted.plan),
            parent: accepted.parent.as_ref().map(|parent| parent.run),
            origin: accepted.origin.clone(),
            event_id: accepted.event.id.clone(),
            status: Status::Queued,
            accepted_at: first.map_or_else(Default::default, |first| first.at),
            finished_at: None,
            failure: None,
        };
        match (&self.live, self.last()) {
            (Some(_), _) if held => row.status = Status::Running,
            (Some(live), _) if live.due.is_some() => row.status = Status::Waiting,
            (None, Some(last)) => {
                row.status = self.rest_status();
                row.finished_at = Some(last.at);
                if let Fact::Ended(End::Failed { step, failure } | End::Parked { step, failure }) =
                    &last.fact
                {
                    row.failure = Some((step.clone(), failure.clone()));
                }
            }
            _ => {}
        }
        row
    }
}
