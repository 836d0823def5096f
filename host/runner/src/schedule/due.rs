//! What a schedule has to do: decided from the last time that became an event, and never from how
//! much time has passed.

use mortise_model::Timestamp;
use mortise_model::plan::{Missed, Schedule};
use serde::{Deserialize, Serialize};

use super::calendar::Calendar;

/// Times that become events in one commit; the rest follows with the next.
const BURST_MAX: usize = 1_000;

/// What a schedule remembers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memory {
    /// The last time that became an event, or when the schedule was first seen.
    pub last: Timestamp,
    /// The schedule that it belongs to: another one begins anew.
    cron: String,
    timezone: String,
}

impl Memory {
    /// Of a schedule whose last time is this.
    #[must_use]
    pub fn of(schedule: &Schedule, last: Timestamp) -> Self {
        let Schedule { cron, timezone, .. } = schedule.clone();
        Self {
            last,
            cron,
            timezone,
        }
    }
}

/// What there is to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// These become events, oldest first.
    pub times: Vec<Timestamp>,
    /// Remembered in the same commit; where it is what is remembered already, nothing is due.
    pub memory: Memory,
}

/// What is due now. `kept` is what is remembered; `is_back` says that nothing looked after the
/// schedule until now, so that what has passed meanwhile was missed.
#[must_use]
pub fn due(
    calendar: &Calendar,
    schedule: &Schedule,
    kept: Option<Memory>,
    (now, is_back): (Timestamp, bool),
) -> Due {
    let ours = kept.filter(|memory| *memory == Memory::of(schedule, memory.last));
    let Some(memory) = ours else {
        let memory = Memory::of(schedule, now);
        return Due {
            times: Vec::new(),
            memory,
        };
    };
    let times: Vec<Timestamp> = if is_back {
        let missed = calendar.at_or_before(now);
        missed
            .filter(|time| *time > memory.last)
            .into_iter()
            .collect()
    } else {
        calendar.between(memory.last, now).take(BURST_MAX).collect()
    };
    let last = times.last().copied().unwrap_or(memory.last);
    let skipped = is_back && schedule.missed == Missed::Skip;
    Due {
        times: if skipped { Vec::new() } else { times },
        memory: Memory::of(schedule, last),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn hourly(missed: Missed) -> Schedule {
        Schedule {
            cron: "0 * * * *".into(),
            timezone: "UTC".into(),
            missed,
        }
    }

    fn at(clock: &str) -> Timestamp {
        format!("2025-06-01T{clock}:00Z").parse().unwrap()
    }

    /// What is remembered, the time, whether nothing ran until now, and what comes of it: the times
    /// that become events and the one that is remembered.
    type Row = (
        &'static str,
        &'static str,
        Option<Missed>,
        &'static [&'static str],
        &'static str,
    );

    const TABLE: &[Row] = &[
        ("08:00", "08:59", None, &[], "08:00"),
        ("08:00", "09:00", None, &["09:00"], "09:00"),
        // The clock was put forward: nothing is lost.
        (
            "08:00",
            "11:30",
            None,
            &["09:00", "10:00", "11:00"],
            "11:00",
        ),
        // The clock was put back: nothing comes twice, and then everything again.
        ("11:00", "08:30", None, &[], "11:00"),
        ("11:00", "11:59", None, &[], "11:00"),
        ("11:00", "12:00", None, &["12:00"], "12:00"),
        // Nothing ran.
        ("08:00", "11:30", Some(Missed::RunOnce), &["11:00"], "11:00"),
        ("08:00", "11:30", Some(Missed::Skip), &[], "11:00"),
        ("08:00", "08:30", Some(Missed::RunOnce), &[], "08:00"),
        ("11:00", "08:30", Some(Missed::RunOnce), &[], "11:00"),
        ("11:00", "08:30", Some(Missed::Skip), &[], "11:00"),
    ];

    #[test]
    fn what_is_due_follows_from_the_last_time_that_became_an_event() {
        for (last, now, back, times, remembered) in TABLE {
            let schedule = hourly(back.unwrap_or(Missed::Skip));
            let calendar = Calendar::of(&schedule).unwrap();
            let kept = Memory::of(&schedule, at(last));
            let due = due(&calendar, &schedule, Some(kept), (at(now), back.is_some()));
            let times: Vec<Timestamp> = times.iter().map(|time| at(time)).collect();
            assert_eq!(due.times, times, "{last} {now} {back:?}");
            assert_eq!(due.memory.last, at(remembered), "{last} {now} {back:?}");
        }
    }

    #[test]
    fn another_schedule_begins_anew() {
        let (old, new) = (
            Schedule {
                cron: "30 * * * *".into(),
                ..hourly(Missed::RunOnce)
            },
            hourly(Missed::RunOnce),
        );
        let calendar = Calendar::of(&new).unwrap();
        for kept in [None, Some(Memory::of(&old, at("01:30")))] {
            let due = due(&calendar, &new, kept, (at("11:30"), true));
            assert_eq!((due.times, due.memory.last), (Vec::new(), at("11:30")));
        }
    }
}
