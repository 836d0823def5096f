//! Templates of a run to values: paths by the host itself, programs in the sandbox.

use std::collections::HashMap;

use mortise_engine::render::{self, render};
use mortise_engine::scope::Scope;
use mortise_model::entry::StepInput;
use mortise_model::plan::{Action, OperationKind};
use mortise_model::template::{Expression, Template};
use mortise_model::{Digest, Disposition, Failure, Json, Payload, Plan, Run, StepPath};
use mortise_ports::{Payloads, Plugins, Store, StoreError};

use crate::Inner;
use crate::accept::keep;

/// A failure that is the run's, or one of the store that is nobody's.
pub(crate) type Evaluated<T> = Result<Result<T, Failure>, StoreError>;

/// The input of a step; none where its condition is false.
pub(crate) async fn step_input<S: Store, P: Plugins>(
    inner: &Inner<S, P>,
    plan: &Plan,
    run: &Run,
    step: &StepPath,
) -> Evaluated<Option<StepInput>> {
    let Some(step) = plan.step(step) else {
        let message = format!("the plan has no step `{step}`");
        return Ok(Err(Failure::new(
            Disposition::Misconfigured,
            "plan",
            message,
        )));
    };
    if let Some(condition) = &step.condition {
        match holds(inner, plan, run, condition).await? {
            Ok(true) => {}
            Ok(false) => return Ok(Ok(None)),
            Err(failure) => return Ok(Err(failure)),
        }
    }
    let Action::Operation(operation) = &step.action;
    let with = match payload(inner, plan, run, &operation.with).await? {
        Ok(with) => with,
        Err(failure) => return Ok(Err(failure)),
    };
    let records = match &operation.kind {
        OperationKind::Action => None,
        OperationKind::Transform { records, .. } => match payload(inner, plan, run, records).await?
        {
            Ok(records) => Some(records),
            Err(failure) => return Ok(Err(failure)),
        },
    };
    Ok(Ok(Some(StepInput { with, records })))
}

/// The output of a run: what the manifest says, or the output of the last step.
pub(crate) async fn run_output<S: Store, P: Plugins>(
    inner: &Inner<S, P>,
    plan: &Plan,
    run: &Run,
) -> Evaluated<Payload> {
    if let Some(template) = &plan.output {
        return payload(inner, plan, run, template).await;
    }
    let last = plan.steps.last().and_then(|step| run.steps.get(&step.id));
    Ok(Ok(last
        .and_then(|state| state.output.clone())
        .unwrap_or_else(|| Json::null().into())))
}

async fn holds<S: Store, P: Plugins>(
    inner: &Inner<S, P>,
    plan: &Plan,
    run: &Run,
    condition: &Expression,
) -> Evaluated<bool> {
    let template = Template::Expression(condition.clone());
    let value = match value(inner, plan, run, &template).await? {
        Ok(value) => value,
        Err(failure) => return Ok(Err(failure)),
    };
    Ok(match value.as_str() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(not_boolean(&value)),
    })
}

fn not_boolean(value: &Json) -> Failure {
    let mut shown: String = value.as_str().chars().take(80).collect();
    if shown.len() < value.as_str().len() {
        shown.push('…');
    }
    let message = format!("the condition gave {shown}, which is neither `true` nor `false`");
    Failure::new(Disposition::Misconfigured, "condition", message)
}

async fn payload<S: Store, P: Plugins>(
    inner: &Inner<S, P>,
    plan: &Plan,
    run: &Run,
    template: &Template,
) -> Evaluated<Payload> {
    let accepted = &run.accepted;
    match value(inner, plan, run, template).await? {
        Ok(json) => keep(&*inner.store, &accepted.namespace, accepted.run, json)
            .await
            .map(Ok),
        Err(failure) => Ok(Err(failure)),
    }
}

async fn value<S: Store, P: Plugins>(
    inner: &Inner<S, P>,
    plan: &Plan,
    run: &Run,
    template: &Template,
) -> Evaluated<Json> {
    if let Template::Literal(json) = template {
        return Ok(Ok(json.clone()));
    }
    let paths = render::paths(template);
    let mut loaded = HashMap::new();
    let wanted: Vec<Digest> = Scope {
        plan,
        run,
        loaded: &loaded,
    }
    .stored(&paths)
    .collect();
    for digest in wanted {
        let json = read(inner, run, digest).await?;
        loaded.insert(digest, json);
    }
    let scope = Scope {
        plan,
        run,
        loaded: &loaded,
    };
    let programs = match render::programs(template, &scope) {
        Ok(programs) => programs,
        Err(failure) => return Ok(Err(failure)),
    };
    let mut results = Vec::with_capacity(programs.len());
    for program in programs {
        match inner.plugins.evaluate(&program.text, program.input).await {
            Ok(result) => results.push(result),
            Err(failure) => return Ok(Err(failure)),
        }
    }
    Ok(render(template, &scope, results))
}

/// A payload that is kept beside the journal.
pub(crate) async fn read<S: Store, P: Plugins>(
    inner: &Inner<S, P>,
    run: &Run,
    digest: Digest,
) -> Result<Json, StoreError> {
    let accepted = &run.accepted;
    let bytes = Payloads::read(
        &*inner.store,
        &accepted.namespace,
        accepted.run,
        digest,
        None,
    )
    .await?;
    let damaged = || StoreError::Damaged(format!("payload {digest} is not JSON"));
    let text = String::from_utf8(bytes).map_err(|_| damaged())?;
    Json::parse(text).map_err(|_| damaged())
}
