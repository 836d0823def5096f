//! Points in time become events.
//!
//! Each schedule remembers the last time that became an event, in the same commit as the event, and
//! the event's id is that time: however often the process stops and whatever the clock does, no time
//! is lost and none is taken twice.
//!
//! Reading order: `calendar`, the times of a schedule; `due`, what there is to do, both pure;
//! [`look`]; `backfill`, times that have passed, by command.

mod backfill;
mod calendar;
mod due;

use std::time::Duration;

use mortise_model::event::{Origin, TriggerKind};
use mortise_model::plan::Schedule;
use mortise_model::{Json, Timestamp};
use mortise_ports::catalog::ActivePlan;
use mortise_ports::triggers::Fence;
use mortise_ports::{Plugins, Store, StoreError};

use crate::trigger::Watch;
use crate::{NewEvent, Refusal, accept};
use calendar::Calendar;
use due::{Due, Memory, due};

pub use backfill::{BackfillError, Backfilled};

/// What a task remembers of a schedule from one look to the next. Without it, nothing looked after
/// the schedule until now.
#[derive(Debug, Default)]
pub(crate) struct Kept(Option<Seen>);

/// What was seen to.
#[derive(Debug)]
struct Seen {
    fence: Fence,
    memory: Memory,
    next: Option<Timestamp>,
}

/// Makes events of the times that are due, and says how soon to look again.
pub(crate) async fn look<S: Store, P: Plugins>(
    watch: &mut Watch<S, P>,
    kept: &mut Kept,
    (active, schedule): (&ActivePlan, &Schedule),
) -> Result<Duration, Refusal> {
    let Some(fence) = watch.hold().await? else {
        return Ok(watch.look());
    };
    if watch.is_paused() {
        // What passes meanwhile is missed, as if nothing ran.
        kept.0 = None;
        return Ok(watch.look());
    }
    let now = watch.inner.clock.time_of_day();
    kept.0.take_if(|seen| seen.fence != fence);
    if let Some(wait) = kept.wait(schedule, now, watch.look()) {
        return Ok(wait);
    }
    if !watch.has_room() {
        return Ok(watch.look());
    }
    let calendar = Calendar::of(schedule).map_err(|error| {
        let error = format!("the schedule `{}` cannot be read: {error}", schedule.cron);
        StoreError::Damaged(error)
    })?;
    let is_back = kept.0.is_none();
    let before = match &kept.0 {
        Some(seen) => Some(seen.memory.clone()),
        None => recall(watch).await?,
    };
    let Due { times, memory } = due(&calendar, schedule, before.clone(), (now, is_back));
    if before.as_ref() != Some(&memory) {
        fire(watch, (active, schedule), times, (fence, &memory)).await?;
    }
    let next = calendar.after(memory.last);
    watch.comes(next);
    kept.0 = Some(Seen {
        fence,
        memory,
        next,
    });
    Ok(kept.wait(schedule, now, watch.look()).unwrap_or_default())
}

impl Kept {
    /// How long to wait until the next look, where nothing is due.
    fn wait(&self, schedule: &Schedule, now: Timestamp, look: Duration) -> Option<Duration> {
        let seen = self.0.as_ref()?;
        let is_same = seen.memory == Memory::of(schedule, seen.memory.last);
        let left_ms = seen.next.map_or(u64::MAX, |next| next.since_ms(now));
        (is_same && left_ms > 0).then(|| Duration::from_millis(left_ms).min(look))
    }
}

async fn recall<S: Store, P: Plugins>(watch: &Watch<S, P>) -> Result<Option<Memory>, StoreError> {
    let json = watch.inner.store.memory(&watch.key).await?;
    // What another version wrote begins anew, as another schedule does.
    Ok(json.and_then(|json| json.read().ok()))
}

async fn fire<S: Store, P: Plugins>(
    watch: &mut Watch<S, P>,
    (active, schedule): (&ActivePlan, &Schedule),
    times: Vec<Timestamp>,
    (fence, memory): (Fence, &Memory),
) -> Result<(), Refusal> {
    let memory = watch.memory(fence, json(memory)?);
    let has_fired = !times.is_empty();
    let events = times
        .into_iter()
        .map(|time| event(active, &watch.key.trigger, (schedule, time)))
        .collect::<Result<_, _>>()?;
    // A time that is known already, because somebody filled it in, starts no second run.
    accept::accept_all(&watch.inner, events, Some(memory)).await?;
    if has_fired {
        watch.succeeded();
    }
    Ok(())
}

/// The event of a scheduled time; its id is the time.
fn event(
    active: &ActivePlan,
    trigger: &str,
    (schedule, time): (&Schedule, Timestamp),
) -> Result<NewEvent, StoreError> {
    let payload = json(&serde_json::json!({
        "scheduled_at": time,
        "timezone": schedule.timezone,
    }))?;
    Ok(NewEvent {
        plan: active.clone(),
        origin: Origin {
            trigger: trigger.to_owned(),
            kind: TriggerKind::Schedule,
        },
        id: Some(time.to_string()),
        payload,
        request: None,
    })
}

fn json<T: serde::Serialize>(value: &T) -> Result<Json, StoreError> {
    Json::of(value).map_err(|e| StoreError::Damaged(e.to_string()))
}
