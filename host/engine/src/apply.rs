//! From an entry to a changed run and the commands that follow.

use mortise_model::entry::StepInput;
use mortise_model::run::{StepState, StepStatus};
use mortise_model::{Command, Entry, Fact, Plan, Run, Status, StepPath};

use crate::Defect;

/// Applies the entries of a journal to nothing: the state that a run was left in. The commands that
/// its entries led to are forgotten; `Input::Claimed` brings back those that are still to be done.
///
/// # Errors
/// Where the entries do not begin with an acceptance or name steps that the plan does not have.
pub fn fold(plan: &Plan, entries: &[Entry]) -> Result<Run, Defect> {
    let Some((
        Entry {
            at,
            fact: Fact::Accepted(accepted),
        },
        rest,
    )) = entries.split_first()
    else {
        return Err(Defect::NoAcceptance);
    };
    let mut run = Run {
        accepted: accepted.clone(),
        accepted_at: *at,
        sequence: 1,
        started_at: None,
        status: Status::Queued,
        steps: std::collections::BTreeMap::new(),
        end: None,
    };
    for entry in rest {
        apply(plan, &mut run, entry)?;
    }
    Ok(run)
}

/// Applies one entry to a run and says what follows from it.
///
/// # Errors
/// Where the entry names a step that the plan does not have, or is a second acceptance.
pub fn apply(plan: &Plan, run: &mut Run, entry: &Entry) -> Result<Option<Command>, Defect> {
    run.sequence += 1;
    match &entry.fact {
        Fact::Accepted(_) => Err(Defect::NoAcceptance),
        Fact::Started => {
            run.started_at = Some(entry.at);
            run.status = Status::Running;
            Ok(Some(next(plan, run)))
        }
        Fact::Resumed => {
            run.status = Status::Running;
            Ok(Some(next(plan, run)))
        }
        Fact::StepSkipped { step } => {
            state(plan, run, step)?.status = StepStatus::Skipped;
            Ok(Some(next(plan, run)))
        }
        Fact::AttemptStarted {
            step,
            attempt,
            turn,
            input,
        } => attempt_started(plan, run, step, (*attempt, *turn), input.as_ref()).map(Some),
        Fact::AttemptSucceeded {
            step,
            output,
            failures,
            ..
        } => {
            let state = state(plan, run, step)?;
            state.status = StepStatus::Succeeded;
            state.output = Some(output.clone());
            state.failures.clone_from(failures);
            state.failure = None;
            // Nothing reads it any more, and it may be large.
            state.input = None;
            Ok(Some(next(plan, run)))
        }
        Fact::AttemptFailed {
            step,
            failure,
            retry_at,
            ..
        } => {
            let state = state(plan, run, step)?;
            state.status = retry_at.map_or(StepStatus::Failed, StepStatus::Retrying);
            state.interruptions += u32::from(failure.code == crate::decide::INTERRUPTED);
            state.failure = Some(failure.clone());
            Ok(None)
        }
        Fact::Suspended { .. } => {
            run.status = Status::Waiting;
            Ok(None)
        }
        Fact::Ended(end) => {
            run.status = end.status();
            run.end = Some(end.clone());
            Ok(None)
        }
    }
}

fn attempt_started(
    plan: &Plan,
    run: &mut Run,
    step: &StepPath,
    (attempt, turn): (u32, u32),
    input: Option<&StepInput>,
) -> Result<Command, Defect> {
    run.status = Status::Running;
    let state = state(plan, run, step)?;
    state.status = StepStatus::Running;
    state.attempts = attempt;
    state.turn = turn;
    if let Some(input) = input {
        state.input = Some(input.clone());
    }
    let Some(input) = state.input.clone() else {
        return Err(Defect::Unexpected {
            step: step.clone(),
            input: "an attempt without input",
        });
    };
    Ok(Command::Call {
        step: step.clone(),
        attempt,
        turn,
        input,
    })
}

/// What is to be done where no attempt is under way: the first step that has not begun, or the
/// output when there is none.
fn next(plan: &Plan, run: &Run) -> Command {
    plan.steps
        .iter()
        .find(|step| !run.steps.contains_key(&step.id))
        .map_or(Command::EvaluateOutput, |step| Command::Evaluate {
            step: step.id.clone(),
        })
}

fn state<'r>(plan: &Plan, run: &'r mut Run, step: &StepPath) -> Result<&'r mut StepState, Defect> {
    if plan.step(step).is_none() {
        return Err(Defect::UnknownStep(step.clone()));
    }
    Ok(run.steps.entry(step.clone()).or_insert_with(|| StepState {
        status: StepStatus::Running,
        input: None,
        output: None,
        failures: Vec::new(),
        attempts: 0,
        interruptions: 0,
        turn: 0,
        failure: None,
    }))
}
