//! Does what the engine asks for, and says what came of it.

use std::sync::Arc;

use mortise_model::entry::StepInput;
use mortise_model::id::idempotency_key;
use mortise_model::input::Output;
use mortise_model::plan::Action;
use mortise_model::{Command, Failure, Input, Json, Payload, Plan, Run, StepPath};
use mortise_ports::logs::AttemptKey;
use mortise_ports::plugins::{Call, Outcome, Report};
use mortise_ports::{Plugins, Store, StoreError};

use crate::accept::keep;
use crate::{Inner, clock, evaluate};

/// Performs one command. What goes wrong with it is part of the input that it returns; an error is
/// the store's, and means that the run is put down.
pub(crate) async fn perform<S: Store, P: Plugins>(
    inner: &Inner<S, P>,
    plan: &Plan,
    run: &Run,
    command: Command,
) -> Result<Input, StoreError> {
    match command {
        Command::Evaluate { step } => {
            let result = evaluate::step_input(inner, plan, run, &step).await?;
            Ok(Input::Evaluated { step, result })
        }
        Command::EvaluateOutput => {
            let result = evaluate::run_output(inner, plan, run).await?;
            Ok(Input::OutputEvaluated { result })
        }
        Command::Call {
            step,
            attempt,
            turn,
            input,
        } => {
            let Some(Action::Operation(operation)) = plan.step(&step).map(|step| &step.action)
            else {
                return Err(StoreError::Damaged(format!(
                    "the plan has no step `{step}`"
                )));
            };
            let call = Call {
                namespace: run.accepted.namespace.clone(),
                workflow: run.accepted.workflow.clone(),
                run: run.accepted.run,
                step: step.clone(),
                attempt,
                turn,
                idempotency_key: idempotency_key(run.accepted.run, &step, turn),
                operation: Arc::clone(operation),
                with: json(inner, run, &input.with).await?,
                records: records(inner, run, &input).await?,
                now: clock::now(),
            };
            let report = inner.plugins.call(call).await;
            called(
                inner,
                run,
                AttemptKey {
                    step,
                    turn,
                    attempt,
                },
                report,
            )
            .await
        }
    }
}

async fn called<S: Store, P: Plugins>(
    inner: &Inner<S, P>,
    run: &Run,
    key: AttemptKey,
    report: Report,
) -> Result<Input, StoreError> {
    let Report {
        result,
        requests,
        log,
    } = report;
    let accepted = &run.accepted;
    if !log.is_empty() {
        inner
            .store
            .append(&accepted.namespace, accepted.run, &key, log)
            .await?;
    }
    let result = match result {
        Ok(outcome) => kept(inner, run, outcome).await?,
        Err(failure) => {
            note(run, &key.step, &failure);
            Err(failure)
        }
    };
    Ok(Input::Called {
        step: key.step,
        result,
        requests,
        jitter_ppm: clock::jitter_ppm(),
    })
}

async fn kept<S: Store, P: Plugins>(
    inner: &Inner<S, P>,
    run: &Run,
    outcome: Outcome,
) -> Result<Result<Output, Failure>, StoreError> {
    let accepted = &run.accepted;
    let value = keep(
        &*inner.store,
        &accepted.namespace,
        accepted.run,
        outcome.output,
    )
    .await?;
    Ok(Ok(Output {
        value,
        failures: outcome.failures,
    }))
}

fn note(run: &Run, step: &StepPath, failure: &Failure) {
    tracing::info!(
        run = %run.accepted.run,
        workflow = %run.accepted.workflow,
        %step,
        disposition = failure.disposition.word(),
        code = failure.code,
        "an attempt failed: {}", failure.message
    );
}

async fn records<S: Store, P: Plugins>(
    inner: &Inner<S, P>,
    run: &Run,
    input: &StepInput,
) -> Result<Option<Json>, StoreError> {
    match &input.records {
        Some(records) => json(inner, run, records).await.map(Some),
        None => Ok(None),
    }
}

async fn json<S: Store, P: Plugins>(
    inner: &Inner<S, P>,
    run: &Run,
    payload: &Payload,
) -> Result<Json, StoreError> {
    match payload {
        Payload::Inline(json) => Ok(json.clone()),
        Payload::Stored { digest, .. } => evaluate::read(inner, run, *digest).await,
    }
}
