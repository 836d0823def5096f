//! From the entries of a journal to the state that a run was left in.

use std::collections::{BTreeMap, HashMap};

use mortise_model::path::RECEIVE;
use mortise_model::plan::Action;
use mortise_model::run::Phase;
use mortise_model::{Entry, Fact, Plan, Run, Status, StepPath};

use crate::Defect;
use crate::apply::apply;
use crate::items;

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
        if !is_history(&parts, *sequence, &entry.fact) {
            apply(plan, &mut run, entry)?;
        }
    }
    run.sequence = next_sequence;
    Ok(run)
}

/// The sequence number of the last part that is done, of each `foreach` whose parts leave nothing
/// behind.
fn parts_done(plan: &Plan, entries: &[(u32, Entry)]) -> HashMap<StepPath, u32> {
    entries
        .iter()
        .filter_map(|(sequence, entry)| match &entry.fact {
            Fact::PageDone { step, .. } if leaves_nothing(plan, step) => {
                Some((step.clone(), *sequence))
            }
            _ => None,
        })
        .collect()
}

fn leaves_nothing(plan: &Plan, step: &StepPath) -> bool {
    plan.step(step).is_some_and(|step| match &step.action {
        Action::Foreach(foreach) => !items::has_undo(&foreach.steps),
        _ => false,
    })
}

fn is_history(parts: &HashMap<StepPath, u32>, sequence: u32, fact: &Fact) -> bool {
    if parts.is_empty() {
        return false;
    }
    let Some(step) = fact.step() else {
        return false;
    };
    let is_attempt = matches!(
        fact,
        Fact::StepEntered { .. }
            | Fact::StepHeld { .. }
            | Fact::AttemptStarted { .. }
            | Fact::AttemptPaged { .. }
            | Fact::AttemptFailed { .. }
            | Fact::ItemFailed { .. }
    );
    parts.iter().any(|(foreach, done)| {
        sequence < *done && (step.is_inside(foreach) || (is_attempt && step == foreach))
    })
}
