//! The reading side: runs as people list them.

use std::collections::BTreeSet;
use std::future::Future;

use mortise_model::event::Origin;
use mortise_model::id::{Digest, Namespace, RunId, StepPath, WorkflowName};
use mortise_model::{Failure, Status, Timestamp};

use crate::error::StoreError;
use crate::journal::Asked;

/// Lists runs.
pub trait Runs: Send + Sync + 'static {
    /// A run by its id.
    ///
    /// # Errors
    /// Where it cannot be read.
    fn get(
        &self,
        namespace: &Namespace,
        run: RunId,
    ) -> impl Future<Output = Result<Option<Summary>, StoreError>> + Send;

    /// A page of runs, newest first.
    ///
    /// # Errors
    /// Where they cannot be read.
    fn list(
        &self,
        namespace: &Namespace,
        filter: &Filter,
        page: Page,
    ) -> impl Future<Output = Result<Listing, StoreError>> + Send;

    /// A page of the approvals that are asked for, newest run first.
    ///
    /// # Errors
    /// Where they cannot be read.
    fn approvals(
        &self,
        namespace: &Namespace,
        page: Page,
    ) -> impl Future<Output = Result<Approvals, StoreError>> + Send;

    /// How many runs are not at rest: queued, running, waiting. Cheap.
    fn live(&self) -> usize;

    /// Every plan that a run may still need, in all namespaces: those of runs that are not at rest or
    /// are parked, those that are active, and the candidates beside them. Reads a record of each such run.
    ///
    /// # Errors
    /// Where they cannot be read.
    fn needed_plans(&self) -> impl Future<Output = Result<BTreeSet<Digest>, StoreError>> + Send;
}

/// A run in one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// The run.
    pub run: RunId,
    /// Its workflow.
    pub workflow: WorkflowName,
    /// The plan that it runs on.
    pub plan: Digest,
    /// The plan's number among the versions of its workflow.
    pub version: u32,
    /// The rollout that gave it its plan: `acme/shop@1.2.0`.
    pub rollout: Option<String>,
    /// The run that called it.
    pub parent: Option<RunId>,
    /// What started it.
    pub origin: Origin,
    /// The event's id.
    pub event_id: String,
    /// Where it stands.
    pub status: Status,
    /// When it was accepted.
    pub accepted_at: Timestamp,
    /// When it came to rest.
    pub finished_at: Option<Timestamp>,
    /// The step that failed and why, for a run that did not succeed.
    pub failure: Option<(Option<StepPath>, Failure)>,
}

/// Which runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only of this workflow.
    pub workflow: Option<WorkflowName>,
    /// Only with this status. Those that are not at rest, and those that are parked, are found
    /// without looking at others.
    pub status: Option<Status>,
    /// Only those whose failure has this code.
    pub code: Option<String>,
    /// Only those that this run called.
    pub parent: Option<RunId>,
}

impl Filter {
    /// Whether a run is one of them.
    #[must_use]
    pub fn holds(&self, row: &Summary) -> bool {
        let code = row.failure.as_ref().map(|(_, failure)| &failure.code);
        let workflow = self.workflow.as_ref();
        workflow.is_none_or(|wanted| *wanted == row.workflow)
            && self.status.is_none_or(|wanted| wanted == row.status)
            && (self.code.is_none() || self.code.as_ref() == code)
            && (self.parent.is_none() || self.parent == row.parent)
    }
}

/// Which part of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// Only runs older than this one: the cursor.
    pub before: Option<RunId>,
    /// At most so many.
    pub limit: usize,
}

/// A part of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// Newest first. May hold fewer than asked for although there are more: see `next`.
    pub runs: Vec<Summary>,
    /// Where the list goes on; none at its end.
    pub next: Option<RunId>,
}

/// A part of the list of approvals.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Approvals {
    /// Newest run first. Those of one run stay together, so they may be more than asked for where
    /// they are the only ones.
    pub asked: Vec<(RunId, StepPath, Asked)>,
    /// Where the list goes on; none at its end.
    pub next: Option<RunId>,
}
