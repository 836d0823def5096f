//! The transform `difference`.

use jiff::civil::{DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Unit, civil};
use mortise_sdk::descriptor::schema_in;
use mortise_sdk::{Example, Failure, Json, Outcomes, RawTransform};
use plugin_fields::Pointer;
use schemars::{JsonSchema, Schema};
use serde::Deserialize;
use serde_json::json;

use crate::calendar::{Calendar, Day, weekend};
use crate::field::{configuration, each, json, null, put, refuse, value};
use crate::moment::Moment;
use crate::zone::{Ambiguous, resolve, zone_of};

/// Counts what lies between two fields.
pub struct Difference;

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Config {
    /// The date from which is counted, in ISO 8601.
    from: Pointer,
    /// The date to which is counted.
    to: Pointer,
    /// Where the number goes: whole ones of the unit, negative where `to` is earlier.
    into: Pointer,
    /// What is counted.
    unit: Counted,
    /// The zone in whose calendar instants lie, and whose clocks show times without a zone; UTC without it.
    #[serde(default)]
    zone: Option<String>,
    /// Days of the week that are no business days.
    #[serde(default = "weekend")]
    weekend: Vec<Day>,
    /// Dates that are no business days.
    #[serde(default)]
    holidays: Vec<String>,
    /// What to take for a time without a zone that clocks skip or show twice.
    #[serde(default)]
    ambiguous: Ambiguous,
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Counted {
    /// Of the calendar.
    Years,
    /// Of the calendar.
    Months,
    /// Seven days.
    Weeks,
    /// From one time to the same on another day.
    Days,
    /// Neither on the weekend nor holidays.
    BusinessDays,
    /// Sixty minutes.
    Hours,
    /// Sixty seconds.
    Minutes,
    /// Thousand milliseconds.
    Seconds,
    /// The smallest.
    Milliseconds,
}

struct Plan {
    unit: Counted,
    zone: Option<TimeZone>,
    calendar: Calendar,
    ambiguous: Ambiguous,
}

impl RawTransform for Difference {
    const NAME: &'static str = "difference";
    const SUMMARY: &'static str =
        "counts the days, hours or the like between two dates of a record";

    fn config_schema() -> Schema {
        schema_in::<Config>()
    }

    fn record_schema() -> Schema {
        schemars::json_schema!({ "type": "object" })
    }

    fn output_schema() -> Schema {
        schemars::json_schema!({ "type": "object" })
    }

    fn examples() -> Vec<Example> {
        vec![
            Example::new(
                "days until it was paid",
                json!({ "from": "/issued", "to": "/paid", "into": "/days", "unit": "days", "zone": "Europe/Berlin" }),
            )
            .records(vec![
                json!({ "issued": "2025-03-01", "paid": "2025-03-14T09:26:53Z" }),
                json!({ "issued": "2025-03-01", "paid": null }),
            ])
            .output(json!([
                { "issued": "2025-03-01", "paid": "2025-03-14T09:26:53Z", "days": 13 },
                { "issued": "2025-03-01", "paid": null, "days": null },
            ])),
            Example::new(
                "hours between two times",
                json!({ "from": "/a", "to": "/b", "into": "/hours", "unit": "hours" }),
            )
            .records(vec![json!({ "a": "2025-03-14T09:00:00Z", "b": "2025-03-14T07:30:00Z" })])
            .output(json!([{ "a": "2025-03-14T09:00:00Z", "b": "2025-03-14T07:30:00Z", "hours": -1 }])),
        ]
    }

    fn apply_all(config: &str, records: Vec<String>) -> Result<Outcomes, Failure> {
        let config: Config = configuration(config)?;
        let plan = Plan {
            unit: config.unit,
            zone: zone_of(config.zone.as_deref(), "zone")?,
            calendar: Calendar::new(&config.weekend, &config.holidays)?,
            ambiguous: config.ambiguous,
        };
        let apply = |record: Json| {
            let ends = (value(&record, &config.from)?, value(&record, &config.to)?);
            let count = match ends {
                (Some(from), Some(to)) => {
                    let moment = |field: &Pointer, text: &str| {
                        let moment = Moment::of(text).and_then(|moment| plan.check(moment));
                        moment.map_err(|what| refuse(field, text, &what))
                    };
                    let from = moment(&config.from, &from)?;
                    let count = plan.count(from, moment(&config.to, &to)?);
                    json(&count.map_err(|what| refuse(&config.to, &to, &what))?)?
                }
                _ => null()?,
            };
            put(&record, &config.into, count)
        };
        Ok(each(records, apply))
    }
}

const FAR: &str = "is too far away to count";

impl Plan {
    /// A time without a zone has to exist where one is named.
    fn check(&self, moment: Moment) -> Result<Moment, String> {
        match (moment, &self.zone) {
            (Moment::Local(time), Some(zone)) => {
                resolve(time, zone, self.ambiguous).map(Moment::Instant)
            }
            (moment, _) => Ok(moment),
        }
    }

    fn count(&self, from: Moment, to: Moment) -> Result<i64, String> {
        let unit = match self.unit {
            Counted::Years => Unit::Year,
            Counted::Months => Unit::Month,
            Counted::Weeks => Unit::Week,
            Counted::Days => Unit::Day,
            Counted::BusinessDays => {
                return self
                    .calendar
                    .between(self.clock(from).date(), self.clock(to).date());
            }
            Counted::Hours => return self.seconds(from, to).map(|millis| millis / 3_600_000),
            Counted::Minutes => return self.seconds(from, to).map(|millis| millis / 60_000),
            Counted::Seconds => return self.seconds(from, to).map(|millis| millis / 1000),
            Counted::Milliseconds => return self.seconds(from, to),
        };
        if matches!(
            (from, to),
            (Moment::Local(_), Moment::Instant(_)) | (Moment::Instant(_), Moment::Local(_))
        ) {
            return Err(MIXED.to_owned());
        }
        let between = civil::DateTimeDifference::new(self.clock(to)).largest(unit);
        let span = self
            .clock(from)
            .until(between)
            .map_err(|_| FAR.to_owned())?;
        Ok(match unit {
            Unit::Year => i64::from(span.get_years()),
            Unit::Month => i64::from(span.get_months()),
            Unit::Week => i64::from(span.get_weeks()),
            _ => i64::from(span.get_days()),
        })
    }

    /// What clocks of the zone show; a day begins at midnight.
    fn clock(&self, moment: Moment) -> DateTime {
        match moment {
            Moment::Date(date) => date.to_datetime(Time::midnight()),
            Moment::Local(time) => time,
            Moment::Instant(time) => time
                .to_zoned(self.zone.clone().unwrap_or(TimeZone::UTC))
                .datetime(),
        }
    }

    /// Milliseconds that pass: between instants whatever clocks do, else what clocks show.
    fn seconds(&self, from: Moment, to: Moment) -> Result<i64, String> {
        let passed = match (self.instant(from)?, self.instant(to)?) {
            (Moment::Instant(from), Moment::Instant(to)) => from.duration_until(to),
            (Moment::Instant(_), _) | (_, Moment::Instant(_)) => return Err(MIXED.to_owned()),
            (from, to) => self.clock(from).duration_until(self.clock(to)),
        };
        i64::try_from(passed.as_millis()).map_err(|_| FAR.to_owned())
    }

    /// The instant where the zone tells it.
    fn instant(&self, moment: Moment) -> Result<Moment, String> {
        match (moment, &self.zone) {
            (Moment::Instant(_), _) | (_, None) => Ok(moment),
            (other, Some(zone)) => {
                // A day may begin later than midnight, where clocks change then.
                let ambiguous = match other {
                    Moment::Date(_) => Ambiguous::Compatible,
                    _ => self.ambiguous,
                };
                resolve(self.clock(other), zone, ambiguous).map(Moment::Instant)
            }
        }
    }
}

const MIXED: &str =
    "has a zone where the other one has none, or the other way round: say with `zone` which it is";
