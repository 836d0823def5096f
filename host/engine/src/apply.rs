//! From an entry to a changed run and the commands that follow.

use mortise_model::entry::{End, StepInput, Waiting};
use mortise_model::failure::RUN_TIMEOUT;
use mortise_model::path::{Part, RECEIVE, UNDO};
use mortise_model::plan::{Action, OnFailure};
use mortise_model::run::{Phase, StepState, StepStatus};
use mortise_model::{
    Command, Entry, Fact, Failure, Letter, Plan, Run, RunId, ScopePath, Status, StepPath,
};

use crate::flow::Flow;
use crate::{Defect, items, reset};

/// Applies one entry to a run and says what follows from it.
///
/// # Errors
/// Where the entry names a step that the plan does not have, or is a second acceptance.
pub fn apply(plan: &Plan, run: &mut Run, entry: &Entry) -> Result<Vec<Command>, Defect> {
    run.sequence += 1;
    if let Some(step) = entry.fact.step()
        && step.as_str() != RECEIVE
        && plan.node(step).is_none()
    {
        return Err(Defect::UnknownStep(step.clone()));
    }
    let mut flow = Flow {
        plan,
        run,
        commands: Vec::new(),
    };
    if entry.fact.step().is_some() {
        flow.of_step(&entry.fact)?;
    } else {
        flow.of_run(entry)?;
    }
    Ok(flow.commands)
}

impl Flow<'_> {
    /// What became true of the run itself.
    fn of_run(&mut self, entry: &Entry) -> Result<(), Defect> {
        match &entry.fact {
            Fact::Started => {
                self.run.started_at = Some(entry.at);
                self.run.since = Some(entry.at);
                self.run.status = Status::Running;
                self.resume();
            }
            Fact::Resumed => {
                self.run.status = Status::Running;
                self.resume();
            }
            Fact::EventReceived { event, .. } => {
                self.run.event = Some(event.clone());
                let step = StepPath::from(RECEIVE);
                self.state(&step).status = StepStatus::Succeeded;
                self.after(&step);
            }
            Fact::LetterRead { letter, .. } => self.letter_read(letter),
            Fact::Replayed { from, event } => {
                let called = self.run.children();
                reset::replay(self.plan, self.run, from.as_ref(), event.as_ref());
                self.run.since = Some(entry.at);
                let waited_for = self.run.children();
                self.cancel_children(called.difference(&waited_for));
                self.resume();
            }
            Fact::Moved { plan, version } => {
                self.run.plan = *plan;
                self.run.version = *version;
            }
            Fact::Ending(end) => self.ending(end),
            Fact::Undoing => {
                self.run.phase = Phase::Undoing;
                self.next_undo();
            }
            Fact::Finishing => {
                self.run.phase = Phase::Finally;
                self.go_on(&ScopePath::finally());
            }
            Fact::Suspended { .. } => self.run.status = Status::Waiting,
            Fact::Ended(end) => {
                self.run.status = end.status();
                self.run.end = Some(end.clone());
                self.child_failed(end);
                if !matches!(end, End::Parked { .. }) {
                    let left = self.run.children();
                    self.cancel_children(left.iter());
                }
            }
            _ => return Err(Defect::NoAcceptance),
        }
        Ok(())
    }

    /// What became true of a step.
    fn of_step(&mut self, fact: &Fact) -> Result<(), Defect> {
        match fact {
            Fact::StepEntered { step, input } => self.entered(step, input.as_ref()),
            Fact::StepHeld { step, until, .. } => {
                self.state(step).status = StepStatus::Held(*until);
            }
            Fact::AttemptStarted {
                step,
                attempt,
                turn,
                input,
            } => self.attempt_started(step, (*attempt, *turn), input.as_ref())?,
            Fact::AttemptFailed {
                step,
                failure,
                retry_at,
                ..
            } => {
                let state = self.state(step);
                state.status = match retry_at {
                    Some(at) => StepStatus::Retrying(*at),
                    None if state.unwanted => StepStatus::Cancelled,
                    None => StepStatus::Failed,
                };
                state.interruptions += u32::from(failure.code == crate::INTERRUPTED);
                state.failure = Some(failure.clone());
                if retry_at.is_none() && !self.is_live(step) {
                    self.late(step);
                }
                self.settle();
            }
            Fact::AttemptSuspended {
                step,
                token,
                until,
                callback,
                ..
            } => self.suspended(step, token, (*until, *callback)),
            Fact::StepWaiting { step, until, wait } => self.waiting(step, *until, *wait),
            Fact::StepSkipped { step } => {
                self.state(step).status = StepStatus::Skipped;
                self.after(step);
            }
            Fact::StepFailed { step, failure } => self.failed(step, failure),
            Fact::StepCancelled { step } => {
                self.state(step).status = StepStatus::Cancelled;
                self.after(step);
            }
            Fact::AttemptSucceeded { .. } | Fact::StepSucceeded { .. } => self.succeeded(fact),
            _ => self.of_block(fact),
        }
        Ok(())
    }

    fn entered(&mut self, step: &StepPath, input: Option<&StepInput>) {
        let state = self.state(step);
        state.status = StepStatus::Entered;
        if let Some(input) = input {
            state.input = Some(input.clone());
        }
        let is_call = matches!(
            self.plan.step(step).map(|step| &step.action),
            Some(Action::Call(_))
        );
        if !is_call {
            self.commands.push(Command::Admit { step: step.clone() });
        }
    }

    fn attempt_started(
        &mut self,
        step: &StepPath,
        (attempt, turn): (u32, u32),
        input: Option<&StepInput>,
    ) -> Result<(), Defect> {
        self.run.status = Status::Running;
        let state = self.state(step);
        state.status = StepStatus::Running;
        state.attempts = attempt;
        state.tries += 1;
        state.turn = turn;
        if let Some(input) = input {
            state.input = Some(input.clone());
        }
        if step.as_str() == RECEIVE {
            self.commands.push(Command::Receive { attempt });
            return Ok(());
        }
        let call = self.call(step, attempt, turn)?;
        self.commands.push(call);
        Ok(())
    }

    /// The call of an attempt. A `foreach` or `collect` that asks for a page gives what the paged
    /// step was given.
    fn call(&self, step: &StepPath, attempt: u32, turn: u32) -> Result<Command, Defect> {
        let unexpected = || Defect::Unexpected {
            step: step.clone(),
            input: "an attempt without input",
        };
        let state = self.run.steps.get(step).ok_or_else(unexpected)?;
        let (input, token) = match &state.items {
            Some(items) => (self.pages_input(step), items.next.clone()),
            None => (state.input.clone(), state.token.clone()),
        };
        Ok(Command::Call {
            step: step.clone(),
            attempt,
            turn,
            input: input.ok_or_else(unexpected)?,
            token,
            answer: state.answer.clone(),
        })
    }

    fn pages_input(&self, step: &StepPath) -> Option<StepInput> {
        let pages = match &self.plan.step(step)?.action {
            Action::Foreach(foreach) => match &foreach.items {
                mortise_model::plan::Items::Pages(pages) => pages,
                mortise_model::plan::Items::List(_) => return None,
            },
            Action::Collect(collect) => &collect.pages,
            _ => return None,
        };
        let paged = self.plan.visible(&step.scope(), pages.as_str())?;
        self.run.steps.get(&paged)?.input.clone()
    }

    fn suspended(
        &mut self,
        step: &StepPath,
        token: &mortise_model::Json,
        (until, callback): (mortise_model::Timestamp, bool),
    ) {
        let early = self.run.early.remove(step).filter(|_| callback);
        let state = self.state(step);
        state.token = Some(token.clone());
        state.answer = early;
        state.status = StepStatus::Suspended { until, callback };
        next_turn(state);
        self.settle();
    }

    fn waiting(&mut self, step: &StepPath, until: mortise_model::Timestamp, wait: Waiting) {
        let state = self.state(step);
        state.status = StepStatus::Waiting { until, wait };
        let (Waiting::Child(child), Some(input)) = (wait, state.input.clone()) else {
            return;
        };
        if let Some(Action::Call(call)) = self.plan.step(step).map(|step| &step.action) {
            self.commands.push(Command::StartChild {
                step: step.clone(),
                child,
                workflow: call.workflow.clone(),
                input: input.with,
            });
        }
    }

    fn succeeded(&mut self, fact: &Fact) {
        let (step, output, failures) = match fact {
            Fact::AttemptSucceeded {
                step,
                output,
                failures,
                ..
            } => (step, output, failures.as_slice()),
            Fact::StepSucceeded { step, output } => (step, output, &[][..]),
            _ => return,
        };
        let keeps = self.keeps_items(step);
        let state = self.state(step);
        state.status = StepStatus::Succeeded;
        state.output = Some(output.clone());
        state.failures = failures.to_vec();
        state.failure = None;
        // Nothing reads these any more, and they may be large.
        state.input = None;
        state.token = None;
        state.answer = None;
        if let Some(items) = &mut state.items {
            items.records.take_if(|_| !keeps);
            items.outputs.clear();
        }
        self.run.early.remove(step);
        self.forget_inside(step);
        if step.id() == UNDO {
            self.run.done.pop();
        } else if self.plan.step(step).is_some_and(|step| step.undo.is_some()) {
            self.run.done.push(step.clone());
        }
        self.after(step);
    }

    /// The step's own word counts: its failure is over, or what follows it begins.
    fn failed(&mut self, step: &StepPath, failure: &Failure) {
        self.cancel_inside(step);
        let handles = self
            .plan
            .step(step)
            .is_some_and(|step| matches!(step.on_failure, OnFailure::Steps(_)));
        let state = self.state(step);
        state.failure = Some(failure.clone());
        state.output = None;
        if handles {
            state.status = StepStatus::Handling;
            self.go_on(&ScopePath::of(step, &Part::OnFailure));
        } else {
            state.status = StepStatus::Failed;
            self.after(step);
        }
    }

    fn letter_read(&mut self, letter: &Letter) {
        let Letter::Callback { step, body } = letter else {
            return;
        };
        match self.run.steps.get_mut(step) {
            None => {
                self.run.early.insert(step.clone(), body.clone());
            }
            Some(StepState { status, answer, .. }) => match status {
                StepStatus::Suspended { callback: true, .. } => *answer = Some(body.clone()),
                StepStatus::Entered
                | StepStatus::Held(_)
                | StepStatus::Running
                | StepStatus::Retrying(_) => {
                    self.run.early.insert(step.clone(), body.clone());
                }
                _ => {}
            },
        }
    }

    fn ending(&mut self, end: &End) {
        match end {
            End::Parked { .. } => {
                self.run.parking = Some(end.clone());
                self.child_failed(end);
            }
            End::Cancelled { .. } => self.cancelled(end),
            _ => {
                self.run.ending = Some(end.clone());
                self.run.parking = None;
            }
        }
        if matches!(end, End::Failed { .. }) {
            self.run.takes_back = true;
            self.cancel_all();
        }
        self.settle();
    }

    /// Stops what is under way; what is to be taken back and what stands under `finally` is still
    /// done. Who cancels a run that is cancelled already wants no more of it.
    fn cancelled(&mut self, end: &End) {
        if self.run.end.take().is_some() {
            // A parked run goes on to its end.
            self.run.status = Status::Running;
        }
        let is_again = matches!(self.run.ending, Some(End::Cancelled { .. }));
        self.run.parking = is_again.then(|| end.clone());
        self.run.ending = Some(end.clone());
        self.cancel_all();
        if self.run.is_calling() {
            self.commands.push(Command::Abort);
        }
        if self.run.phase != Phase::Steps {
            let states = self.run.steps.values_mut();
            for state in states.filter(|state| state.status == StepStatus::Running) {
                state.unwanted = true;
            }
            self.go_on_cancelled();
        }
    }

    fn cancel_all(&mut self) {
        let begun: Vec<StepPath> = self.run.steps.keys().cloned().collect();
        self.cancel(&begun);
    }

    /// A run that was called and failed is not waited for by the step that the run is parked at. One
    /// that only took too long is.
    fn child_failed(&mut self, end: &End) {
        if let End::Parked {
            step: Some(step),
            failure,
        } = end
            && failure.code != RUN_TIMEOUT
            && let Some(state) = self.run.steps.get_mut(step)
            && state.status.child().is_some()
        {
            state.status = StepStatus::Failed;
        }
    }

    fn cancel_children<'c>(&mut self, children: impl Iterator<Item = &'c RunId>) {
        let cancel = children.map(|child| Command::CancelChild { child: *child });
        self.commands.extend(cancel);
    }

    pub(crate) fn cancel_inside(&mut self, owner: &StepPath) {
        let inside = items::inside(self.run, owner);
        self.cancel(&inside);
    }

    /// Ends whatever of these steps is under way, but for calls: their results are still recorded.
    fn cancel(&mut self, paths: &[StepPath]) {
        for path in paths {
            let Some(state) = self.run.steps.get_mut(path) else {
                continue;
            };
            if let Some(child) = state.status.child() {
                self.commands.push(Command::CancelChild { child });
            }
            if !matches!(
                state.status,
                StepStatus::Running
                    | StepStatus::Succeeded
                    | StepStatus::Skipped
                    | StepStatus::Failed
                    | StepStatus::Cancelled
            ) {
                state.status = StepStatus::Cancelled;
            }
        }
    }
}

/// The next attempt is the first of another turn.
pub(crate) fn next_turn(state: &mut StepState) {
    state.turn += 1;
    state.attempts = 0;
    state.tries = 0;
    state.interruptions = 0;
}
