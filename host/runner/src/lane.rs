//! The spiral of one run: decide, commit, apply, perform, round and round until it is at rest or
//! nothing is left to do but wait.
//!
//! Several commands are under way at the same time. What leaves no trace is done at once, before the
//! entries that led to it are durable; what leaves one waits for the commit. So a turn grows until
//! only calls and waits are left, and a straight chain costs one commit a step.

mod claims;
mod commit;
mod forget;
mod letters;
mod quarantine;
mod start;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use futures::future::{BoxFuture, FutureExt as _};
use futures::stream::{FuturesUnordered, StreamExt as _};
use mortise_engine::{Defect, Rules, apply, decide, next_due};
use mortise_model::entry::Held;
use mortise_model::input::Evaluated;
use mortise_model::{Command, Fact, Input, Plan, Run, RunId, Status, StepPath, Timestamp};
use mortise_ports::journal::{Asked, Claim};
use mortise_ports::{Plugins, Store, StoreError};
use thiserror::Error;
use tokio::sync::{Notify, OwnedSemaphorePermit};

pub(crate) use claims::Claims;
pub(crate) use quarantine::{Arrival, Quarantine};
pub(crate) use start::carry;

use crate::Inner;
use crate::evaluate::gather::gather;
use crate::evaluate::lists::Lists;
use crate::evaluate::view::{View, told};
use crate::evaluate::{self, Callee, Next};
use crate::files::Kept;
use crate::perform::receive::{Reception, receive};
use crate::perform::{Attempt, Cancel, call, gate};
use crate::plans::PlanError;
use commit::Draft;

/// Entries after which a turn is committed although more would follow at once.
const TURN_ENTRIES_MAX: usize = 512;

/// Why a run was put down although it is not at rest.
#[derive(Debug, Error)]
enum Stop {
    #[error(transparent)]
    Plan(#[from] PlanError),
    #[error("a defect of the engine: {0}")]
    Defect(#[from] Defect),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What came of a command.
enum Done {
    Input(Input),
    /// A step is about to begin.
    Next(StepPath, Result<Next, mortise_model::Failure>),
    /// A webhook's request was understood.
    Received(Box<Reception>),
}

/// The outcome of a command, with the command where it is harmless.
type Outcome = (Option<Command>, Result<Done, StoreError>);

/// Commands under way.
type Flying = FuturesUnordered<BoxFuture<'static, Outcome>>;

/// A run in the hands of a lane.
struct Lane<S, P> {
    inner: Arc<Inner<S, P>>,
    claim: Claim,
    plan: Arc<Plan>,
    run: Arc<Run>,
    lists: Arc<Lists>,
    files: Arc<Kept>,
    /// Rings when there may be letters.
    bell: Arc<Notify>,
    /// The place among the lanes; a suspect in quarantine has none.
    permit: Option<OwnedSemaphorePermit>,
    pass: Option<quarantine::Pass>,
    /// What the journal does not have yet.
    turn: Draft,
    /// The sequence number after the last entry that the journal has.
    durable: u32,
    turns: forget::Turns,
    asked: BTreeMap<StepPath, Asked>,
    /// The last letter that was read.
    last_letter: Option<u64>,
    /// It was parked when it was taken up, and nothing was written since.
    was_parked: bool,
    flying: Flying,
    /// Harmless commands whose outcome has not been taken: none is done twice at the same time.
    quick: Vec<Command>,
    ready: VecDeque<Outcome>,
    /// Commands that wait for the commit.
    waiting: Vec<Command>,
    /// The plans of workflows that are about to be called.
    callees: HashMap<RunId, Callee>,
    cancel: Cancel,
    /// It is told to go on with another plan, and is put down for that.
    is_moving: bool,
}

impl<S: Store, P: Plugins> Lane<S, P> {
    /// Whether nothing new begins: the run is put down as soon as what is under way has ended.
    fn is_stopping(&self) -> bool {
        self.is_moving || self.inner.stopping.is_cancelled()
    }

    /// Goes on until the run is at rest or waits.
    async fn spiral(&mut self) -> Result<(), Stop> {
        loop {
            while let Some((command, done)) = self.ready.pop_front() {
                self.quick.retain(|other| Some(other) != command.as_ref());
                self.take(done?).await?;
                if self.turn.entries.len() >= TURN_ENTRIES_MAX && self.commit().await? {
                    return Ok(());
                }
            }
            if self.bell.notified().now_or_never().is_some() {
                self.read_letters().await?;
            } else if self.quick.is_empty() || self.run.end.is_some() {
                self.rest_if_idle().await?;
                if self.ready.is_empty() && self.commit().await? {
                    return Ok(());
                }
                self.wait().await?;
            } else {
                self.wait().await?;
            }
        }
    }

    /// Ends the turn with `Suspended` where nothing is under way and nothing is due.
    async fn rest_if_idle(&mut self) -> Result<(), Stop> {
        let is_busy = !self.flying.is_empty() || !self.waiting.is_empty();
        if is_busy || self.run.end.is_some() || self.run.status == Status::Waiting {
            return Ok(());
        }
        if self.is_stopping() {
            let until = self.inner.now();
            return self.record(Fact::Suspended { until });
        }
        let now = self.inner.now();
        if next_due(&self.plan, &self.run).is_some_and(|due| due <= now)
            && self.feed(Input::Due).await?
        {
            return Ok(());
        }
        let is_busy = !self.waiting.is_empty() || !self.ready.is_empty();
        if !is_busy && self.run.end.is_none() {
            self.feed(Input::Idle).await?;
        }
        Ok(())
    }

    /// Waits for whatever comes first: the outcome of a command, a letter, something that is due.
    async fn wait(&mut self) -> Result<(), Stop> {
        if !self.ready.is_empty() {
            return Ok(());
        }
        let is_stopping = self.is_stopping();
        let due = next_due(&self.plan, &self.run).filter(|_| !is_stopping);
        let pause = due.map(|due| {
            // Somebody may put the clock forward meanwhile.
            Duration::from_millis(due.since_ms(self.inner.now())).min(self.inner.settings.look())
        });
        let due = async {
            match pause {
                Some(pause) => tokio::time::sleep(pause).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            Some(outcome) = self.flying.next() => self.ready.push_back(outcome),
            () = self.bell.notified(), if !is_stopping => self.read_letters().await?,
            () = self.inner.stopping.cancelled(), if !is_stopping => {}
            () = due => {
                self.feed(Input::Due).await?;
            }
        }
        Ok(())
    }

    async fn take(&mut self, done: Done) -> Result<(), Stop> {
        let input = match done {
            Done::Input(input) => input,
            Done::Next(step, result) => {
                let result = result.map(|next| {
                    if let (Evaluated::Call { child, .. }, Some(plan)) =
                        (&next.evaluated, next.callee)
                    {
                        self.callees.insert(*child, plan);
                    }
                    next.evaluated
                });
                Input::Evaluated { step, result }
            }
            Done::Received(reception) => {
                let Reception {
                    input,
                    identity,
                    starts,
                } = *reception;
                if identity.is_some() {
                    self.turn.snapshot(&self.run, &input);
                }
                self.turn.identity = identity;
                self.turn.starts.extend(starts);
                input
            }
        };
        self.feed(input).await?;
        Ok(())
    }

    /// Records an input and does what follows from it; false where there is nothing to record.
    async fn feed(&mut self, input: Input) -> Result<bool, Stop> {
        let rules = Rules {
            interruptions_max: self.inner.settings.interruptions_max,
            retry_after_max_ms: self.inner.settings.retry_after_max_ms,
        };
        let entries = decide(&self.plan, &self.run, input, self.inner.now(), rules)?;
        let news = !entries.is_empty();
        let mut commands = Vec::new();
        for entry in entries {
            commands.extend(apply(&self.plan, Arc::make_mut(&mut self.run), &entry)?);
            if let Fact::StepHeld { .. } = &entry.fact {
                self.inner.metrics.held();
            }
            if matches!(entry.fact, Fact::Moved { .. })
                && let Some(plan) = self.turn.moving.take()
            {
                self.plan = plan;
            }
            self.turn.entries.push(entry);
        }
        for command in commands {
            self.order(command).await?;
        }
        Ok(news)
    }

    /// Records a fact that the engine need not decide.
    fn record(&mut self, fact: Fact) -> Result<(), Stop> {
        let at = self.inner.now();
        let entry = mortise_model::Entry { at, fact };
        apply(&self.plan, Arc::make_mut(&mut self.run), &entry)?;
        self.turn.entries.push(entry);
        Ok(())
    }

    /// Does a command, or puts it off until the turn is durable.
    async fn order(&mut self, command: Command) -> Result<(), Stop> {
        match command {
            Command::StartChild {
                step,
                child,
                input,
                workflow: _,
            } => self.start_child(step, child, &input).await,
            Command::CancelChild { child } => {
                self.cancel_child(child);
                Ok(())
            }
            command if command.is_harmless() => {
                // A run that is put down does it when it is taken up again.
                if !self.is_stopping() && !self.quick.contains(&command) {
                    self.quick.push(command.clone());
                    self.launch(command);
                }
                Ok(())
            }
            command => {
                self.waiting.push(command);
                Ok(())
            }
        }
    }

    /// Begins a harmless command. Most come to their end at once, and so nothing holds on to the run
    /// while it changes, which would have to be copied then.
    fn launch(&mut self, command: Command) {
        let view = self.view();
        let mut doing =
            async move { (Some(command.clone()), quickly(&view, command).await) }.boxed();
        match (&mut doing).now_or_never() {
            Some(outcome) => self.ready.push_back(outcome),
            None => self.flying.push(doing),
        }
    }

    /// Begins what waited for the commit.
    fn begin_waiting(&mut self) {
        for command in std::mem::take(&mut self.waiting) {
            let (view, cancel) = (self.view(), self.cancel.clone());
            match command {
                Command::Abort => std::mem::take(&mut self.cancel).cancel(),
                Command::Receive { attempt } => self.flying.push(
                    async move {
                        let received = receive(view, attempt, cancel).await;
                        (None, received.map(|r| Done::Received(Box::new(r))))
                    }
                    .boxed(),
                ),
                command => {
                    if let Some(attempt) = Attempt::of(command) {
                        let calling = call(view, attempt, cancel);
                        let calling = calling.map(|input| (None, input.map(Done::Input)));
                        self.flying.push(calling.boxed());
                    }
                }
            }
        }
    }

    fn view(&self) -> View<S, P> {
        View {
            inner: Arc::clone(&self.inner),
            plan: Arc::clone(&self.plan),
            run: Arc::clone(&self.run),
            lists: Arc::clone(&self.lists),
            files: Arc::clone(&self.files),
        }
    }

    /// Waits for something while the commands under way go on.
    async fn meanwhile<T>(
        (flying, ready): (&mut Flying, &mut VecDeque<Outcome>),
        task: impl Future<Output = T>,
    ) -> T {
        let mut task = std::pin::pin!(task);
        loop {
            tokio::select! {
                biased;
                done = &mut task => return done,
                Some(outcome) = flying.next() => ready.push_back(outcome),
            }
        }
    }
}

/// Does a command that leaves no trace.
async fn quickly<S: Store, P: Plugins>(
    view: &View<S, P>,
    command: Command,
) -> Result<Done, StoreError> {
    let input = match command {
        Command::Evaluate { step } => {
            let next = told(evaluate::step(view, &step).await)?;
            return Ok(Done::Next(step, next));
        }
        Command::EvaluateOutput => Input::OutputEvaluated {
            result: told(evaluate::run_output(view).await)?,
        },
        Command::Gather { step, whole } => Input::Gathered {
            result: told(gather(view, &step, whole).await)?,
            step,
            whole,
        },
        Command::Admit { step } => Input::Admitted {
            held: admitted(view, &step),
            step,
        },
        _ => Input::Settled,
    };
    Ok(Done::Input(input))
}

/// Asks the gate before the application that a step is about to call.
fn admitted<S, P>(view: &View<S, P>, step: &StepPath) -> Option<(Timestamp, Held)> {
    let accepted = &view.run.accepted;
    let operation = view.plan.operation(step, &accepted.origin)?;
    let gate = gate(&accepted.namespace, operation)?;
    let who = format!("{}.{step}", accepted.run);
    view.inner.gates.admit(&gate, &who, view.inner.now())
}
