//! When a schedule fires: a cron expression in a time zone.
//!
//! A schedule that names hours follows the clock on the wall: a time that the clock skips when it
//! is put forward comes once, at the jump, and a time that it shows twice when it is put back comes
//! once, the first time. A schedule of every hour follows the time that passes instead: nothing is
//! late by an hour, and nothing is left out for one.

use std::str::FromStr;

use croner::Cron;
use jiff::Zoned;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};
use mortise_model::Timestamp;
use mortise_model::plan::Schedule;

/// The points in time of a schedule.
#[derive(Clone, Debug)]
pub struct Calendar {
    cron: Cron,
    zone: TimeZone,
    is_hourly: bool,
}

impl Calendar {
    /// Reads a schedule.
    ///
    /// # Errors
    /// What is wrong with it; the manifest was checked, so a newer or older program read it then.
    pub fn of(schedule: &Schedule) -> Result<Self, String> {
        let cron = Cron::from_str(&schedule.cron).map_err(|e| e.to_string())?;
        let zone = TimeZone::get(&schedule.timezone).map_err(|e| e.to_string())?;
        let is_hourly = (0..24).all(|hour| matches!(cron.pattern.hour_match(hour), Ok(true)));
        Ok(Self {
            cron,
            zone,
            is_hourly,
        })
    }

    /// The first time after another one; none where there is none within a lifetime.
    #[must_use]
    pub fn after(&self, time: Timestamp) -> Option<Timestamp> {
        let now = self.zoned(time)?;
        if self.is_hourly {
            let next = self.cron.find_next_occurrence(&now, false).ok()?;
            return Some(timestamp(&next));
        }
        let mut wall = wall(now.datetime())?;
        loop {
            wall = self.cron.find_next_occurrence(&wall, false).ok()?;
            let next = self.instant(wall.datetime())?;
            if next > time {
                return Some(next);
            }
        }
    }

    /// The last time that is not after another one; none where there is none.
    #[must_use]
    pub fn at_or_before(&self, time: Timestamp) -> Option<Timestamp> {
        let now = self.zoned(time)?;
        if self.is_hourly {
            let previous = self.cron.find_previous_occurrence(&now, true).ok()?;
            return Some(timestamp(&previous));
        }
        let mut wall = wall(now.datetime())?;
        if let AmbiguousOffset::Fold { before, after } = self.ambiguity(now.datetime())
            && now.offset() == after
        {
            // The clock has shown later times already, before it was put back.
            wall = wall.checked_add(before.duration_since(after)).ok()?;
        }
        let mut inclusive = true;
        loop {
            wall = self.cron.find_previous_occurrence(&wall, inclusive).ok()?;
            inclusive = false;
            let previous = self.instant(wall.datetime())?;
            if previous <= time {
                return Some(previous);
            }
        }
    }

    /// The times after `last` and up to `until`, oldest first.
    pub fn between(&self, last: Timestamp, until: Timestamp) -> impl Iterator<Item = Timestamp> {
        std::iter::successors(self.after(last), |time| self.after(*time))
            .take_while(move |time| *time <= until)
    }

    fn zoned(&self, time: Timestamp) -> Option<Zoned> {
        let time = jiff::Timestamp::from_millisecond(time.0).ok()?;
        Some(time.to_zoned(self.zone.clone()))
    }

    fn ambiguity(&self, wall: DateTime) -> AmbiguousOffset {
        self.zone.to_ambiguous_timestamp(wall).offset()
    }

    /// When the clock on the wall shows a time for the first time, or jumps over it.
    fn instant(&self, wall: DateTime) -> Option<Timestamp> {
        let at = |offset: Offset| offset.to_timestamp(wall).ok();
        let instant = match self.ambiguity(wall) {
            AmbiguousOffset::Unambiguous { offset } => at(offset)?,
            AmbiguousOffset::Fold { before, .. } => at(before)?,
            AmbiguousOffset::Gap { before, .. } => {
                // As far behind the jump as the time is into what was skipped.
                let behind = at(before)?;
                let next = behind
                    .checked_add(jiff::SignedDuration::from_secs(1))
                    .ok()?;
                self.zone.preceding(next).next()?.timestamp()
            }
        };
        Some(Timestamp(instant.as_millisecond()))
    }
}

/// A time on the wall, as one of a zone whose clock is never changed.
fn wall(time: DateTime) -> Option<Zoned> {
    time.to_zoned(TimeZone::UTC).ok()
}

fn timestamp(time: &Zoned) -> Timestamp {
    Timestamp(time.timestamp().as_millisecond())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use mortise_model::plan::Missed;

    use super::*;

    fn calendar(cron: &str, timezone: &str) -> Calendar {
        let schedule = Schedule {
            cron: cron.into(),
            timezone: timezone.into(),
            missed: Missed::Skip,
        };
        Calendar::of(&schedule).unwrap()
    }

    /// Cron, zone, from, to, and the times in between in UTC without seconds.
    type Row = (
        &'static str,
        &'static str,
        &'static str,
        &'static str,
        &'static [&'static str],
    );

    const BERLIN: &str = "Europe/Berlin";
    const NEW_YORK: &str = "America/New_York";

    /// Berlin: at 01:00Z on 2025-03-30 from 2 to 3 o'clock, at 01:00Z on 2025-10-26 from 3 to 2.
    /// New York: at 07:00Z on 2025-03-09 from 2 to 3 o'clock, at 06:00Z on 2025-11-02 from 2 to 1.
    const TABLE: &[Row] = &[
        // A time of day keeps its place on the wall.
        (
            "0 6 * * *",
            BERLIN,
            "2025-03-28T12:00Z",
            "2025-03-31T12:00Z",
            &["2025-03-29T05:00", "2025-03-30T04:00", "2025-03-31T04:00"],
        ),
        (
            "0 6 * * *",
            BERLIN,
            "2025-10-25T00:00Z",
            "2025-10-27T12:00Z",
            &["2025-10-25T04:00", "2025-10-26T05:00", "2025-10-27T05:00"],
        ),
        // What does not exist comes once, at the jump.
        (
            "30 2 * * *",
            BERLIN,
            "2025-03-29T00:00Z",
            "2025-03-31T12:00Z",
            &["2025-03-29T01:30", "2025-03-30T01:00", "2025-03-31T00:30"],
        ),
        (
            "*/15 2 * * *",
            BERLIN,
            "2025-03-30T00:00Z",
            "2025-03-30T12:00Z",
            &["2025-03-30T01:00"],
        ),
        (
            "0 2,3,4 * * *",
            BERLIN,
            "2025-03-30T00:00Z",
            "2025-03-30T12:00Z",
            &["2025-03-30T01:00", "2025-03-30T02:00"],
        ),
        (
            "30 2 * * *",
            NEW_YORK,
            "2025-03-08T00:00Z",
            "2025-03-10T12:00Z",
            &["2025-03-08T07:30", "2025-03-09T07:00", "2025-03-10T06:30"],
        ),
        // What exists twice comes once, the first time.
        (
            "30 2 * * *",
            BERLIN,
            "2025-10-25T00:00Z",
            "2025-10-27T12:00Z",
            &["2025-10-25T00:30", "2025-10-26T00:30", "2025-10-27T01:30"],
        ),
        (
            "*/30 1-3 * * *",
            BERLIN,
            "2025-10-25T22:00Z",
            "2025-10-26T12:00Z",
            &[
                "2025-10-25T23:00",
                "2025-10-25T23:30",
                "2025-10-26T00:00",
                "2025-10-26T00:30",
                "2025-10-26T02:00",
                "2025-10-26T02:30",
            ],
        ),
        (
            "30 1 * * *",
            NEW_YORK,
            "2025-11-01T00:00Z",
            "2025-11-03T12:00Z",
            &["2025-11-01T05:30", "2025-11-02T05:30", "2025-11-03T06:30"],
        ),
        // Every hour is every hour.
        (
            "0 * * * *",
            BERLIN,
            "2025-03-29T23:30Z",
            "2025-03-30T02:30Z",
            &["2025-03-30T00:00", "2025-03-30T01:00", "2025-03-30T02:00"],
        ),
        (
            "0 * * * *",
            BERLIN,
            "2025-10-25T23:30Z",
            "2025-10-26T02:30Z",
            &["2025-10-26T00:00", "2025-10-26T01:00", "2025-10-26T02:00"],
        ),
        (
            "*/20 * * * *",
            NEW_YORK,
            "2025-11-02T05:30Z",
            "2025-11-02T06:30Z",
            &["2025-11-02T05:40", "2025-11-02T06:00", "2025-11-02T06:20"],
        ),
        // Days follow the zone as well.
        (
            "0 0 1 * *",
            NEW_YORK,
            "2025-01-15T00:00Z",
            "2025-04-02T00:00Z",
            &["2025-02-01T05:00", "2025-03-01T05:00", "2025-04-01T04:00"],
        ),
        (
            "0 6 * * 1-5",
            "UTC",
            "2025-06-06T00:00Z",
            "2025-06-10T00:00Z",
            &["2025-06-06T06:00", "2025-06-09T06:00"],
        ),
    ];

    #[test]
    fn times_follow_their_zone_over_every_change_of_the_clock() {
        for (cron, zone, from, to, expected) in TABLE {
            let times: Vec<String> = calendar(cron, zone)
                .between(from.parse().unwrap(), to.parse().unwrap())
                .map(|time| time.to_string())
                .collect();
            let expected: Vec<String> = expected.iter().map(|t| format!("{t}:00.000Z")).collect();
            assert_eq!(times, expected, "`{cron}` in {zone} from {from}");
        }
    }

    #[test]
    fn the_last_time_is_found_from_the_end_as_from_the_beginning() {
        for (cron, zone, from, to, _) in TABLE {
            let calendar = calendar(cron, zone);
            let (from, to): (Timestamp, Timestamp) = (from.parse().unwrap(), to.parse().unwrap());
            let mut last = calendar.after(from).unwrap();
            let mut now = last;
            while now <= to {
                for next in calendar.between(last, now) {
                    last = next;
                }
                assert_eq!(
                    calendar.at_or_before(now),
                    Some(last),
                    "`{cron}` in {zone} at {now}"
                );
                now = now.plus_ms(7 * 60_000);
            }
            assert_eq!(calendar.at_or_before(last), Some(last));
        }
    }

    #[test]
    fn seconds_may_stand_first_and_a_start_may_lie_between_them() {
        let calendar = calendar("*/20 * * * * *", "UTC");
        let times: Vec<String> = calendar
            .between(
                "2025-01-01T00:00:00.300Z".parse().unwrap(),
                "2025-01-01T00:01:00Z".parse().unwrap(),
            )
            .map(|time| time.to_string())
            .collect();
        assert_eq!(
            times,
            [
                "2025-01-01T00:00:20.000Z",
                "2025-01-01T00:00:40.000Z",
                "2025-01-01T00:01:00.000Z"
            ]
        );
    }
}
