//! Where runs stand whose workflow is paused. A lane holds a run that it may not go on with, or puts it
//! down until the pause is over, so the store takes it for one that is worked on or that waits. As
//! long as it has not begun, or has not gone on since it was parked, people are told that it is queued.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use mortise_model::entry::End;
use mortise_model::id::{Namespace, RunId, WorkflowName};
use mortise_model::{Entry, Fact, Status};
use mortise_ports::runs::{Filter, Listing, Page, Summary};
use mortise_ports::{Store, StoreError};

/// Where runs stand, with what is paused.
pub struct Standing<'a, S> {
    store: &'a S,
    namespace: &'a Namespace,
    paused: Vec<WorkflowName>,
}

impl<'a, S: Store> Standing<'a, S> {
    /// Looks at what is paused now.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn of(store: &'a S, namespace: &'a Namespace) -> Result<Self, StoreError> {
        let paused = store.active(namespace).await?.paused;
        Ok(Self {
            store,
            namespace,
            paused,
        })
    }

    /// Where a run with these entries stands.
    #[must_use]
    pub fn status(&self, row: &Summary, entries: &[(u32, Entry)]) -> Status {
        if self.may_be_queued(row) && !has_gone_on(entries) {
            Status::Queued
        } else {
            row.status
        }
    }

    /// Where a run stands.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn status_of(&self, row: &Summary) -> Result<Status, StoreError> {
        if !self.may_be_queued(row) {
            return Ok(row.status);
        }
        let entries = self.store.entries(self.namespace, row.run).await?.entries;
        Ok(self.status(row, &entries))
    }

    /// A page of runs, newest first.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn list(&self, filter: &Filter, page: Page) -> Result<Listing, StoreError> {
        let workflow = filter.workflow.as_ref();
        let is_concerned = workflow.map_or(!self.paused.is_empty(), |name| self.is_paused(name));
        let mut kept = vec![filter.status];
        if is_concerned && filter.status == Some(Status::Queued) {
            kept.extend([Some(Status::Running), Some(Status::Waiting)]);
        }
        let mut found = BTreeMap::new();
        // What is older than the end of any of the lists may be incomplete.
        let mut floor = None;
        for status in kept {
            let filter = Filter {
                status,
                ..filter.clone()
            };
            let listing = self.store.list(self.namespace, &filter, page).await?;
            floor = floor.max(listing.next);
            for mut row in listing.runs {
                row.status = self.status_of(&row).await?;
                found.insert(row.run, row);
            }
        }
        let wanted = |row: &Summary| filter.status.is_none_or(|status| status == row.status);
        let rows = found.into_values().rev();
        let rows = rows.take_while(|row| floor.is_none_or(|floor| row.run >= floor));
        Ok(cut(rows.filter(wanted).collect(), page.limit, floor))
    }

    fn is_paused(&self, workflow: &WorkflowName) -> bool {
        self.paused.contains(workflow)
    }

    fn may_be_queued(&self, row: &Summary) -> bool {
        matches!(row.status, Status::Running | Status::Waiting) && self.is_paused(&row.workflow)
    }
}

/// A page of rows that may be too many; `next` is where the list goes on behind all of them.
fn cut(mut runs: Vec<Summary>, limit: usize, next: Option<RunId>) -> Listing {
    let is_more = runs.len() > limit;
    runs.truncate(limit);
    let last = runs.last().map(|last| last.run);
    Listing {
        next: if is_more { last } else { next },
        runs,
    }
}

/// Whether a run is parked as far as its journal knows.
pub(super) fn is_parked(entries: &[(u32, Entry)]) -> bool {
    let last = entries.last().map(|(_, entry)| &entry.fact);
    matches!(last, Some(Fact::Ended(End::Parked { .. })))
}

/// Whether a run did anything since it was accepted or parked but being told something and put down.
fn has_gone_on(entries: &[(u32, Entry)]) -> bool {
    let mut facts = entries.iter().rev().map(|(_, entry)| &entry.fact);
    let did = facts.find(|fact| {
        !matches!(
            fact,
            Fact::Suspended { .. } | Fact::Resumed | Fact::LetterRead { .. } | Fact::Moved { .. }
        )
    });
    !matches!(did, None | Some(Fact::Accepted(_) | Fact::Ended(_)))
}
