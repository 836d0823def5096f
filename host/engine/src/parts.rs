//! Parts of a `foreach` that are done. What happened in them is history: nothing follows from it any
//! more, and the journal may forget it.

use std::collections::HashMap;

use mortise_model::plan::Action;
use mortise_model::{Fact, Plan, StepPath};

use crate::items::has_undo;

/// Each `foreach`, with the sequence number with which its last part that is done ended.
#[derive(Debug, Default)]
pub struct PartsDone(HashMap<StepPath, u32>);

impl PartsDone {
    /// A part is done, and those before it.
    pub fn add(&mut self, foreach: &StepPath, sequence: u32) {
        self.0.insert(foreach.clone(), sequence);
    }

    /// The `foreach` whose last part that is done ends with this entry.
    #[must_use]
    pub fn ends(&self, sequence: u32) -> Option<&StepPath> {
        let mut ends = self.0.iter().filter(|(_, done)| **done == sequence);
        ends.next().map(|(foreach, _)| foreach)
    }

    /// Whether an entry tells of a part that is done.
    #[must_use]
    pub fn has(&self, sequence: u32, fact: &Fact) -> bool {
        if self.0.is_empty() {
            return false;
        }
        let Some(step) = fact.step() else {
            return false;
        };
        let is_of_part = is_of_part(fact);
        self.0.iter().any(|(foreach, done)| {
            sequence < *done && (step.is_inside(foreach) || (is_of_part && step == foreach))
        })
    }
}

/// Whether a fact about a `foreach` tells of one of its parts, and not of the whole.
#[must_use]
pub fn is_of_part(fact: &Fact) -> bool {
    matches!(
        fact,
        Fact::StepEntered { .. }
            | Fact::StepHeld { .. }
            | Fact::AttemptStarted { .. }
            | Fact::AttemptPaged { .. }
            | Fact::AttemptFailed { .. }
            | Fact::ItemFailed { .. }
    )
}

/// Whether a step is a `foreach` of whose parts nothing has to be remembered once they are done.
#[must_use]
pub fn leaves_nothing(plan: &Plan, step: &StepPath) -> bool {
    plan.step(step).is_some_and(|step| match &step.action {
        Action::Foreach(foreach) => !has_undo(&foreach.steps),
        _ => false,
    })
}
