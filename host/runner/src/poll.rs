//! News that plugins fetch become events.
//!
//! Where the next poll goes on is kept in the same commit as the events, or not at all: however
//! often the process stops, no news are lost, and what comes again has the id that it had.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use mortise_model::event::{Origin, TriggerKind};
use mortise_model::plan::{Operation, Poll, PollStart};
use mortise_model::{Disposition, Failure, Json};
use mortise_ports::catalog::ActivePlan;
use mortise_ports::plugins::{File, Invocation, News, Outcome};
use mortise_ports::triggers::Fence;
use mortise_ports::{Plugins, Store, StoreError};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::accept::draft::{Draft, EventFiles};
use crate::files::fit_event;
use crate::perform::misfit;
use crate::perform::receive::input;
use crate::trigger::{Asked, Watch};
use crate::{Inner, NewEvent, Refusal, accept};

/// What a task remembers of a poll from one look to the next.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    /// Not before then; on a clock that nobody sets.
    next: Option<Instant>,
}

/// What a poll remembers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Memory {
    /// Where the next one goes on; none before the first.
    cursor: Option<Json>,
}

/// What a plugin found.
struct Found {
    events: Vec<News>,
    cursor: Json,
    more: bool,
    files: Arc<[File]>,
}

/// Polls where it is time to, and says how soon to look again.
pub(crate) async fn look<S: Store, P: Plugins>(
    watch: &mut Watch<S, P>,
    kept: &mut Kept,
    (active, poll): (&ActivePlan, &Poll),
) -> Result<Duration, Refusal> {
    let Some(fence) = watch.hold().await? else {
        return Ok(watch.look());
    };
    if let Some(wait) = kept.wait(watch.look()) {
        return Ok(wait);
    }
    let memory = recall(watch).await?;
    if watch.is_paused() || !watch.has_room() || !watch.has_disk() {
        return Ok(watch.look());
    }
    let pause = match ask(watch, poll, &memory).await {
        Asked::Lost => return Ok(watch.look()),
        Asked::Held(until) => Duration::from_millis(until.since_ms(watch.inner.now())),
        Asked::Done(result) => match result.and_then(|given| found(&watch.inner, given)) {
            Ok(found) => {
                let more = found.more;
                keep(watch, active, fence, (&memory, found)).await?;
                watch.succeeded();
                let every_ms = if more { 0 } else { poll.every_ms };
                watch.comes(Some(watch.inner.now().plus_ms(every_ms)));
                Duration::from_millis(every_ms)
            }
            Err(failure) => watch.failed(&failure, &poll.operation.retry),
        },
    };
    kept.next = Some(Instant::now() + pause);
    Ok(pause.min(watch.look()))
}

impl Kept {
    /// How long to wait until the next look, where it is not time to poll.
    fn wait(&self, look: Duration) -> Option<Duration> {
        let left = self.next?.checked_duration_since(Instant::now())?;
        (!left.is_zero()).then(|| left.min(look))
    }
}

async fn recall<S: Store, P: Plugins>(watch: &Watch<S, P>) -> Result<Memory, StoreError> {
    let Some(json) = watch.inner.store.memory(&watch.key).await? else {
        return Ok(Memory::default());
    };
    json.read()
        .map_err(|e| StoreError::Damaged(format!("what a poll remembers cannot be read: {e}")))
}

/// Calls the plugin. A process that stops does not wait for it: the poll comes again.
async fn ask<S: Store, P: Plugins>(watch: &mut Watch<S, P>, poll: &Poll, memory: &Memory) -> Asked {
    let draining = watch.inner.draining.clone();
    let invocation = match started(&poll.operation, poll.start) {
        Ok(input) => Invocation::Poll {
            input,
            cursor: memory.cursor.clone(),
        },
        Err(failure) => return Asked::Done(Err(failure)),
    };
    tokio::select! {
        asked = watch.ask(&poll.operation, invocation) => asked,
        () = draining.cancelled() => Asked::Lost,
    }
}

/// The input, with the place to start from.
fn started(operation: &Operation, start: PollStart) -> Result<Json, Failure> {
    let wrong = |e: serde_json::Error| {
        let message = format!("`with` of a poll must be a mapping: {e}");
        Failure::new(Disposition::Misconfigured, "input", message)
    };
    let input: Option<BTreeMap<String, Json>> = input(operation)?.read().map_err(wrong)?;
    let mut input = input.unwrap_or_default();
    input.insert("start".to_owned(), Json::of(&start).map_err(wrong)?);
    Json::of(&input).map_err(wrong)
}

fn found<S, P>(
    inner: &Inner<S, P>,
    (outcome, files): (Outcome, Vec<File>),
) -> Result<Found, Failure> {
    fit_event(inner, &files)?;
    match outcome {
        Outcome::News {
            events,
            cursor,
            more,
        } => Ok(Found {
            events,
            cursor,
            more,
            files: files.into(),
        }),
        _ => Err(misfit()),
    }
}

/// Makes news durable, and where the next poll goes on.
async fn keep<S: Store, P: Plugins>(
    watch: &Watch<S, P>,
    active: &ActivePlan,
    fence: Fence,
    (before, found): (&Memory, Found),
) -> Result<(), Refusal> {
    let Found {
        events,
        cursor,
        files,
        ..
    } = found;
    let after = Memory {
        cursor: Some(cursor),
    };
    if events.is_empty() && after == *before {
        return Ok(());
    }
    let memory = watch.memory(fence, json(&after)?);
    let drafts = events.into_iter().map(|news| Draft {
        // There is room for whatever one poll brings: it was looked for before.
        queue_max: u32::MAX,
        ordering_key: news.ordering_key.clone(),
        files: EventFiles::Made(Arc::clone(&files)),
        ..Draft::of(&watch.inner, event(watch, active, news))
    });
    let accepted = accept::commit(&watch.inner, drafts.collect(), Some(memory)).await?;
    for refusal in accepted.into_iter().filter_map(Result::err) {
        // It has a run already, and would be refused again each time.
        let workflow = &watch.key.workflow;
        tracing::warn!(%workflow, trigger = watch.key.trigger, error = %refusal, "an event of a poll was refused");
    }
    Ok(())
}

fn event<S, P>(watch: &Watch<S, P>, active: &ActivePlan, news: News) -> NewEvent {
    NewEvent {
        plan: active.clone(),
        origin: Origin {
            trigger: watch.key.trigger.clone(),
            kind: TriggerKind::Poll,
        },
        id: Some(news.id),
        payload: news.payload,
        request: None,
    }
}

fn json(memory: &Memory) -> Result<Json, StoreError> {
    Json::of(memory).map_err(|e| StoreError::Damaged(e.to_string()))
}
