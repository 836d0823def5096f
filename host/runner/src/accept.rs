//! How events become runs.

pub(crate) mod choice;
pub(crate) mod draft;
pub(crate) mod failed;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use mortise_model::event::Origin;
use mortise_model::{Json, Namespace, RunId, WorkflowName};
use mortise_ports::catalog::ActivePlan;
use mortise_ports::journal::{Acceptance, Admission};
use mortise_ports::triggers::Memory;
use mortise_ports::{Plugins, Store, StoreError};
use thiserror::Error;

use crate::Inner;
use choice::Taken;
use draft::Draft;

/// What a refused sender is told to wait, in milliseconds.
pub(crate) const RETRY_AFTER_MS: u64 = 1_000;

/// An event on its way in.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// The plan that the run will be bound to, or the candidate beside it; names namespace and
    /// workflow.
    pub plan: ActivePlan,
    /// Which trigger gives it.
    pub origin: Origin,
    /// The sender's id of it; none makes a new ULID.
    pub id: Option<String>,
    /// `.event`; of a webhook with `uses` the request as it came.
    pub payload: Json,
    /// `.request`, for webhooks.
    pub request: Option<Json>,
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
    /// As many runs of its `concurrency` key as allowed wait for their turn.
    #[error(
        "{queue_max} runs of `{workflow}` wait for a place of the same `concurrency` key, and `runner.queue-max` allows no more: try again later"
    )]
    QueueFull {
        /// Of which workflow.
        workflow: WorkflowName,
        /// How many may wait.
        queue_max: u32,
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

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Full => Self::DiskFull,
            other => Self::Store(other),
        }
    }
}

/// Makes an event durable as a new run. `listen` is called with the run's id before the run can end.
pub(crate) async fn accept<S: Store, P: Plugins, L>(
    inner: &Arc<Inner<S, P>>,
    event: NewEvent,
    listen: impl FnOnce(RunId) -> L,
) -> Result<(Accepted, L), Refusal> {
    if inner.draining.is_cancelled() {
        return Err(Refusal::Draining);
    }
    let _room = Room::take(
        &inner.accepting,
        inner.store.live(),
        inner.settings.live_max,
    )?;
    let draft = Draft::of(inner, event);
    let ear = listen(draft.run);
    let mut accepted = commit(inner, vec![draft], None).await?;
    match accepted.pop() {
        Some(accepted) => Ok((accepted?, ear)),
        None => Err(Refusal::Store(StoreError::Unknown)),
    }
}

/// Makes events of a trigger durable, and what the trigger remembers from now on, all in one commit.
/// They are accepted whatever is under way; who brings them looks before whether there is room.
///
/// # Errors
/// Where nothing was kept. One event may still be refused, because it is known with another body.
pub(crate) async fn accept_all<S: Store, P: Plugins>(
    inner: &Arc<Inner<S, P>>,
    events: Vec<NewEvent>,
    memory: Option<Memory>,
) -> Result<Vec<Result<Accepted, Refusal>>, Refusal> {
    let drafts = events.into_iter().map(|event| Draft {
        queue_max: u32::MAX,
        ..Draft::of(inner, event)
    });
    commit(inner, drafts.collect(), memory).await
}

/// Makes drafts durable, in one commit.
pub(crate) async fn commit<S: Store, P: Plugins>(
    inner: &Arc<Inner<S, P>>,
    drafts: Vec<Draft>,
    memory: Option<Memory>,
) -> Result<Vec<Result<Accepted, Refusal>>, Refusal> {
    if inner.draining.is_cancelled() {
        return Err(Refusal::Draining);
    }
    let mut heads = Vec::with_capacity(drafts.len());
    let mut acceptances: Vec<Acceptance> = Vec::with_capacity(drafts.len());
    for draft in drafts {
        let head = Head::of(&draft);
        let made = draft.acceptances(inner).await?;
        heads.push((head, acceptances.len()));
        acceptances.extend(made);
    }
    match (acceptances.last_mut(), memory) {
        (Some(last), memory) => last.memory = memory,
        (None, Some(memory)) => inner.store.save(memory).await?,
        (None, None) => {}
    }
    if acceptances.is_empty() {
        return Ok(Vec::new());
    }
    let admissions = inner.store.accept(acceptances).await?;
    let new = admissions.iter().filter(|a| matches!(a, Admission::New(_)));
    inner.metrics.accepted(new.count() as u64);
    for (head, at) in &heads {
        if let (Some(taken), Some(Admission::New(_))) = (&head.taken, admissions.get(*at)) {
            inner.shares.count(&head.namespace, taken);
        }
    }
    inner.news.notify_one();
    Ok(heads
        .into_iter()
        .map(|(head, at)| head.told(admissions.get(at)))
        .collect())
}

/// What is said of an event that was accepted or not.
struct Head {
    event_id: String,
    namespace: Namespace,
    workflow: WorkflowName,
    queue_max: u32,
    taken: Option<Taken>,
}

impl Head {
    fn of(draft: &Draft) -> Self {
        Self {
            event_id: draft.event_id.clone(),
            namespace: draft.plan.plan.namespace.clone(),
            workflow: draft.plan.plan.workflow.clone(),
            queue_max: draft.queue_max,
            taken: draft.taken.clone(),
        }
    }

    fn told(self, admission: Option<&Admission>) -> Result<Accepted, Refusal> {
        let (run, duplicate) = match admission {
            Some(Admission::New(run)) => (*run, false),
            Some(Admission::Duplicate(run)) => (*run, true),
            Some(Admission::Conflict(run)) => {
                let (event_id, run) = (self.event_id, *run);
                return Err(Refusal::Conflict { event_id, run });
            }
            Some(Admission::NoPlace) => {
                return Err(Refusal::QueueFull {
                    workflow: self.workflow,
                    queue_max: self.queue_max,
                    retry_after_ms: RETRY_AFTER_MS,
                });
            }
            None => return Err(Refusal::Store(StoreError::Unknown)),
        };
        Ok(Accepted {
            run,
            event_id: self.event_id,
            duplicate,
        })
    }
}

/// Room for one more run that is not at rest, held until the store counts the run itself.
struct Room<'a>(&'a AtomicUsize);

impl<'a> Room<'a> {
    fn take(accepting: &'a AtomicUsize, live: usize, live_max: usize) -> Result<Self, Refusal> {
        let ahead = accepting.fetch_add(1, Ordering::AcqRel);
        let room = Self(accepting);
        if live + ahead >= live_max {
            return Err(Refusal::Overloaded {
                live,
                retry_after_ms: RETRY_AFTER_MS,
            });
        }
        Ok(room)
    }
}

impl Drop for Room<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}
