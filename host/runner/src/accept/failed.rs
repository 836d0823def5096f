//! Runs that are started because another one was parked or failed.

use std::sync::Arc;

use mortise_model::entry::{Accepted, End};
use mortise_model::event::{Origin, TriggerKind};
use mortise_model::{Failure, Json, Payload, Plan, Run, StepPath, sentence};
use mortise_ports::journal::Acceptance;
use mortise_ports::{Plugins, Store, StoreError};
use serde::Serialize;

use super::NewEvent;
use super::draft::{Draft, EventFiles};
use crate::Inner;
use crate::evaluate::view::read;

/// A run that was parked or failed.
#[derive(Clone)]
pub(crate) struct Failed<'r> {
    accepted: &'r Accepted,
    input: &'r Payload,
    step: Option<&'r StepPath>,
    failure: &'r Failure,
    /// What happened, where, why, and what helps.
    sentence: String,
    /// The sequence number of the entry that says so.
    sequence: u32,
}

impl<'r> Failed<'r> {
    /// None of a run that came to another end.
    pub fn of((plan, run): (&Plan, &'r Run), end: &'r End, sequence: u32) -> Option<Self> {
        let (End::Parked { step, failure } | End::Failed { step, failure }) = end else {
            return None;
        };
        let event = run.event.as_ref().unwrap_or(&run.accepted.event);
        Some(Self {
            accepted: &run.accepted,
            input: &event.payload,
            step: step.as_ref(),
            failure,
            sentence: sentence::of_run(plan, run, (step.as_ref(), failure)),
            sequence,
        })
    }
}

/// Says in the log that a run is parked, where it is.
pub(crate) fn warn_of(plan: &Plan, run: &Run, end: &End) {
    if let End::Parked { step, failure } = end {
        let why = sentence::of_run(plan, run, (step.as_ref(), failure));
        tracing::warn!(
            run = %run.accepted.run,
            workflow = %run.accepted.workflow,
            step = step.as_ref().map(StepPath::as_str),
            code = failure.code,
            "a run is parked: {why}"
        );
    }
}

/// `.event` of a `failure` trigger.
#[derive(Serialize)]
struct FailedRun<'a> {
    run: String,
    workflow: &'a str,
    step: Option<&'a StepPath>,
    failure: Described<'a>,
    input: Json,
}

#[derive(Serialize)]
struct Described<'a> {
    code: &'a str,
    message: &'a str,
    disposition: &'static str,
    cause: Option<&'a mortise_model::Cause>,
    step: Option<&'a StepPath>,
    sentence: &'a str,
}

/// What the journal is to accept together with the end of a run: a run of each workflow whose
/// `failure` trigger covers it.
pub(crate) async fn starts<S: Store, P: Plugins>(
    inner: &Arc<Inner<S, P>>,
    failed: &Failed<'_>,
) -> Result<Vec<Acceptance>, StoreError> {
    let triggers = inner.plans.failure_triggers(failed.accepted);
    if triggers.is_empty() {
        return Ok(Vec::new());
    }
    let payload = document(inner, failed).await?;
    let mut acceptances = Vec::new();
    for (plan, trigger) in triggers {
        let event = NewEvent {
            plan,
            origin: Origin {
                trigger,
                kind: TriggerKind::Failure,
            },
            id: Some(format!("{}.{}", failed.accepted.run, failed.sequence)),
            payload: payload.clone(),
            request: None,
        };
        let draft = Draft {
            files: EventFiles::Of(failed.accepted.run),
            ..Draft::of(inner, event)
        };
        acceptances.extend(draft.acceptances(inner).await?);
    }
    Ok(acceptances)
}

async fn document<S: Store, P: Plugins>(
    inner: &Inner<S, P>,
    failed: &Failed<'_>,
) -> Result<Json, StoreError> {
    let (accepted, failure) = (failed.accepted, failed.failure);
    let input = match failed.input {
        Payload::Inline(json) => json.clone(),
        Payload::Stored { digest, .. } => {
            read(&*inner.store, &accepted.namespace, accepted.run, *digest).await?
        }
    };
    let document = FailedRun {
        run: accepted.run.to_string(),
        workflow: accepted.workflow.as_str(),
        step: failed.step,
        failure: Described {
            code: &failure.code,
            message: &failure.message,
            disposition: failure.disposition.word(),
            cause: failure.cause.as_ref(),
            step: failed.step,
            sentence: &failed.sentence,
        },
        input,
    };
    Json::of(&document).map_err(|error| StoreError::Damaged(error.to_string()))
}
