//! What a run is told from outside.

use serde::{Deserialize, Serialize};

use crate::entry::End;
use crate::id::{Digest, RunId, StepPath};
use crate::json::Payload;
use crate::plan::Decision;

/// What a run is told from outside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Letter {
    /// A person wants it to stop.
    Cancel {
        /// Who.
        by: String,
        /// Why.
        why: String,
    },
    /// A request came to the address of a step.
    Callback {
        /// Which step.
        step: StepPath,
        /// The body.
        body: Payload,
    },
    /// A person decided.
    Decided {
        /// Which step.
        step: StepPath,
        /// What.
        decision: Decision,
        /// Who.
        by: String,
        /// Why.
        why: String,
    },
    /// A run that this one called is at rest.
    ChildEnded {
        /// Which step called it.
        step: StepPath,
        /// The run.
        child: RunId,
        /// How it ended.
        end: End,
    },
    /// A person wants a parked run to go on.
    Replay {
        /// From this step; the one that failed where none is named.
        from: Option<StepPath>,
        /// Its event from now on, where it was edited.
        event: Option<Payload>,
        /// Who.
        by: String,
        /// Why.
        why: String,
    },
    /// A person gives a parked run up.
    Discard {
        /// Who.
        by: String,
        /// Why.
        why: String,
    },
    /// A person moves the run to another version of its plan.
    Move {
        /// The plan.
        plan: Digest,
        /// Its number among the versions of its workflow.
        version: u32,
        /// Who.
        by: String,
        /// Why.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        why: String,
    },
    /// Its workflow goes on after a pause.
    Wake,
}

impl Letter {
    /// Whether a parked run reads it.
    #[must_use]
    pub fn wakes(&self) -> bool {
        matches!(
            self,
            Self::Cancel { .. } | Self::Replay { .. } | Self::Discard { .. } | Self::Move { .. }
        )
    }
}
