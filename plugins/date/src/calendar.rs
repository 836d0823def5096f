//! Business days.

use jiff::civil::{Date, Weekday};
use mortise_sdk::Failure;
use schemars::JsonSchema;
use serde::Deserialize;

/// Further than any term of business, and soon walked.
const DAYS_MAX: i64 = 100_000;

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Day {
    /// The first.
    Monday,
    /// The second.
    Tuesday,
    /// The third.
    Wednesday,
    /// The fourth.
    Thursday,
    /// The fifth.
    Friday,
    /// The sixth.
    Saturday,
    /// The seventh.
    Sunday,
}

/// Saturday and Sunday.
pub fn weekend() -> Vec<Day> {
    vec![Day::Saturday, Day::Sunday]
}

/// Which days are worked on.
pub struct Calendar {
    weekend: Vec<Weekday>,
    holidays: Vec<Date>,
}

impl Calendar {
    /// The failure names a holiday that is no date.
    pub fn new(weekend: &[Day], holidays: &[String]) -> Result<Self, Failure> {
        let weekend: Vec<Weekday> = weekend.iter().map(|day| day.weekday()).collect();
        if (1..=7).all(|number| {
            Weekday::from_monday_one_offset(number).is_ok_and(|day| weekend.contains(&day))
        }) {
            let why = "`weekend` leaves no day of the week to work on";
            return Err(Failure::misconfigured(why).with_field("/weekend"));
        }
        let parse = |(index, text): (usize, &String)| {
            text.parse().map_err(|_| {
                let why = format!("the holiday `{text}` is no date such as `2025-12-25`");
                Failure::misconfigured(why).with_field(format!("/holidays/{index}"))
            })
        };
        let holidays = holidays.iter().enumerate().map(parse);
        Ok(Self {
            holidays: holidays.collect::<Result<_, _>>()?,
            weekend,
        })
    }

    fn is_worked_on(&self, date: Date) -> bool {
        !self.weekend.contains(&date.weekday()) && !self.holidays.contains(&date)
    }

    /// The date so many business days later, or earlier; the same one for none.
    pub fn add(&self, mut date: Date, days: i64) -> Result<Date, String> {
        let mut left = days.unsigned_abs();
        for _ in 0..DAYS_MAX {
            if left == 0 {
                return Ok(date);
            }
            let next = if days < 0 {
                date.yesterday()
            } else {
                date.tomorrow()
            };
            date = next.map_err(|_| FAR.to_owned())?;
            left -= u64::from(self.is_worked_on(date));
        }
        Err(FAR.to_owned())
    }

    /// The business days after one date until another one with it; negative where that is earlier.
    pub fn between(&self, from: Date, to: Date) -> Result<i64, String> {
        let (mut date, end, sign) = if from <= to {
            (from, to, 1)
        } else {
            (to, from, -1)
        };
        let mut days = 0;
        for _ in 0..DAYS_MAX {
            if date == end {
                return Ok(sign * days);
            }
            // Backward, the day that is left counts, and the one that is reached does not.
            days += i64::from(sign < 0 && self.is_worked_on(date));
            date = date.tomorrow().map_err(|_| FAR.to_owned())?;
            days += i64::from(sign > 0 && self.is_worked_on(date));
        }
        Err(FAR.to_owned())
    }
}

const FAR: &str = "is too far away to count business days";

impl Day {
    fn weekday(self) -> Weekday {
        match self {
            Self::Monday => Weekday::Monday,
            Self::Tuesday => Weekday::Tuesday,
            Self::Wednesday => Weekday::Wednesday,
            Self::Thursday => Weekday::Thursday,
            Self::Friday => Weekday::Friday,
            Self::Saturday => Weekday::Saturday,
            Self::Sunday => Weekday::Sunday,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn weekends_and_holidays_are_passed_over() {
        let calendar = Calendar::new(
            &weekend(),
            &["2025-12-25".to_owned(), "2025-12-26".to_owned()],
        )
        .unwrap();
        for (from, days, to) in [
            ("2025-12-24", 1, "2025-12-29"),
            ("2025-12-29", -1, "2025-12-24"),
            ("2025-12-24", 5, "2026-01-02"),
            ("2025-12-27", 1, "2025-12-29"),
            ("2025-12-27", -1, "2025-12-24"),
            ("2025-12-27", 0, "2025-12-27"),
        ] {
            assert_eq!(
                calendar.add(date(from), days).unwrap(),
                date(to),
                "{from} {days}"
            );
        }
    }

    #[test]
    fn the_days_between_are_those_that_lead_there() {
        let calendar = Calendar::new(&weekend(), &["2025-12-25".to_owned()]).unwrap();
        let mut from = date("2025-12-19");
        for _ in 0..14 {
            for days in -15..=15 {
                let to = calendar.add(from, days).unwrap();
                assert_eq!(calendar.between(from, to).unwrap(), days, "{from} {to}");
            }
            from = from.tomorrow().unwrap();
        }
    }

    #[test]
    fn what_cannot_be_counted_is_refused() {
        let all = [
            Day::Monday,
            Day::Tuesday,
            Day::Wednesday,
            Day::Thursday,
            Day::Friday,
            Day::Saturday,
            Day::Sunday,
        ];
        assert!(Calendar::new(&all, &[]).is_err());
        let calendar = Calendar::new(&[Day::Friday, Day::Saturday], &[]).unwrap();
        assert_eq!(
            calendar.add(date("2025-03-13"), 1).unwrap(),
            date("2025-03-16")
        );
        assert!(calendar.add(date("2025-03-13"), 1_000_000).is_err());
        assert!(
            calendar
                .between(date("0001-01-01"), date("2025-03-13"))
                .is_err()
        );
    }
}
