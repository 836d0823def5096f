//! Times that have passed become events, because a person says so.

use std::sync::Arc;

use mortise_model::Timestamp;
use mortise_model::id::{Namespace, WorkflowName};
use mortise_model::plan::{Schedule, Source};
use mortise_ports::catalog::ActivePlan;
use mortise_ports::{Plugins, Store};
use thiserror::Error;

use super::calendar::Calendar;
use super::event;
use crate::{Inner, Refusal, Runner, accept};

/// Times that become events in one commit.
const BATCH: usize = 100;

/// What became of the times of a range.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backfilled {
    /// So many have a run now that had none.
    pub accepted: usize,
    /// So many had one already.
    pub duplicates: usize,
}

/// Why times were not filled in.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum BackfillError {
    /// There is no such schedule.
    #[error(
        "workflow `{workflow}` has no schedule `{trigger}`: name the id of a `schedule` trigger of its active version"
    )]
    NoSchedule {
        /// The workflow.
        workflow: WorkflowName,
        /// The trigger.
        trigger: String,
    },
    /// The range holds nothing.
    #[error("`from` ({from}) is not before `to` ({to}): name a range that is not empty")]
    Empty {
        /// Where it begins.
        from: Timestamp,
        /// Where it ends.
        to: Timestamp,
    },
    /// The range has not passed.
    #[error(
        "`to` ({to}) has not passed, it is {now} now: the schedule itself sees to the times that come"
    )]
    NotPassed {
        /// Where it ends.
        to: Timestamp,
        /// What time it is.
        now: Timestamp,
    },
    /// The range holds too many times.
    #[error(
        "the range holds more than {max} scheduled times, the limit `runner.backfill-max`: fill in a shorter range, and then the rest"
    )]
    TooMany {
        /// How many are allowed.
        max: usize,
    },
    /// The schedule makes no sense to this program.
    #[error("the schedule cannot be read: {0}")]
    Schedule(String),
    /// Something stood in the way; doing it again goes on where it ended.
    #[error(
        "{} of {of} times were filled in, and then: {refusal}; do it again, and only the others get a run", done.accepted + done.duplicates
    )]
    Refused {
        /// What was done before.
        done: Backfilled,
        /// How many times the range holds.
        of: usize,
        /// What stood in the way.
        refusal: Refusal,
    },
}

impl<S: Store, P: Plugins> Runner<S, P> {
    /// Accepts one event for each scheduled time from `from` and before `to`, durably. A time that
    /// has a run already is a duplicate and gets no second one.
    ///
    /// # Errors
    /// Why not all of them were accepted; those that were stay so.
    pub async fn backfill(
        &self,
        (namespace, workflow): (&Namespace, &WorkflowName),
        trigger: &str,
        (from, to): (Timestamp, Timestamp),
    ) -> Result<Backfilled, BackfillError> {
        let inner = &self.inner;
        let (active, schedule) = find(inner, (namespace, workflow), trigger).ok_or_else(|| {
            BackfillError::NoSchedule {
                workflow: workflow.clone(),
                trigger: trigger.to_owned(),
            }
        })?;
        let times = times(inner, &schedule, (from, to))?;
        let mut done = Backfilled::default();
        for batch in times.chunks(BATCH) {
            fill(inner, (&active, trigger, &schedule), batch, &mut done)
                .await
                .map_err(|refusal| BackfillError::Refused {
                    done,
                    of: times.len(),
                    refusal,
                })?;
        }
        Ok(done)
    }
}

fn find<S, P>(
    inner: &Inner<S, P>,
    (namespace, workflow): (&Namespace, &WorkflowName),
    trigger: &str,
) -> Option<(ActivePlan, Schedule)> {
    let active = inner.plans.active(namespace, workflow)?;
    let trigger = active.plan.triggers.iter().find(|t| t.id == trigger)?;
    let Source::Schedule(schedule) = trigger.source.clone() else {
        return None;
    };
    Some((active, schedule))
}

fn times<S, P>(
    inner: &Inner<S, P>,
    schedule: &Schedule,
    (from, to): (Timestamp, Timestamp),
) -> Result<Vec<Timestamp>, BackfillError> {
    let (now, max) = (inner.clock.time_of_day(), inner.settings.backfill_max);
    if from >= to {
        return Err(BackfillError::Empty { from, to });
    }
    if to > now {
        return Err(BackfillError::NotPassed { to, now });
    }
    let calendar = Calendar::of(schedule).map_err(BackfillError::Schedule)?;
    let before = |time: Timestamp| Timestamp(time.0.saturating_sub(1));
    let times: Vec<_> = calendar
        .between(before(from), before(to))
        .take(max.saturating_add(1))
        .collect();
    if times.len() > max {
        return Err(BackfillError::TooMany { max });
    }
    Ok(times)
}

async fn fill<S: Store, P: Plugins>(
    inner: &Arc<Inner<S, P>>,
    (active, trigger, schedule): (&ActivePlan, &str, &Schedule),
    batch: &[Timestamp],
    done: &mut Backfilled,
) -> Result<(), Refusal> {
    let live = inner.store.live();
    if live >= inner.settings.live_max {
        return Err(Refusal::Overloaded {
            live,
            retry_after_ms: accept::RETRY_AFTER_MS,
        });
    }
    let events = batch
        .iter()
        .map(|time| event(active, trigger, (schedule, *time)));
    let events = events.collect::<Result<_, _>>()?;
    for accepted in accept::accept_all(inner, events, None).await? {
        match accepted {
            Ok(accepted) if !accepted.duplicate => done.accepted += 1,
            // The schedule named another zone when the time ran.
            Ok(_) | Err(Refusal::Conflict { .. }) => done.duplicates += 1,
            Err(refusal) => return Err(refusal),
        }
    }
    Ok(())
}
