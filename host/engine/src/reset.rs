//! A parked run goes on: what it did from a step onwards is done again.

use mortise_model::entry::End;
use mortise_model::event::Event;
use mortise_model::path::{FINALLY, Part, UNDO};
use mortise_model::plan::OnFailure;
use mortise_model::run::{Phase, StepStatus};
use mortise_model::{Payload, Plan, Run, ScopePath, Status, StepPath};
use thiserror::Error;

use crate::items;

/// Why a run cannot be replayed from a step.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum NoReplay {
    /// It is not parked.
    #[error("the run is not parked")]
    NotParked,
    /// There is no such step, or it has not begun.
    #[error("step `{0}` has not begun in this run; `runs show` lists those that have")]
    NotBegun(StepPath),
    /// It is parked while it takes steps back, or at its end.
    #[error(
        "the run failed after its steps were over: it goes on with `{0}`, and not with a step before that"
    )]
    TooLate(StepPath),
    /// The step lies in a part of a block, such as an item of a `foreach`, that is done.
    #[error("step `{step}` lies in a part of `{block}` that is done: replay from `{block}`")]
    Done {
        /// The step.
        step: StepPath,
        /// The block, which can be replayed from.
        block: StepPath,
    },
}

/// Whether a parked run can go on from a step; none means the one that failed.
///
/// # Errors
/// Why not.
pub fn replayable(plan: &Plan, run: &Run, from: Option<&StepPath>) -> Result<(), NoReplay> {
    let (Status::Parked, Some(End::Parked { step: failed, .. })) = (run.status, &run.end) else {
        return Err(NoReplay::NotParked);
    };
    let Some(from) = from else {
        return Ok(());
    };
    if plan.node(from).is_none() {
        return Err(NoReplay::NotBegun(from.clone()));
    }
    let is_failed = failed.as_ref() == Some(from);
    if is_failed {
        return Ok(());
    }
    if run.phase != Phase::Steps {
        let failed = failed.clone().unwrap_or_else(|| from.clone());
        return Err(NoReplay::TooLate(failed));
    }
    let is_known = run.steps.contains_key(from);
    let scope = from.scope();
    let closed = scope
        .outward()
        .filter_map(|scope| scope.owner())
        .filter(|(owner, part)| {
            if is_known {
                !is_open(run, owner, part)
            } else {
                is_past(run, owner, part)
            }
        });
    // What lies further in is forgotten together with the outermost.
    match closed.last() {
        Some((block, _)) => Err(NoReplay::Done {
            step: from.clone(),
            block,
        }),
        None if is_known => Ok(()),
        None => Err(NoReplay::NotBegun(from.clone())),
    }
}

/// Whether a part of a block whose steps are known can be gone on with.
fn is_open(run: &Run, owner: &StepPath, part: &Part) -> bool {
    match (run.steps.get(owner), part) {
        (Some(state), Part::Index(item)) => state
            .items
            .as_ref()
            .is_none_or(|items| (items.first..items.end).contains(item) && !items.complete),
        (state, _) => state.is_some(),
    }
}

/// Whether a part of a block is done: the states of its steps may be forgotten then.
fn is_past(run: &Run, owner: &StepPath, part: &Part) -> bool {
    let Some(state) = run.steps.get(owner) else {
        return false;
    };
    let is_done = state.status == StepStatus::Succeeded;
    match (part, &state.items) {
        (Part::Index(item), Some(items)) => *item < items.fresh && !items.open.contains(item),
        (Part::Index(case), None) => is_done && state.case.map(u64::from) == Some(*case),
        (Part::Branch(_), _) => is_done,
        (Part::OnFailure, _) => false,
    }
}

/// Clears what is to be done again. The step that failed is the one to go on with where none is
/// named.
pub(crate) fn replay(plan: &Plan, run: &mut Run, from: Option<&StepPath>, event: Option<&Payload>) {
    let failed = match &run.end {
        Some(End::Parked { step, .. }) => step.clone(),
        _ => None,
    };
    run.end = None;
    run.parking = None;
    run.status = Status::Running;
    if let Some(payload) = event {
        run.edits += 1;
        let event = run
            .event
            .take()
            .unwrap_or_else(|| run.accepted.event.clone());
        run.event = Some(Event {
            payload: payload.clone(),
            ..event
        });
    }
    clear_stuck(plan, run);
    let Some(from) = from.or(failed.as_ref()) else {
        return;
    };
    // A run that it called and that has not ended is not called a second time.
    let waits = run.steps.get(from).and_then(|state| state.status.child());
    if waits.is_none() || event.is_some() || failed.as_ref() != Some(from) {
        clear(run, from);
    }
    if from.id() == UNDO || from.as_str().starts_with(FINALLY) {
        return;
    }
    clear_after(plan, run, from);
    let around: Vec<(StepPath, Part)> = from
        .scope()
        .outward()
        .filter_map(|scope| scope.owner())
        .collect();
    for (owner, part) in around {
        reopen(run, &owner, &part);
        clear_after(plan, run, &owner);
    }
    run.done.retain(|path| run.steps.contains_key(path));
}

/// Clears the steps that gave up without anything in the manifest to go on with: only a replay
/// makes them again.
fn clear_stuck(plan: &Plan, run: &mut Run) {
    let stuck: Vec<StepPath> = run
        .steps
        .iter()
        .filter(|(path, state)| {
            state.status == StepStatus::Failed
                && !plan.step(path).is_some_and(|step| {
                    matches!(step.on_failure, OnFailure::Continue | OnFailure::Steps(_))
                })
        })
        .map(|(path, _)| path.clone())
        .collect();
    for path in &stuck {
        clear(run, path);
    }
}

fn clear_after(plan: &Plan, run: &mut Run, step: &StepPath) {
    let scope = step.scope();
    let Some(steps) = plan.steps_of(&scope) else {
        return;
    };
    let later = steps
        .iter()
        .skip_while(|other| other.id.as_str() != step.id())
        .skip(1);
    for other in later {
        clear(run, &scope.step(other.id.as_str()));
    }
}

fn clear(run: &mut Run, step: &StepPath) {
    for path in items::inside(run, step).into_iter().chain([step.clone()]) {
        if let Some(state) = run.steps.remove(&path) {
            let before = run.attempts_before.entry(path).or_default();
            *before = (*before).max(if state.turn == 0 { state.attempts } else { 1 });
        }
    }
}

/// What was ended when a block failed is done again with the block, and what followed its failure
/// is forgotten.
fn clear_given_up(run: &mut Run, block: &StepPath) {
    let is_open = |status| status == StepStatus::Open;
    if run
        .steps
        .get(block)
        .is_none_or(|state| is_open(state.status))
    {
        return;
    }
    let handlers = ScopePath::of(block, &Part::OnFailure);
    for path in items::inside(run, block) {
        let is_handler = path.scope().outward().any(|scope| scope == handlers);
        let is_cancelled = run
            .steps
            .get(&path)
            .is_some_and(|state| state.status == StepStatus::Cancelled);
        if is_handler || is_cancelled {
            clear(run, &path);
        }
    }
}

fn reopen(run: &mut Run, owner: &StepPath, part: &Part) {
    if *part != Part::OnFailure {
        clear_given_up(run, owner);
    }
    let Some(state) = run.steps.get_mut(owner) else {
        return;
    };
    match part {
        Part::OnFailure => state.status = StepStatus::Handling,
        Part::Branch(_) => state.status = StepStatus::Open,
        Part::Index(item) => {
            state.status = StepStatus::Open;
            if let Some(items) = &mut state.items
                && items.open.insert(*item)
            {
                let failed = items.page_failures.len();
                items.page_failures.retain(|failure| failure.item != *item);
                if items.page_failures.len() < failed {
                    items.failed -= 1;
                } else {
                    items.succeeded = items.succeeded.saturating_sub(1);
                }
            }
        }
    }
}
