//! Points in time become events.
//!
//! Each schedule remembers the last time that became an event, in the same commit as the event, and
//! the event's id is that time: however often the process stops, no time is lost and none is
//! taken twice.

use std::collections::HashMap;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use croner::Cron;
use jiff::tz::TimeZone;
use mortise_model::event::{Origin, TriggerKind};
use mortise_model::id::Namespace;
use mortise_model::plan::{Missed, Schedule, Source};
use mortise_model::{Json, Timestamp};
use mortise_ports::catalog::ActivePlan;
use mortise_ports::triggers::TriggerKey;
use mortise_ports::{Plugins, Store, StoreError};
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

use crate::accept::{self, NewEvent, Refusal};
use crate::{Inner, clock};

/// The longest time in milliseconds between two looks at the clock, which somebody may set.
const LOOK_MAX_MS: u64 = 1_000;

/// Times that become events in one look; the rest follows with the next.
const BURST_MAX: usize = 1_000;

/// The schedules of the active plans.
#[derive(Default)]
pub(crate) struct Schedules {
    by_namespace: Mutex<HashMap<Namespace, Vec<Timer>>>,
    changed: Notify,
}

impl Schedules {
    pub fn replace(&self, namespace: &Namespace, plans: Vec<ActivePlan>) {
        let timers = plans.iter().flat_map(timers).collect();
        let mut table = self
            .by_namespace
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        table.insert(namespace.clone(), timers);
        self.changed.notify_one();
    }

    fn all(&self) -> Vec<Timer> {
        let table = self
            .by_namespace
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        table.values().flatten().cloned().collect()
    }
}

fn timers(active: &ActivePlan) -> impl Iterator<Item = Timer> {
    active.plan.triggers.iter().filter_map(|trigger| {
        let Source::Schedule(schedule) = &trigger.source else { return None };
        let key = TriggerKey {
            namespace: active.plan.namespace.clone(),
            workflow: active.plan.workflow.clone(),
            trigger: trigger.id.clone(),
        };
        match Timer::new(active.clone(), key, schedule) {
            Ok(timer) => Some(timer),
            Err(error) => {
                tracing::error!(workflow = %active.plan.workflow, trigger = trigger.id, error, "this schedule cannot be read");
                None
            }
        }
    })
}

/// One schedule trigger.
#[derive(Clone)]
struct Timer {
    active: ActivePlan,
    key: TriggerKey,
    cron: Cron,
    zone: TimeZone,
    schedule: Schedule,
}

/// What a schedule remembers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Memory {
    /// The last time that became an event, or when the schedule was first seen.
    last: Timestamp,
    /// The schedule that it belongs to: another one begins anew.
    cron: String,
    timezone: String,
}

impl Timer {
    fn new(active: ActivePlan, key: TriggerKey, schedule: &Schedule) -> Result<Self, String> {
        let cron = Cron::from_str(&schedule.cron).map_err(|e| e.to_string())?;
        let zone = TimeZone::get(&schedule.timezone).map_err(|e| e.to_string())?;
        Ok(Self {
            active,
            key,
            cron,
            zone,
            schedule: schedule.clone(),
        })
    }

    fn after(&self, time: Timestamp) -> Option<Timestamp> {
        let zoned = jiff::Timestamp::from_millisecond(time.0)
            .ok()?
            .to_zoned(self.zone.clone());
        let next = self.cron.find_next_occurrence(&zoned, false).ok()?;
        Some(Timestamp(next.timestamp().as_millisecond()))
    }

    fn memory(&self, last: Timestamp) -> Memory {
        let Schedule { cron, timezone, .. } = self.schedule.clone();
        Memory {
            last,
            cron,
            timezone,
        }
    }

    fn at_or_before(&self, time: Timestamp) -> Option<Timestamp> {
        let zoned = jiff::Timestamp::from_millisecond(time.0)
            .ok()?
            .to_zoned(self.zone.clone());
        let previous = self.cron.find_previous_occurrence(&zoned, true).ok()?;
        Some(Timestamp(previous.timestamp().as_millisecond()))
    }

    /// The times after `last` and up to `now`, oldest first.
    fn due(&self, last: Timestamp, now: Timestamp) -> Vec<Timestamp> {
        std::iter::successors(self.after(last), |time| self.after(*time))
            .take_while(|time| *time <= now)
            .take(BURST_MAX)
            .collect()
    }
}

/// Runs until the runner drains.
pub(crate) async fn run<S: Store, P: Plugins>(inner: Arc<Inner<S, P>>) {
    let mut last = HashMap::<TriggerKey, Memory>::new();
    while !inner.draining.is_cancelled() {
        let mut next = clock::now().plus_ms(LOOK_MAX_MS);
        for timer in inner.schedules.all() {
            match look(&inner, &timer, &mut last).await {
                Ok(due) => next = next.min(due.unwrap_or(next)),
                Err(error) => {
                    let Timer {
                        key:
                            TriggerKey {
                                workflow, trigger, ..
                            },
                        ..
                    } = &timer;
                    tracing::warn!(%workflow, trigger, %error, "a scheduled event has to wait");
                }
            }
        }
        let pause = Duration::from_millis(next.since_ms(clock::now()));
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = inner.schedules.changed.notified() => {}
            () = inner.draining.cancelled() => {}
        }
    }
}

/// Makes events of the times that are due, and says when the next one is.
async fn look<S: Store, P: Plugins>(
    inner: &Inner<S, P>,
    timer: &Timer,
    last: &mut HashMap<TriggerKey, Memory>,
) -> Result<Option<Timestamp>, Refusal> {
    let now = clock::now();
    let memory = match last.get(&timer.key).filter(|m| **m == timer.memory(m.last)) {
        Some(memory) => memory.clone(),
        None => recall(inner, timer, now).await?,
    };
    let mut reached = memory.last;
    last.insert(timer.key.clone(), memory);
    for time in timer.due(reached, now) {
        fire(inner, timer, time).await?;
        reached = time;
        last.insert(timer.key.clone(), timer.memory(reached));
    }
    Ok(timer.after(reached))
}

/// What a schedule remembers from a former life, after what the manifest says about times that
/// passed in between.
async fn recall<S: Store, P: Plugins>(
    inner: &Inner<S, P>,
    timer: &Timer,
    now: Timestamp,
) -> Result<Memory, Refusal> {
    let kept = inner
        .store
        .memory(&timer.key)
        .await
        .map_err(Refusal::Store)?;
    let kept = kept.and_then(|json| json.read::<Memory>().ok());
    let Some(memory) = kept.filter(|m| *m == timer.memory(m.last)) else {
        let memory = timer.memory(now);
        let json = json_of(&memory)?;
        inner
            .store
            .save(&timer.key, json)
            .await
            .map_err(Refusal::Store)?;
        return Ok(memory);
    };
    let missed = timer.at_or_before(now).filter(|time| *time > memory.last);
    let Some(latest) = missed else {
        return Ok(memory);
    };
    if timer.schedule.missed == Missed::RunOnce {
        fire(inner, timer, latest).await?;
    } else {
        let json = json_of(&timer.memory(latest))?;
        inner
            .store
            .save(&timer.key, json)
            .await
            .map_err(Refusal::Store)?;
    }
    Ok(timer.memory(latest))
}

async fn fire<S: Store, P: Plugins>(
    inner: &Inner<S, P>,
    timer: &Timer,
    time: Timestamp,
) -> Result<(), Refusal> {
    let payload = Json::of(&serde_json::json!({
        "scheduled_at": time,
        "timezone": timer.schedule.timezone,
    }));
    let event = NewEvent {
        plan: timer.active.clone(),
        origin: Origin {
            trigger: timer.key.trigger.clone(),
            kind: TriggerKind::Schedule,
        },
        id: Some(time.to_string()),
        payload: payload.map_err(|e| damaged(&e))?,
        request: None,
        memory: Some(json_of(&timer.memory(time))?),
    };
    accept::accept(inner, event, |_| ()).await.map(|_| ())
}

fn json_of(memory: &Memory) -> Result<Json, Refusal> {
    Json::of(memory).map_err(|e| damaged(&e))
}

fn damaged(error: &serde_json::Error) -> Refusal {
    Refusal::Store(StoreError::Damaged(error.to_string()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn timer(cron: &str, timezone: &str) -> Timer {
        let plan = mortise_model::Plan {
            format: 1,
            namespace: Namespace::default_namespace(),
            workflow: "w".into(),
            description: None,
            vars: Json::null(),
            triggers: Vec::new(),
            steps: Vec::new(),
            output: None,
            timeout_ms: None,
            retain_ms: None,
        };
        let digest = mortise_model::Digest([0; 32]);
        let key = TriggerKey {
            namespace: plan.namespace.clone(),
            workflow: "w".into(),
            trigger: "t".into(),
        };
        let schedule = Schedule {
            cron: cron.into(),
            timezone: timezone.into(),
            missed: Missed::Skip,
        };
        Timer::new(
            ActivePlan {
                digest,
                version: 1,
                plan: Arc::new(plan),
            },
            key,
            &schedule,
        )
        .unwrap()
    }

    fn times(cron: &str, timezone: &str, from: &str, to: &str) -> Vec<String> {
        let due = timer(cron, timezone).due(from.parse().unwrap(), to.parse().unwrap());
        due.into_iter().map(|time| time.to_string()).collect()
    }

    #[test]
    fn a_time_of_day_follows_its_zone() {
        // Summer time in Berlin began on the 30th of March 2025.
        assert_eq!(
            times(
                "0 6 * * *",
                "Europe/Berlin",
                "2025-03-29T00:00:00Z",
                "2025-03-30T12:00:00Z"
            ),
            ["2025-03-29T05:00:00.000Z", "2025-03-30T04:00:00.000Z"]
        );
    }

    #[test]
    fn the_last_missed_time_is_found_from_the_end() {
        let hourly = timer("0 * * * *", "UTC");
        let now = "2025-06-01T10:30:00Z".parse().unwrap();
        assert_eq!(
            hourly.at_or_before(now).unwrap().to_string(),
            "2025-06-01T10:00:00.000Z"
        );
        let sharp = "2025-06-01T10:00:00Z".parse().unwrap();
        assert_eq!(hourly.at_or_before(sharp).unwrap(), sharp);
    }

    #[test]
    fn seconds_may_stand_first() {
        let seconds = times(
            "*/20 * * * * *",
            "UTC",
            "2025-01-01T00:00:00Z",
            "2025-01-01T00:01:00Z",
        );
        assert_eq!(
            seconds,
            [
                "2025-01-01T00:00:20.000Z",
                "2025-01-01T00:00:40.000Z",
                "2025-01-01T00:01:00.000Z"
            ]
        );
    }
}
