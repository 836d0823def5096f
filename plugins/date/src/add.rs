//! The transform `add`.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span};
use mortise_sdk::{Example, Failure, Json};
use plugin_fields::Pointer;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::calendar::{Calendar, Day, weekend};
use crate::field::{Change, Fields};
use crate::moment::Moment;
use crate::zone::{Ambiguous, resolve, zone_of};

/// Goes forward or back in time.
pub struct Add;

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Config {
    /// Where the dates are, in ISO 8601.
    field: Fields,
    /// Where the new date goes; in its place without it.
    #[serde(default)]
    into: Option<Pointer>,
    /// How much is added; negative amounts go back.
    add: Amount,
    /// The zone in whose calendar instants lie; UTC without it.
    #[serde(default)]
    zone: Option<String>,
    /// Days of the week that are no business days.
    #[serde(default = "weekend")]
    weekend: Vec<Day>,
    /// Dates that are no business days.
    #[serde(default)]
    holidays: Vec<String>,
    /// What to take where the new time is one that clocks skip or show twice.
    #[serde(default)]
    ambiguous: Ambiguous,
}

/// Years and months first, then weeks and days, then business days, then what clocks count.
#[derive(Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
struct Amount {
    /// A day that the month lacks becomes its last one.
    years: i64,
    /// A day that the month lacks becomes its last one: 31 January and a month is 28 February.
    months: i64,
    /// Seven days.
    weeks: i64,
    /// The same time on another day, also where clocks change in between.
    days: i64,
    /// Days that are neither on the weekend nor holidays.
    business_days: i64,
    /// Sixty minutes, whatever clocks do.
    hours: i64,
    /// Sixty seconds.
    minutes: i64,
    /// The smallest.
    seconds: i64,
}

pub struct Plan {
    /// Apart, because all units of a span have one sign.
    months: Span,
    days: Span,
    business_days: i64,
    clock_part: SignedDuration,
    calendar: Calendar,
    zone: TimeZone,
    ambiguous: Ambiguous,
}

const FAR: &str = "would become a date that is too far away";

impl Change for Add {
    const NAME: &'static str = "add";
    const SUMMARY: &'static str =
        "adds months, business days, hours and the like to dates and times";
    type Config = Config;
    type Plan = Plan;

    fn fields(config: &Config) -> (&Fields, Option<&Pointer>) {
        (&config.field, config.into.as_ref())
    }

    fn plan(config: &Config) -> Result<Plan, Failure> {
        let amount = config.add;
        let too_much =
            || Failure::misconfigured("that is more than can be added").with_field("/add");
        let sum = |large: i64, factor: i64, small: i64| {
            large
                .checked_mul(factor)
                .and_then(|large| large.checked_add(small))
                .ok_or_else(too_much)
        };
        let months = sum(amount.years, 12, amount.months)?;
        let days = sum(amount.weeks, 7, amount.days)?;
        let seconds = sum(sum(amount.hours, 60, amount.minutes)?, 60, amount.seconds)?;
        Ok(Plan {
            months: Span::new().try_months(months).map_err(|_| too_much())?,
            days: Span::new().try_days(days).map_err(|_| too_much())?,
            business_days: amount.business_days,
            clock_part: SignedDuration::from_secs(seconds),
            calendar: Calendar::new(&config.weekend, &config.holidays)?,
            zone: zone_of(config.zone.as_deref(), "zone")?.unwrap_or(TimeZone::UTC),
            ambiguous: config.ambiguous,
        })
    }

    fn change(plan: &Plan, text: &str) -> Result<Json, String> {
        let far = |_| FAR.to_owned();
        let moment = match Moment::of(text)? {
            Moment::Date(date) => {
                if !plan.clock_part.is_zero() {
                    return Err(
                        "is a day, and hours, minutes and seconds belong to a time".to_owned()
                    );
                }
                Moment::Date(
                    plan.days(date.to_datetime(jiff::civil::Time::midnight()))?
                        .date(),
                )
            }
            Moment::Local(time) => {
                Moment::Local(plan.days(time)?.checked_add(plan.clock_part).map_err(far)?)
            }
            Moment::Instant(time) => {
                let before = time.to_zoned(plan.zone.clone()).datetime();
                let after = plan.days(before)?;
                // Where the day stays, so does the one of two equal times that it was.
                let time = match after == before {
                    true => time,
                    false => resolve(after, &plan.zone, plan.ambiguous)?,
                };
                Moment::Instant(time.checked_add(plan.clock_part).map_err(far)?)
            }
        };
        Json::of(&moment.text()).map_err(|error| error.to_string())
    }

    fn examples() -> Vec<Example> {
        vec![
            Example::new(
                "due a month later",
                json!({ "field": "/issued", "into": "/due", "add": { "months": 1 } }),
            )
            .records(vec![json!({ "issued": "2025-01-31" })])
            .output(json!([{ "issued": "2025-01-31", "due": "2025-02-28" }])),
            Example::new(
                "three business days later over a holiday",
                json!({
                    "field": "/ordered", "into": "/delivered", "add": { "business-days": 3 },
                    "zone": "Europe/Berlin", "holidays": ["2025-12-25", "2025-12-26"],
                }),
            )
            .records(vec![json!({ "ordered": "2025-12-23T09:00:00Z" })])
            .output(
                json!([{ "ordered": "2025-12-23T09:00:00Z", "delivered": "2025-12-30T09:00:00Z" }]),
            ),
        ]
    }
}

impl Plan {
    /// What the calendar counts.
    fn days(&self, time: DateTime) -> Result<DateTime, String> {
        let moved = time
            .checked_add(self.months)
            .and_then(|time| time.checked_add(self.days));
        let moved = moved.map_err(|_| FAR.to_owned())?;
        let date = self.calendar.add(moved.date(), self.business_days)?;
        Ok(date.to_datetime(moved.time()))
    }
}
