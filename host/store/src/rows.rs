//! What lists show of a run: its row.

use mortise_model::entry::{Accepted, End};
use mortise_model::event::Origin;
use mortise_model::id::{Digest, Namespace, RunId, StepPath, WorkflowName};
use mortise_model::{Entry, Fact, Failure, Status, Timestamp};
use mortise_ports::StoreError;
use mortise_ports::catalog::Rollout;
use mortise_ports::runs::Summary;
use serde::{Deserialize, Serialize};

use crate::keys;
use crate::record::{self, Op};

/// The row of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// Its workflow.
    pub workflow: WorkflowName,
    /// The plan that it runs on.
    pub plan: Digest,
    /// The plan's number among the versions of its workflow.
    pub version: u32,
    /// The rollout that gave it its plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollout: Option<String>,
    /// The run that called it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<RunId>,
    /// What started it.
    pub origin: Origin,
    /// The event's id.
    pub event_id: String,
    /// When it was accepted.
    pub accepted_at: Timestamp,
    /// Present when it is at rest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<RowEnd>,
}

/// How a run came to rest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowEnd {
    /// One of the statuses of rest.
    pub status: Status,
    /// When.
    pub at: Timestamp,
    /// Why it did not succeed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<(Option<StepPath>, Failure)>,
}

impl Row {
    /// The row of a run with this acceptance.
    #[must_use]
    pub fn new(accepted: &Accepted, at: Timestamp) -> Self {
        Self {
            workflow: accepted.workflow.clone(),
            plan: accepted.plan,
            version: accepted.version,
            rollout: accepted.rollout.clone(),
            parent: accepted.parent.as_ref().map(|parent| parent.run),
            origin: accepted.origin.clone(),
            event_id: accepted.event.id.clone(),
            accepted_at: at,
            end: None,
        }
    }

    /// The row of a run that begins with this entry, where it is an acceptance.
    #[must_use]
    pub fn of_entry(entry: &Entry) -> Option<Self> {
        match &entry.fact {
            Fact::Accepted(accepted) => Some(Self::new(accepted, entry.at)),
            _ => None,
        }
    }

    /// The run goes on with this plan and its version: where that is another one, no rollout gave it.
    pub fn follow(&mut self, (plan, version): (Digest, u32)) {
        if plan != self.plan {
            self.rollout = None;
        }
        (self.plan, self.version) = (plan, version);
    }

    /// The writes that keep the row of a run that ends so, at this time.
    ///
    /// # Errors
    /// `TooLarge`.
    pub fn ended(
        mut self,
        (namespace, run): (&Namespace, RunId),
        (end, at): (&End, Timestamp),
        max_bytes: usize,
    ) -> Result<Vec<Op>, StoreError> {
        let status = end.status();
        self.end = Some(RowEnd {
            status,
            at,
            failure: match end {
                End::Failed { step, failure } | End::Parked { step, failure } => {
                    Some((step.clone(), failure.clone()))
                }
                End::Succeeded { .. } | End::Cancelled { .. } | End::Skipped { .. } => None,
            },
        });
        let key = match status {
            Status::Parked => keys::parked_row(namespace, run),
            _ => keys::rest_row(namespace, run),
        };
        let mut ops = Vec::with_capacity(1);
        record::put(&mut ops, &key, &record::encode(&self, max_bytes)?);
        Ok(ops)
    }

    /// The row as the port shows it; `status` counts where the run is not at rest.
    #[must_use]
    pub fn into_summary(self, run: RunId, status: Status) -> Summary {
        let (status, finished_at, failure) = match self.end {
            Some(end) => (end.status, Some(end.at), end.failure),
            None => (status, None, None),
        };
        Summary {
            run,
            workflow: self.workflow,
            plan: self.plan,
            version: self.version,
            rollout: self.rollout,
            parent: self.parent,
            origin: self.origin,
            event_id: self.event_id,
            status,
            accepted_at: self.accepted_at,
            finished_at,
            failure,
        }
    }
}

/// What is active in a namespace, by digest.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActiveRecord {
    /// Grows with every publication.
    pub revision: u64,
    /// By name of workflow.
    pub plans: Vec<(Digest, u32)>,
    /// What is tried out beside them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trials: Vec<TrialRecord>,
}

/// A rollout and the plans that some of the new runs take.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrialRecord {
    /// What is rolled out, and how far.
    pub rollout: Rollout,
    /// By name of workflow.
    pub candidates: Vec<(Digest, u32)>,
}
