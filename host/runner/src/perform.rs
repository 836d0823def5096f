//! Calls of plugins, and what came of them.

pub(crate) mod receive;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use mortise_model::entry::StepInput;
use mortise_model::id::{Namespace, idempotency_key};
use mortise_model::input::Outcome;
use mortise_model::plan::{Action, Operation, OperationKind};
use mortise_model::{Command, Disposition, Failure, Input, Json, Payload, StepPath};
use mortise_ports::gates::GateKey;
use mortise_ports::logs::AttemptKey;
use mortise_ports::plugins::{self, Call, File, Invocation, Report, Turn};
use mortise_ports::{Plugins, Store, StoreError};
use tokio_util::sync::CancellationToken;

use crate::clock::jitter_ppm;
use crate::evaluate::view::{Halt, View, patiently, told};
use crate::files::RunFiles;

/// Ends calls that nobody wants the result of any more.
#[derive(Clone, Default)]
pub(crate) struct Cancel {
    /// What the plugin sees.
    flag: Arc<AtomicBool>,
    token: CancellationToken,
}

impl Cancel {
    /// Tells the plugins; after a grace period their calls are dropped.
    pub fn cancel(&self) {
        self.flag.store(true, Ordering::Release);
        self.token.cancel();
    }

    /// Returns at the end of the grace period after [`Cancel::cancel`].
    async fn ended(&self, grace_ms: u64) {
        self.token.cancelled().await;
        tokio::time::sleep(Duration::from_millis(grace_ms)).await;
    }
}

/// What a call of a step is made of.
pub(crate) struct Attempt {
    step: StepPath,
    attempt: u32,
    turn: u32,
    input: StepInput,
    token: Option<Json>,
    answer: Option<Payload>,
}

impl Attempt {
    /// None of another command.
    pub fn of(command: Command) -> Option<Self> {
        match command {
            Command::Call {
                step,
                attempt,
                turn,
                input,
                token,
                answer,
            } => Some(Self {
                step,
                attempt,
                turn,
                input,
                token,
                answer,
            }),
            _ => None,
        }
    }
}

/// Makes a call. What goes wrong with it is part of the input that it returns; an error is the
/// store's, and means that the run is put down.
pub(crate) async fn call<S: Store, P: Plugins>(
    view: View<S, P>,
    attempt: Attempt,
    cancel: Cancel,
) -> Result<Input, StoreError> {
    let step = attempt.step.clone();
    let grace_ms = view.inner.settings.cancel_grace_ms;
    tokio::select! {
        result = made(&view, attempt, &cancel) => result,
        () = cancel.ended(grace_ms) => Ok(Input::Aborted { step }),
    }
}

async fn made<S: Store, P: Plugins>(
    view: &View<S, P>,
    attempt: Attempt,
    cancel: &Cancel,
) -> Result<Input, StoreError> {
    let key = AttemptKey {
        step: attempt.step.clone(),
        turn: attempt.turn,
        attempt: attempt.attempt,
    };
    let (result, requests) = match told(prepared(view, &attempt).await)? {
        Ok((operation, invocation)) => {
            let report = ask(view, &key, (operation, invocation), cancel).await?;
            let result = match report.result {
                Ok(outcome) => told(kept(view, outcome, &report.files).await)?,
                Err(failure) => Err(failure),
            };
            (result, report.requests)
        }
        Err(failure) => (Err(failure), Vec::new()),
    };
    if let Err(failure) = &result {
        note(view, &key.step, failure);
    }
    Ok(Input::Called {
        step: attempt.step,
        result,
        requests,
        jitter_ppm: jitter_ppm(&*view.inner.clock),
    })
}

/// Calls a plugin in the name of a step, when there is room for one more call, and keeps what it says
/// in the log.
async fn ask<S: Store, P: Plugins>(
    view: &View<S, P>,
    key: &AttemptKey,
    (operation, invocation): (Arc<Operation>, Invocation),
    cancel: &Cancel,
) -> Result<Report, StoreError> {
    let (inner, accepted) = (&view.inner, &view.run.accepted);
    // The semaphore is never closed; were it, the bound would be lost and nothing else.
    let _room = inner.calls.acquire().await.ok();
    inner.metrics.called();
    let call = Call {
        namespace: accepted.namespace.clone(),
        workflow: accepted.workflow.clone(),
        run: accepted.run,
        step: key.step.clone(),
        attempt: key.attempt,
        turn: key.turn,
        idempotency_key: idempotency_key(accepted.run, &key.step, key.turn, view.run.edits),
        operation,
        invocation,
        callback_url: Some(view.link(&key.step)),
        files: Some(RunFiles::new(
            &inner.store,
            &accepted.namespace,
            accepted.run,
        )),
        now: inner.clock.time_of_day(),
        cancelled: Arc::clone(&cancel.flag),
    };
    let gate = gate(&accepted.namespace, &call.operation);
    let mut report = inner.plugins.call(call).await;
    if let Some(gate) = gate {
        let requests = report.requests.len();
        inner
            .gates
            .report(&gate, &report.result, requests, inner.now());
    }
    let log = std::mem::take(&mut report.log);
    if !log.is_empty() {
        let store = &inner.store;
        patiently(|| store.append(&accepted.namespace, accepted.run, key, log.clone())).await?;
    }
    Ok(report)
}

/// The gate before the application that an operation calls.
pub(crate) fn gate(namespace: &Namespace, operation: &Operation) -> Option<GateKey> {
    let connection = operation.connection.clone()?;
    Some(GateKey {
        namespace: namespace.clone(),
        connection,
    })
}

/// What is called, and what it is given.
async fn prepared<S: Store, P: Plugins>(
    view: &View<S, P>,
    attempt: &Attempt,
) -> Result<(Arc<Operation>, Invocation), Halt> {
    let origin = &view.run.accepted.origin;
    let operation = view.plan.operation(&attempt.step, origin).ok_or_else(|| {
        let message = format!("the plan calls nothing at `{}`", attempt.step);
        Failure::new(Disposition::Misconfigured, "plan", message)
    })?;
    let input = view.json(&attempt.input.with).await?;
    let invocation = match (&operation.kind, &attempt.input.records) {
        (OperationKind::Transform { .. }, Some(records)) => Invocation::Transform {
            config: input,
            records: view.json(records).await?,
        },
        _ => Invocation::Action {
            input,
            turn: turn(view, attempt).await?,
        },
    };
    Ok((Arc::clone(operation), invocation))
}

/// A `foreach` or `collect` asks for the next page; any other step with a token was suspended.
async fn turn<S: Store, P: Plugins>(view: &View<S, P>, attempt: &Attempt) -> Result<Turn, Halt> {
    let Some(token) = attempt.token.clone() else {
        return Ok(Turn::Start);
    };
    let action = view.plan.step(&attempt.step).map(|step| &step.action);
    if let Some(Action::Foreach(_) | Action::Collect(_)) = action {
        return Ok(Turn::Next(token));
    }
    let answer = match &attempt.answer {
        Some(answer) => Some(view.json(answer).await?),
        None => None,
    };
    Ok(Turn::Resumed { token, answer })
}

/// What the journal keeps of an outcome.
async fn kept<S: Store, P: Plugins>(
    view: &View<S, P>,
    outcome: plugins::Outcome,
    files: &[File],
) -> Result<Outcome, Halt> {
    view.keep_files(files).await?;
    Ok(match outcome {
        plugins::Outcome::Output { output, failures } => Outcome::Output {
            value: view.keep(output).await?,
            failures,
        },
        plugins::Outcome::Page {
            records,
            count,
            next,
        } => Outcome::Page {
            records: view.keep(records).await?,
            count,
            next,
        },
        plugins::Outcome::Suspended {
            token,
            poll_after_ms,
            callback,
        } => Outcome::Suspended {
            token,
            poll_after_ms,
            callback,
        },
        plugins::Outcome::News { .. }
        | plugins::Outcome::Reception { .. }
        | plugins::Outcome::Subscription { .. }
        | plugins::Outcome::Unsubscribed
        | plugins::Outcome::Account(_) => return Err(misfit().into()),
    })
}

/// The sandbox sees to it that this does not happen.
pub(crate) fn misfit() -> Failure {
    let message = "the plugin gave something else than was asked for";
    Failure::new(Disposition::Trap, "misfit", message)
}

fn note<S, P>(view: &View<S, P>, step: &StepPath, failure: &Failure) {
    tracing::info!(
        run = %view.run.accepted.run,
        workflow = %view.run.accepted.workflow,
        %step,
        disposition = failure.disposition.word(),
        code = failure.code,
        "an attempt failed: {}", failure.message
    );
}
