//! What is past: parts of a `foreach` that are done. The journal may forget what happened in them,
//! and it forgets whole turns: of a part whose first or last turn is about something else too some
//! entries stay. Half of a story would be told wrong, so none of it is told.

use std::collections::HashMap;

use mortise_model::plan::{Action, Items};
use mortise_model::{Entry, Fact, Plan, StepPath};
use mortise_runner::{PART_ITEMS, PartsDone, item_count, leaves_nothing};

/// The parts that are forgotten.
pub(super) fn past(plan: Option<&Plan>, entries: &[(u32, Entry)]) -> PartsDone {
    let mut past = PartsDone::default();
    let Some(plan) = plan else {
        return past;
    };
    let mut counts = HashMap::new();
    for (sequence, entry) in entries {
        match &entry.fact {
            Fact::ItemsTaken { step, count, .. } => {
                counts.insert(step, *count);
            }
            Fact::PageDone { step, .. } if forgets(plan, step, counts.get(step).copied()) => {
                past.add(step, *sequence);
            }
            _ => {}
        }
    }
    past
}

/// Whether the parts of a `foreach` are forgotten: a short list is kept as people want to see it.
fn forgets(plan: &Plan, step: &StepPath, count: Option<u32>) -> bool {
    let Some(Action::Foreach(foreach)) = plan.step(step).map(|step| &step.action) else {
        return false;
    };
    let is_paged = matches!(foreach.items, Items::Pages(_));
    let is_long = |records| item_count(foreach, records) > PART_ITEMS;
    leaves_nothing(plan, step) && (is_paged || count.is_none_or(is_long))
}
