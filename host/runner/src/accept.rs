//! How an event becomes a run.

use std::sync::atomic::{AtomicUsize, Ordering};

use mortise_model::event::{Event, Origin};
use mortise_model::{Digest, Entry, Fact, Json, Payload, RunId, entry};
use mortise_ports::catalog::ActivePlan;
use mortise_ports::journal::{Acceptance, Admission, Dedupe};
use mortise_ports::triggers::TriggerKey;
use mortise_ports::{Plugins, Store, StoreError};
use thiserror::Error;

use crate::{Inner, clock};

/// What a refused sender is told to wait, in milliseconds.
const RETRY_AFTER_MS: u64 = 1_000;

/// An event on its way in.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// The plan that the run will be bound to; names namespace and workflow.
    pub plan: ActivePlan,
    /// Which trigger gives it.
    pub origin: Origin,
    /// The sender's id of it; none makes a new ULID.
    pub id: Option<String>,
    /// `.event`.
    pub payload: Json,
    /// `.request`, for webhooks.
    pub request: Option<Json>,
    /// The trigger's memory from now on, kept in the same commit.
    pub memory: Option<Json>,
}

/// A durable event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// Its run; of a duplicate the first one's.
    pub run: RunId,
    /// The event's id.
    pub event_id: String,
    /// It was known, and starts no second run.
    pub duplicate: bool,
}

/// Why an event was not accepted. Nothing was kept.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Refusal {
    /// As many runs as allowed are not at rest.
    #[error("{live} runs are under way, and `runner.live-max` allows no more: try again later")]
    Overloaded {
        /// How many are under way.
        live: usize,
        /// How long the sender should wait, in milliseconds.
        retry_after_ms: u64,
    },
    /// The process is stopping.
    #[error("this process is stopping")]
    Draining,
    /// There is no room on the disk.
    #[error("the disk of the data folder is full")]
    DiskFull,
    /// The same id came before with another body.
    #[error("event `{event_id}` came before with another body, as run {run}")]
    Conflict {
        /// The event's id.
        event_id: String,
        /// The first one's run.
        run: RunId,
    },
    /// The store failed.
    #[error(transparent)]
    Store(StoreError),
}

/// Makes an event durable as a new run. `listen` is called with the run's id before the run can end.
pub(crate) async fn accept<S: Store, P: Plugins, L>(
    inner: &Inner<S, P>,
    event: NewEvent,
    listen: impl FnOnce(RunId) -> L,
) -> Result<(Accepted, L), Refusal> {
    if inner.draining.is_cancelled() {
        return Err(Refusal::Draining);
    }
    let _place = Place::take(
        &inner.accepting,
        inner.store.live(),
        inner.settings.live_max,
    )?;
    let now = clock::now();
    let run = clock::run_id(now);
    let event_id = event.id.clone().unwrap_or_else(|| run.to_string());
    let acceptance = acceptance(inner, event, run, event_id.clone())
        .await
        .map_err(refusal)?;
    let ear = listen(run);
    let admissions = inner.store.accept(vec![acceptance]).await;
    inner.full.store(
        matches!(admissions, Err(StoreError::Full)),
        Ordering::Relaxed,
    );
    match admissions.map_err(refusal)?.first() {
        Some(Admission::New(run)) => {
            inner.metrics.accepted();
            inner.news.notify_one();
            Ok((
                Accepted {
                    run: *run,
                    event_id,
                    duplicate: false,
                },
                ear,
            ))
        }
        Some(Admission::Duplicate(run)) => Ok((
            Accepted {
                run: *run,
                event_id,
                duplicate: true,
            },
            ear,
        )),
        Some(Admission::Conflict(run)) => Err(Refusal::Conflict {
            event_id,
            run: *run,
        }),
        None => Err(Refusal::Store(StoreError::Unknown)),
    }
}

async fn acceptance<S: Store, P>(
    inner: &Inner<S, P>,
    event: NewEvent,
    run: RunId,
    event_id: String,
) -> Result<Acceptance, StoreError> {
    let NewEvent {
        plan: active,
        origin,
        id,
        payload,
        request,
        memory,
    } = event;
    let namespace = active.plan.namespace.clone();
    let workflow = active.plan.workflow.clone();
    let dedupe = id.map(|event_id| Dedupe {
        event_id,
        body: Digest::of(payload.as_str().as_bytes()),
    });
    let memory = memory.map(|memory| {
        let key = TriggerKey {
            namespace: namespace.clone(),
            workflow: workflow.clone(),
            trigger: origin.trigger.clone(),
        };
        (key, memory)
    });
    let payload = keep(&*inner.store, &namespace, run, payload).await?;
    let accepted = entry::Accepted {
        run,
        namespace,
        workflow,
        plan: active.digest,
        version: active.version,
        origin,
        event: Event {
            id: event_id,
            payload,
            request,
        },
    };
    let entry = Entry {
        at: clock::now(),
        fact: Fact::Accepted(Box::new(accepted)),
    };
    Ok(Acceptance {
        entry,
        dedupe,
        memory,
    })
}

/// Puts what is too large for an entry beside the journal.
pub(crate) async fn keep<S: Store>(
    store: &S,
    namespace: &mortise_model::Namespace,
    run: RunId,
    json: Json,
) -> Result<Payload, StoreError> {
    let size = json.as_str().len();
    if size <= Payload::INLINE_MAX_BYTES {
        return Ok(Payload::Inline(json));
    }
    let digest = store
        .put(namespace, run, json.as_str().as_bytes().to_vec())
        .await?;
    Ok(Payload::Stored {
        digest,
        size_bytes: size as u64,
    })
}

fn refusal(error: StoreError) -> Refusal {
    match error {
        StoreError::Full => Refusal::DiskFull,
        other => Refusal::Store(other),
    }
}

/// One of the places for runs that are not at rest, held until the store counts the run itself.
struct Place<'a>(&'a AtomicUsize);

impl<'a> Place<'a> {
    fn take(accepting: &'a AtomicUsize, live: usize, live_max: usize) -> Result<Self, Refusal> {
        let ahead = accepting.fetch_add(1, Ordering::AcqRel);
        let place = Self(accepting);
        if live + ahead >= live_max {
            return Err(Refusal::Overloaded {
                live,
                retry_after_ms: RETRY_AFTER_MS,
            });
        }
        Ok(place)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}
