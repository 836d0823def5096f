//! From an input to the entries that record it.

use mortise_model::entry::{End, RequestRecord, StepInput};
use mortise_model::input::Output;
use mortise_model::plan::{Action, Operation};
use mortise_model::run::{StepState, StepStatus};
use mortise_model::{
    Disposition, Entry, Fact, Failure, Input, Plan, Run, Status, StepPath, Timestamp,
};

use crate::Defect;
use crate::retry::{self, Verdict};

/// The code of an attempt that ended with the host and not with a result.
pub const INTERRUPTED: &str = "interrupted";

/// The code of a run that took longer than its manifest allows.
const RUN_TIMEOUT: &str = "run-timeout";

/// What the operator decides about all runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// How often an attempt of one step may end with the host before the run is parked: a
    /// record that takes the host down must not do so for ever.
    pub interruptions_max: u32,
}

/// The entries that record an input. Empty where there is nothing to record.
///
/// # Errors
/// Where the input does not fit the run's state.
pub fn decide(
    plan: &Plan,
    run: &Run,
    input: Input,
    now: Timestamp,
    rules: Rules,
) -> Result<Vec<Entry>, Defect> {
    if run.status.is_rest() {
        return Err(Defect::AtRest);
    }
    let facts = match input {
        Input::Claimed => claimed(plan, run, now, rules)?,
        Input::Evaluated { step, result } => evaluated(run, step, result)?,
        Input::OutputEvaluated { result } => vec![match result {
            Ok(output) => Fact::Ended(End::Succeeded { output }),
            Err(failure) => park(None, failure),
        }],
        Input::Called {
            step,
            result,
            requests,
            jitter_ppm,
        } => {
            let state = running(run, &step, "a result")?;
            match result {
                Ok(output) => vec![succeeded(step, output, requests)],
                Err(failure) => {
                    let Action::Operation(operation) = action(plan, &step)?;
                    let touched = !requests.is_empty();
                    let attempt = retry::Attempt {
                        number: state.attempts,
                        touched,
                        jitter_ppm,
                    };
                    let verdict = retry::judge(operation, &failure, attempt);
                    failed(
                        plan,
                        run,
                        now,
                        verdict,
                        Failed {
                            step,
                            failure,
                            requests,
                        },
                    )
                }
            }
        }
    };
    Ok(facts
        .into_iter()
        .map(|fact| Entry { at: now, fact })
        .collect())
}

/// A run that somebody took up: a new one begins; of another the attempt that was under way is
/// judged, or the retry that it waited for is made.
fn claimed(plan: &Plan, run: &Run, now: Timestamp, rules: Rules) -> Result<Vec<Fact>, Defect> {
    if run.status == Status::Queued {
        return Ok(vec![Fact::Started]);
    }
    let active = run
        .steps
        .iter()
        .find_map(|(path, state)| match state.status {
            StepStatus::Running => Some((path, state, None)),
            StepStatus::Retrying(at) => Some((path, state, Some(at))),
            _ => None,
        });
    match active {
        None => Ok(vec![Fact::Resumed]),
        Some((path, _, _)) if deadline(plan, run).is_some_and(|end| end < now) => {
            Ok(vec![park(Some(path.clone()), overdue(plan))])
        }
        Some((path, state, None)) => {
            let Action::Operation(operation) = action(plan, path)?;
            Ok(interrupted(path, state, operation, now, rules))
        }
        Some((_, _, Some(at))) if at > now => Ok(vec![Fact::Suspended { until: at }]),
        Some((path, state, Some(_))) => Ok(vec![again(path, state)]),
    }
}

/// The process ended while the attempt was under way: what it did is unknown.
fn interrupted(
    path: &StepPath,
    state: &StepState,
    operation: &Operation,
    now: Timestamp,
    rules: Rules,
) -> Vec<Fact> {
    let failure = Failure::new(
        Disposition::Unclear,
        INTERRUPTED,
        "the host stopped while this attempt was under way",
    );
    let tired = state.interruptions + 1 >= rules.interruptions_max;
    let repeats = retry::may_repeat(operation, true) && !tired;
    let retry_at = repeats.then_some(now);
    let attempt = Fact::AttemptFailed {
        step: path.clone(),
        failure: failure.clone(),
        retry_at,
        requests: Vec::new(),
    };
    let then = if repeats {
        again(path, state)
    } else {
        park(Some(path.clone()), failure)
    };
    vec![attempt, then]
}

fn again(path: &StepPath, state: &StepState) -> Fact {
    Fact::AttemptStarted {
        step: path.clone(),
        attempt: state.attempts + 1,
        turn: state.turn,
        input: None,
    }
}

fn evaluated(
    run: &Run,
    step: StepPath,
    result: Result<Option<StepInput>, Failure>,
) -> Result<Vec<Fact>, Defect> {
    if run.steps.contains_key(&step) {
        return Err(Defect::Unexpected {
            step,
            input: "an evaluation",
        });
    }
    Ok(vec![match result {
        Ok(Some(input)) => Fact::AttemptStarted {
            step,
            attempt: 1,
            turn: 0,
            input: Some(input),
        },
        Ok(None) => Fact::StepSkipped { step },
        Err(failure) => park(Some(step), failure),
    }])
}

fn succeeded(step: StepPath, output: Output, requests: Vec<RequestRecord>) -> Fact {
    Fact::AttemptSucceeded {
        step,
        output: output.value,
        failures: output.failures,
        requests,
    }
}

/// An attempt that failed, on its way into the journal.
struct Failed {
    step: StepPath,
    failure: Failure,
    requests: Vec<RequestRecord>,
}

fn failed(plan: &Plan, run: &Run, now: Timestamp, verdict: Verdict, attempt: Failed) -> Vec<Fact> {
    let Failed {
        step,
        failure,
        requests,
    } = attempt;
    let (retry_at, then) = match verdict {
        Verdict::Retry { after_ms } => {
            let at = now.plus_ms(after_ms);
            if deadline(plan, run).is_some_and(|end| end < at) {
                (None, park(Some(step.clone()), overdue(plan)))
            } else {
                (Some(at), Fact::Suspended { until: at })
            }
        }
        Verdict::GiveUp => (None, park(Some(step.clone()), failure.clone())),
        Verdict::Unclear => {
            let failure = Failure {
                disposition: Disposition::Unclear,
                ..failure.clone()
            };
            (None, park(Some(step.clone()), failure))
        }
    };
    vec![
        Fact::AttemptFailed {
            step,
            failure,
            retry_at,
            requests,
        },
        then,
    ]
}

fn park(step: Option<StepPath>, failure: Failure) -> Fact {
    Fact::Ended(End::Parked { step, failure })
}

fn deadline(plan: &Plan, run: &Run) -> Option<Timestamp> {
    Some(run.started_at?.plus_ms(plan.timeout_ms?))
}

fn overdue(plan: &Plan) -> Failure {
    let allowed_ms = plan.timeout_ms.unwrap_or_default();
    Failure::new(
        Disposition::Timeout,
        RUN_TIMEOUT,
        format!(
            "the run takes longer than the {allowed_ms} ms that `timeout` of the workflow allows"
        ),
    )
}

fn running<'r>(
    run: &'r Run,
    step: &StepPath,
    input: &'static str,
) -> Result<&'r StepState, Defect> {
    run.steps
        .get(step)
        .filter(|state| state.status == StepStatus::Running)
        .ok_or_else(|| Defect::Unexpected {
            step: step.clone(),
            input,
        })
}

fn action<'p>(plan: &'p Plan, step: &StepPath) -> Result<&'p Action, Defect> {
    plan.step(step)
        .map(|step| &step.action)
        .ok_or_else(|| Defect::UnknownStep(step.clone()))
}
