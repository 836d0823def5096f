//! What is past: parts of a `foreach` that are done. The journal may forget what happened in them,
//! and it forgets whole turns: of a part whose first or last turn is about something else too some
//! entries stay. Half of a story would be told wrong, so none of it is told.

use std::collections::HashMap;

use mortise_model::plan::{Action, Foreach, Items};
use mortise_model::{Entry, Fact, Plan, StepPath};
use mortise_runner::{PART_ITEMS, has_undo};

/// Each `foreach` whose parts are forgotten, with the sequence number of its last part that is done.
#[derive(Default)]
pub(super) struct Past(HashMap<StepPath, u32>);

impl Past {
    pub fn of(plan: Option<&Plan>, entries: &[(u32, Entry)]) -> Self {
        let Some(plan) = plan else {
            return Self::default();
        };
        let mut counts = HashMap::new();
        let mut done = HashMap::new();
        for (sequence, entry) in entries {
            match &entry.fact {
                Fact::ItemsTaken { step, count, .. } => {
                    counts.insert(step, *count);
                }
                Fact::PageDone { step, .. } if forgets(plan, step, counts.get(step).copied()) => {
                    done.insert(step.clone(), *sequence);
                }
                _ => {}
            }
        }
        Self(done)
    }

    /// The `foreach` whose last part that is done ends with this entry.
    pub fn ends(&self, sequence: u32) -> Option<&StepPath> {
        let mut ends = self.0.iter().filter(|(_, done)| **done == sequence);
        ends.next().map(|(foreach, _)| foreach)
    }

    /// Whether an entry tells of a part that is done.
    pub fn has(&self, sequence: u32, fact: &Fact) -> bool {
        if self.0.is_empty() {
            return false;
        }
        let Some(step) = fact.step() else {
            return false;
        };
        let is_of_part = matches!(
            fact,
            Fact::StepEntered { .. }
                | Fact::StepHeld { .. }
                | Fact::AttemptStarted { .. }
                | Fact::AttemptPaged { .. }
                | Fact::AttemptFailed { .. }
                | Fact::ItemFailed { .. }
        );
        self.0.iter().any(|(foreach, done)| {
            sequence < *done && (step.is_inside(foreach) || (is_of_part && step == foreach))
        })
    }
}

/// Whether the parts of a `foreach` are forgotten: a short list is kept as people want to see it.
fn forgets(plan: &Plan, step: &StepPath, count: Option<u32>) -> bool {
    let Some(Action::Foreach(foreach)) = plan.step(step).map(|step| &step.action) else {
        return false;
    };
    !has_undo(&foreach.steps) && (is_paged(foreach) || count.is_none_or(|n| is_long(foreach, n)))
}

fn is_paged(foreach: &Foreach) -> bool {
    matches!(foreach.items, Items::Pages(_))
}

fn is_long(foreach: &Foreach, records: u32) -> bool {
    u64::from(records.div_ceil(foreach.batch.unwrap_or(1).max(1))) > PART_ITEMS
}
