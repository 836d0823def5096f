//! The transform `convert`.

use jiff::tz::TimeZone;
use mortise_sdk::{Example, Failure, Json};
use plugin_fields::Pointer;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::field::{Change, Fields};
use crate::format::in_offset;
use crate::moment::Moment;
use crate::zone::{Ambiguous, resolve, zone, zone_of};

/// Shows the same instant on the clocks of another zone.
pub struct Convert;

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Config {
    /// Where the times are, in ISO 8601.
    field: Fields,
    /// Where the new time goes; in its place without it.
    #[serde(default)]
    into: Option<Pointer>,
    /// The zone to show it in, such as `America/New_York`.
    zone: String,
    /// The zone of times that are written without one.
    #[serde(default)]
    from: Option<String>,
    /// What to take for a time without a zone that clocks skip or show twice.
    #[serde(default)]
    ambiguous: Ambiguous,
}

pub struct Plan {
    zone: TimeZone,
    from: Option<TimeZone>,
    ambiguous: Ambiguous,
}

impl Change for Convert {
    const NAME: &'static str = "convert";
    const SUMMARY: &'static str = "shows times on the clocks of another time zone";
    type Config = Config;
    type Plan = Plan;

    fn fields(config: &Config) -> (&Fields, Option<&Pointer>) {
        (&config.field, config.into.as_ref())
    }

    fn plan(config: &Config) -> Result<Plan, Failure> {
        Ok(Plan {
            zone: zone(&config.zone, "zone")?,
            from: zone_of(config.from.as_deref(), "from")?,
            ambiguous: config.ambiguous,
        })
    }

    fn change(plan: &Plan, text: &str) -> Result<Json, String> {
        let instant = match (Moment::of(text)?, &plan.from) {
            (Moment::Instant(time), _) => time,
            (Moment::Local(time), Some(from)) => resolve(time, from, plan.ambiguous)?,
            (Moment::Local(_), None) => {
                return Err("has no zone: say with `from` which it is".to_owned());
            }
            (Moment::Date(_), _) => return Err("is a day, which is in no zone".to_owned()),
        };
        let text = in_offset(&instant.to_zoned(plan.zone.clone()));
        Json::of(&text).map_err(|error| error.to_string())
    }

    fn examples() -> Vec<Example> {
        vec![
            Example::new(
                "from UTC to New York",
                json!({ "field": "/at", "zone": "America/New_York" }),
            )
            .records(vec![json!({ "at": "2025-03-14T09:26:53Z" })])
            .output(json!([{ "at": "2025-03-14T05:26:53-04:00" }])),
            Example::new(
                "from clocks in Berlin to UTC",
                json!({ "field": "/at", "from": "Europe/Berlin", "zone": "UTC" }),
            )
            .records(vec![json!({ "at": "2025-07-01T12:00:00" })])
            .output(json!([{ "at": "2025-07-01T10:00:00Z" }])),
        ]
    }
}
