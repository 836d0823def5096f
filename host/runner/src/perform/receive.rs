//! Requests to webhooks, as plugins understand them.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mortise_model::entry::RequestRecord;
use mortise_model::event::{Event, Origin, TriggerKind};
use mortise_model::id::idempotency_key;
use mortise_model::input::Received;
use mortise_model::path::RECEIVE;
use mortise_model::plan::{Operation, OperationKind, Source};
use mortise_model::template::Template;
use mortise_model::{Digest, Disposition, Failure, Input, Json, StepPath};
use mortise_ports::catalog::ActivePlan;
use mortise_ports::journal::{Acceptance, Dedupe};
use mortise_ports::logs::AttemptKey;
use mortise_ports::plugins::{
    Call, File, Invocation, News, Outcome, RawRequest, RawResponse, Report,
};
use mortise_ports::triggers::{Memory, TriggerKey};
use mortise_ports::{Plugins, Store, StoreError};
use serde::Deserialize;
use thiserror::Error;

use super::{Cancel, ask, misfit, note};
use crate::accept::choice::Taken;
use crate::accept::draft::{Draft, EventFiles};
use crate::accept::{self, Accepted, NewEvent, Refusal};
use crate::clock::jitter_ppm;
use crate::evaluate::view::{Halt, View, patiently, told};
use crate::files::{fit_event, keep_named};
use crate::{Inner, Runner};

/// Milliseconds that a plugin has where a sender waits for its answer.
const ANSWER_TIMEOUT_MS: u64 = 1_000;

/// A request as the journal keeps it.
#[derive(Deserialize)]
struct Kept {
    method: String,
    path_and_query: String,
    headers: Vec<(String, String)>,
    body: String,
}

/// What a request gave.
pub(crate) struct Reception {
    pub input: Input,
    /// Makes the run the only one for its event.
    pub identity: Option<Dedupe>,
    /// Runs of further events.
    pub starts: Vec<Acceptance>,
}

/// Has a plugin understand the request that started the run.
pub(crate) async fn receive<S: Store, P: Plugins>(
    view: View<S, P>,
    attempt: u32,
    cancel: Cancel,
) -> Result<Reception, StoreError> {
    let grace_ms = view.inner.settings.cancel_grace_ms;
    let step = StepPath::from(RECEIVE);
    tokio::select! {
        result = understood(&view, attempt, &cancel) => result,
        () = cancel.ended(grace_ms) => Ok(Reception {
            input: Input::Aborted { step },
            identity: None,
            starts: Vec::new(),
        }),
    }
}

async fn understood<S: Store, P: Plugins>(
    view: &View<S, P>,
    attempt: u32,
    cancel: &Cancel,
) -> Result<Reception, StoreError> {
    let key = AttemptKey {
        step: StepPath::from(RECEIVE),
        turn: 0,
        attempt,
    };
    let mut requests = Vec::new();
    let made = made(view, &key, cancel, &mut requests).await;
    let (result, identity, starts) = match told(made)? {
        Ok((received, identity, starts)) => (Ok(received), identity, starts),
        Err(failure) => {
            note(view, &key.step, &failure);
            (Err(failure), None, Vec::new())
        }
    };
    Ok(Reception {
        input: Input::Received {
            result,
            requests,
            jitter_ppm: jitter_ppm(&*view.inner.clock),
        },
        identity,
        starts,
    })
}

async fn made<S: Store, P: Plugins>(
    view: &View<S, P>,
    key: &AttemptKey,
    cancel: &Cancel,
    requests: &mut Vec<RequestRecord>,
) -> Result<(Received, Option<Dedupe>, Vec<Acceptance>), Halt> {
    let (inner, accepted) = (&view.inner, &view.run.accepted);
    let operation = view.plan.operation(&key.step, &accepted.origin);
    let operation = operation.ok_or_else(misfit)?;
    let trigger = TriggerKey {
        namespace: accepted.namespace.clone(),
        workflow: accepted.workflow.clone(),
        trigger: accepted.origin.trigger.clone(),
    };
    let request = request(&view.json(&accepted.event.payload).await?)?;
    let invocation = Invocation::Receive {
        input: input(operation)?,
        memory: inner.store.memory(&trigger).await?,
        request,
    };
    let report = ask(view, key, (Arc::clone(operation), invocation), cancel).await?;
    requests.extend(report.requests);
    let (events, _, memory) = reception(report.result?)?;
    fit_event(inner, &report.files)?;
    remember(inner, trigger, memory).await?;
    spread(view, events, report.files.into()).await
}

/// The run's own event, and the runs of the others. Where a key decides which runs there are, every
/// event gets a run of its own: the keys are evaluated when a run is accepted.
async fn spread<S: Store, P: Plugins>(
    view: &View<S, P>,
    events: Vec<News>,
    files: Arc<[File]>,
) -> Result<(Received, Option<Dedupe>, Vec<Acceptance>), Halt> {
    let mut events = events.into_iter();
    let has_keys = view.plan.concurrency.is_some() || view.plan.deduplicate.is_some();
    let own = if has_keys { None } else { events.next() };
    // Whoever comes with the same request takes what its run took.
    let accepted = &view.run.accepted;
    let rollout = accepted.rollout.clone();
    let rollout = rollout.filter(|_| accepted.plan == view.run.plan);
    let taken = rollout.map(|rollout| Taken {
        rollout,
        is_candidate: true,
    });
    let mut starts = Vec::new();
    for news in events {
        let event = NewEvent {
            plan: ActivePlan {
                digest: view.run.plan,
                version: view.run.version,
                plan: Arc::clone(&view.plan),
                candidate: None,
            },
            origin: view.run.accepted.origin.clone(),
            id: Some(news.id),
            payload: news.payload,
            request: view.run.accepted.event.request.clone(),
        };
        let making = || {
            let draft = Draft {
                is_understood: true,
                taken: taken.clone(),
                files: EventFiles::Made(Arc::clone(&files)),
                ..Draft::of(&view.inner, event.clone())
            };
            draft.acceptances(&view.inner)
        };
        starts.extend(patiently(making).await?);
    }
    let Some(news) = own else {
        let why = match starts.len() {
            0 => "the request holds no event".to_owned(),
            count => format!("the request holds {count} events, and each has a run of its own"),
        };
        return Ok((Received::Nothing(why), None, starts));
    };
    let identity = Dedupe::Event {
        id: news.id.clone(),
        body: Digest::of(news.payload.as_str().as_bytes()),
    };
    let (store, accepted) = (&*view.inner.store, &view.run.accepted);
    let whose = (&accepted.namespace, accepted.run);
    patiently(|| keep_named(store, whose, (&news.payload, &files))).await?;
    let event = Event {
        id: news.id,
        payload: view.keep(news.payload).await?,
        request: view.run.accepted.event.request.clone(),
    };
    Ok((Received::Event(event), Some(identity), starts))
}

type Parts = (Vec<News>, Option<RawResponse>, Option<Json>);

fn reception(outcome: Outcome) -> Result<Parts, Failure> {
    match outcome {
        Outcome::Reception {
            events,
            answer,
            memory,
        } => Ok((events, answer, memory)),
        _ => Err(misfit()),
    }
}

async fn remember<S: Store, P>(
    inner: &Inner<S, P>,
    trigger: TriggerKey,
    memory: Option<Json>,
) -> Result<(), StoreError> {
    let Some(value) = memory else {
        return Ok(());
    };
    let memory = Memory {
        trigger,
        fence: None,
        value,
    };
    patiently(|| inner.store.save(memory.clone())).await
}

/// What the operation of a webhook is given: the manifest holds no expressions there, because there is
/// no event yet that they could name.
pub(crate) fn input(operation: &Operation) -> Result<Json, Failure> {
    match &operation.with {
        Template::Literal(json) => Ok(json.clone()),
        _ => Err(Failure::new(
            Disposition::Misconfigured,
            "expression",
            "`with` of a trigger can hold no expressions",
        )),
    }
}

fn request(payload: &Json) -> Result<RawRequest, Failure> {
    let broken = |why: String| Failure::new(Disposition::Misconfigured, "request", why);
    let kept: Kept = payload.read().map_err(|e| broken(e.to_string()))?;
    Ok(RawRequest {
        method: kept.method,
        path_and_query: kept.path_and_query,
        headers: kept.headers,
        body: STANDARD
            .decode(kept.body)
            .map_err(|e| broken(e.to_string()))?,
    })
}

/// Why a request was not answered. Nothing was kept.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ReceiveError {
    /// The plan has no such webhook with `uses`.
    #[error("workflow `{workflow}` has no webhook `{trigger}` that a plugin understands")]
    NoWebhook {
        /// The workflow.
        workflow: String,
        /// The trigger.
        trigger: String,
    },
    /// The plugin refused the request, or broke down.
    #[error("{}", .0.message)]
    Failed(Failure),
    /// Its events were not accepted.
    #[error(transparent)]
    Refused(Refusal),
}

impl<S: Store, P: Plugins> Runner<S, P> {
    /// Has the plugin of a webhook that answers its senders understand a request, within a second,
    /// and makes its events durable before the answer is returned. Events that are known already start
    /// no second run.
    ///
    /// # Errors
    /// Why there is no answer; nothing was kept then.
    pub async fn receive_now(
        &self,
        plan: ActivePlan,
        trigger: &str,
        request: RawRequest,
    ) -> Result<(RawResponse, Vec<Accepted>), ReceiveError> {
        let inner = &self.inner;
        let operation = webhook(&plan, trigger)?;
        let origin = Origin {
            trigger: trigger.to_owned(),
            kind: TriggerKind::Webhook,
        };
        let key = TriggerKey {
            namespace: plan.plan.namespace.clone(),
            workflow: plan.plan.workflow.clone(),
            trigger: trigger.to_owned(),
        };
        let stored = |error: StoreError| ReceiveError::Refused(error.into());
        let invocation = Invocation::Receive {
            input: input(&operation).map_err(ReceiveError::Failed)?,
            memory: inner.store.memory(&key).await.map_err(stored)?,
            request,
        };
        let report = answered(inner, &plan, operation, (trigger, invocation)).await;
        let parts = report.result.and_then(reception);
        let (events, answer, memory) = parts.map_err(ReceiveError::Failed)?;
        fit_event(inner, &report.files).map_err(ReceiveError::Failed)?;
        let files: Arc<[File]> = report.files.into();
        let drafts = events.into_iter().map(|news| {
            let event = NewEvent {
                plan: plan.clone(),
                origin: origin.clone(),
                id: Some(news.id),
                payload: news.payload,
                request: None,
            };
            Draft {
                is_understood: true,
                files: EventFiles::Made(Arc::clone(&files)),
                ..Draft::of(inner, event)
            }
        });
        let memory = memory.map(|value| Memory {
            trigger: key,
            fence: None,
            value,
        });
        let accepted = accept::commit(inner, drafts.collect(), memory)
            .await
            .map_err(ReceiveError::Refused)?;
        let accepted: Result<Vec<_>, _> = accepted.into_iter().collect();
        let answer = answer.unwrap_or(RawResponse {
            status: 202,
            headers: Vec::new(),
            body: Vec::new(),
        });
        Ok((answer, accepted.map_err(ReceiveError::Refused)?))
    }
}

/// The operation of a webhook, with as much time as a sender has that waits for its answer.
fn webhook(plan: &ActivePlan, trigger: &str) -> Result<Arc<Operation>, ReceiveError> {
    let found = plan.plan.triggers.iter().find(|t| t.id == trigger);
    let operation = found.and_then(|trigger| match &trigger.source {
        Source::Webhook(webhook) => webhook.uses.as_deref(),
        _ => None,
    });
    let operation = operation.filter(|o| matches!(o.kind, OperationKind::Webhook { .. }));
    operation
        .map(|operation| {
            Arc::new(Operation {
                timeout_ms: operation.timeout_ms.min(ANSWER_TIMEOUT_MS),
                ..operation.clone()
            })
        })
        .ok_or_else(|| ReceiveError::NoWebhook {
            workflow: plan.plan.workflow.to_string(),
            trigger: trigger.to_owned(),
        })
}

async fn answered<S: Store, P: Plugins>(
    inner: &Inner<S, P>,
    plan: &ActivePlan,
    operation: Arc<Operation>,
    (trigger, invocation): (&str, Invocation),
) -> Report {
    let (run, step) = (inner.new_run(), StepPath::from(trigger));
    let timeout = Duration::from_millis(operation.timeout_ms);
    let call = Call {
        namespace: plan.plan.namespace.clone(),
        workflow: plan.plan.workflow.clone(),
        run,
        idempotency_key: idempotency_key(run, &step, 0, 0),
        step,
        attempt: 1,
        turn: 0,
        operation,
        invocation,
        callback_url: None,
        files: None,
        now: inner.clock.time_of_day(),
        cancelled: Arc::default(),
    };
    let late = |_| Report {
        result: Err(Failure::new(
            Disposition::Timeout,
            "answer-timeout",
            format!("the plugin had no answer within {ANSWER_TIMEOUT_MS} ms"),
        )),
        files: Vec::new(),
        requests: Vec::new(),
        log: Vec::new(),
    };
    tokio::time::timeout(timeout, inner.plugins.call(call))
        .await
        .unwrap_or_else(late)
}
