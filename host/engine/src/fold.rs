//! From the entries of a journal to the state that a run was left in.

use std::collections::BTreeMap;

use mortise_model::path::RECEIVE;
use mortise_model::run::Phase;
use mortise_model::{Entry, Fact, Plan, Run, Status, StepPath};

use crate::Defect;
use crate::apply::apply;
use crate::parts::{PartsDone, leaves_nothing};

/// Applies the entries of a journal to nothing: the state that a run was left in. The commands that
/// its entries led to are forgotten; `Input::Claimed` brings back those that are still to be done.
/// What happened inside of parts of a `foreach` that are done is history, and some of it may be
/// missing.
///
/// # Errors
/// Where the entries do not begin with an acceptance or name steps that the plan does not have.
pub fn fold(plan: &Plan, entries: &[(u32, Entry)], next_sequence: u32) -> Result<Run, Defect> {
    let Some(((_, first), rest)) = entries.split_first() else {
        return Err(Defect::NoAcceptance);
    };
    let Fact::Accepted(accepted) = &first.fact else {
        return Err(Defect::NoAcceptance);
    };
    let receive = StepPath::from(RECEIVE);
    let is_raw = plan.operation(&receive, &accepted.origin).is_some();
    let mut run = Run {
        plan: accepted.plan,
        version: accepted.version,
        event: (!is_raw).then(|| accepted.event.clone()),
        accepted: accepted.clone(),
        accepted_at: first.at,
        sequence: 1,
        started_at: None,
        since: None,
        status: Status::Queued,
        steps: BTreeMap::new(),
        done: Vec::new(),
        early: BTreeMap::new(),
        attempts_before: BTreeMap::new(),
        edits: 0,
        ending: None,
        takes_back: false,
        parking: None,
        phase: Phase::Steps,
        end: None,
    };
    let parts = parts_done(plan, rest);
    for (sequence, entry) in rest {
        if !parts.has(*sequence, &entry.fact) {
            apply(plan, &mut run, entry)?;
        }
    }
    run.sequence = next_sequence;
    Ok(run)
}

/// The parts that are done of each `foreach` whose parts leave nothing behind.
fn parts_done(plan: &Plan, entries: &[(u32, Entry)]) -> PartsDone {
    let mut parts = PartsDone::default();
    for (sequence, entry) in entries {
        if let Fact::PageDone { step, .. } = &entry.fact
            && leaves_nothing(plan, step)
        {
            parts.add(step, *sequence);
        }
    }
    parts
}
