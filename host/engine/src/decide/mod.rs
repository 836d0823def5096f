//! From an input to the entries that record it.

mod call;
mod claim;
mod evaluation;
mod failure;
mod letter;

use mortise_model::entry::{End, StepInput};
use mortise_model::path::RECEIVE;
use mortise_model::plan::Operation;
use mortise_model::run::{Phase, StepState, StepStatus};
use mortise_model::{Entry, Fact, Failure, Input, Payload, Plan, Run, Status, StepPath, Timestamp};

use crate::Defect;
use crate::flow::{is_finished, is_live};

pub use mortise_model::failure::INTERRUPTED;

/// What the operator decides about all runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// How often an attempt of one step may end with the host before the run is parked: a
    /// record that takes the host down must not do so for ever.
    pub interruptions_max: u32,
    /// The longest pause in milliseconds that an application can ask for.
    pub retry_after_max_ms: u64,
}

/// What every decision looks at.
#[derive(Clone, Copy)]
struct View<'a> {
    plan: &'a Plan,
    run: &'a Run,
    now: Timestamp,
    rules: Rules,
}

/// The entries that record an input. Empty where there is nothing to record: what came too late to
/// matter is passed over, but for the results of calls.
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
    let view = View {
        plan,
        run,
        now,
        rules,
    };
    let facts = match input {
        Input::Letter { number, letter } => view.letter(number, letter),
        Input::Refused { number, letter } => view.refused(number, letter),
        _ if run.status.is_rest() => Vec::new(),
        Input::Claimed => view.claimed()?,
        Input::Due => view.due()?,
        Input::Idle => vec![view.idle()?],
        Input::Evaluated { step, result } => view.evaluated(&step, result),
        Input::OutputEvaluated { result } => view.output_evaluated(result),
        Input::Gathered {
            step,
            whole,
            result,
        } => view.gathered(&step, whole, result),
        Input::Admitted { step, held } => view.admitted(step, held),
        Input::Settled => view.settled(),
        Input::Called {
            step,
            result,
            requests,
            jitter_ppm,
        } => view.called(step, result, requests, jitter_ppm)?,
        Input::Received {
            result,
            requests,
            jitter_ppm,
        } => view.received(result, requests, jitter_ppm)?,
        Input::Aborted { step } => vec![Fact::StepCancelled { step }],
    };
    Ok(facts
        .into_iter()
        .map(|fact| Entry { at: now, fact })
        .collect())
}

/// When the workflow's `timeout` is over.
fn deadline(plan: &Plan, run: &Run) -> Option<Timestamp> {
    Some(run.since?.plus_ms(plan.timeout_ms?))
}

/// When something of the run is due without news from outside: a retry, the end of a wait, the
/// workflow's `timeout`.
#[must_use]
pub fn next_due(plan: &Plan, run: &Run) -> Option<Timestamp> {
    let steps = run
        .steps
        .iter()
        .filter_map(|(path, state)| Some((path, state.status.due()?)))
        .filter(|(path, _)| is_live(run, path))
        .map(|(_, due)| due);
    let deadline = deadline(plan, run)
        .filter(|_| run.phase == Phase::Steps && run.ending.is_none() && run.parking.is_none())
        .map(|deadline| deadline.plus_ms(1));
    steps.chain(deadline).min()
}

impl View<'_> {
    fn state(&self, step: &StepPath) -> Option<&StepState> {
        self.run.steps.get(step)
    }

    fn status(&self, step: &StepPath) -> Option<StepStatus> {
        self.state(step).map(|state| state.status)
    }

    fn is_live(&self, step: &StepPath) -> bool {
        is_live(self.run, step)
    }

    fn operation(&self, step: &StepPath) -> Result<&Operation, Defect> {
        self.plan
            .operation(step, &self.run.accepted.origin)
            .map(|operation| &**operation)
            .ok_or_else(|| Defect::UnknownStep(step.clone()))
    }

    /// The state of a step whose attempt is under way.
    fn running(&self, step: &StepPath) -> Result<&StepState, Defect> {
        self.state(step)
            .filter(|state| state.status == StepStatus::Running)
            .ok_or_else(|| Defect::Unexpected {
                step: step.clone(),
                input: "a result",
            })
    }

    /// The next attempt of a step, or the question whether it may be made.
    fn start(&self, step: &StepPath, input: Option<StepInput>) -> Fact {
        let is_gated = self
            .operation(step)
            .is_ok_and(|operation| operation.connection.is_some());
        if is_gated && step.as_str() != RECEIVE {
            return Fact::StepEntered {
                step: step.clone(),
                input,
            };
        }
        self.attempt(step, input)
    }

    fn attempt(&self, step: &StepPath, input: Option<StepInput>) -> Fact {
        let before = self.run.attempts_before.get(step).copied().unwrap_or(0);
        let (attempts, turn) = self
            .state(step)
            .map_or((0, 0), |state| (state.attempts, state.turn));
        let attempts = if turn == 0 {
            attempts.max(before)
        } else {
            attempts
        };
        Fact::AttemptStarted {
            step: step.clone(),
            attempt: attempts + 1,
            turn,
            input,
        }
    }

    fn admitted(
        &self,
        step: StepPath,
        held: Option<(Timestamp, mortise_model::entry::Held)>,
    ) -> Vec<Fact> {
        if self.status(&step) != Some(StepStatus::Entered) || !self.is_live(&step) {
            return Vec::new();
        }
        match held {
            Some((until, why)) => vec![Fact::StepHeld { step, until, why }],
            None => vec![self.attempt(&step, None)],
        }
    }

    fn output_evaluated(&self, result: Result<Payload, Failure>) -> Vec<Fact> {
        if self.run.ending.is_some() || self.run.parking.is_some() {
            return Vec::new();
        }
        match result {
            Ok(output) if self.plan.finally.is_empty() && !self.run.is_calling() => {
                vec![Fact::Ended(End::Succeeded { output })]
            }
            Ok(output) => vec![Fact::Ending(End::Succeeded { output })],
            Err(failure) => vec![self.park(None, failure)],
        }
    }

    /// Nothing is left to do in this phase.
    fn settled(&self) -> Vec<Fact> {
        if self.run.is_calling() {
            return Vec::new();
        }
        if let Some(parking) = &self.run.parking {
            return vec![Fact::Ended(parking.clone())];
        }
        let Some(ending) = &self.run.ending else {
            return Vec::new();
        };
        let undoes = self.run.takes_back && !self.run.done.is_empty();
        let finishes = !self.plan.finally.is_empty();
        vec![match self.run.phase {
            Phase::Steps if undoes => Fact::Undoing,
            Phase::Undoing if undoes => return Vec::new(),
            Phase::Finally if !is_finished(self.plan, self.run) => return Vec::new(),
            Phase::Steps | Phase::Undoing if finishes => Fact::Finishing,
            _ => Fact::Ended(ending.clone()),
        }]
    }

    /// Nothing is under way: the run leaves memory until something is due.
    fn idle(&self) -> Result<Fact, Defect> {
        let until = next_due(self.plan, self.run).ok_or(Defect::Stalled)?;
        Ok(Fact::Suspended { until })
    }

    /// The run is parked: at once where nothing else is under way.
    fn park(&self, step: Option<StepPath>, failure: Failure) -> Fact {
        self.end(End::Parked { step, failure }, None)
    }

    /// The end of a run, or the way to it. A call that `but` makes is over already.
    fn end(&self, end: End, but: Option<&StepPath>) -> Fact {
        let is_calling = self
            .run
            .steps
            .iter()
            .any(|(path, state)| state.status == StepStatus::Running && Some(path) != but);
        if is_calling || !matches!(end, End::Parked { .. }) {
            Fact::Ending(end)
        } else {
            Fact::Ended(end)
        }
    }

    fn is_parked(&self) -> bool {
        self.run.status == Status::Parked
    }
}
