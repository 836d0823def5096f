//! The transform `format`.

use jiff::fmt::{rfc2822, strtime};
use jiff::tz::TimeZone;
use mortise_sdk::{Example, Failure, Json};
use plugin_fields::Pointer;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::field::{Change, Fields};
use crate::moment::{Form, Moment};
use crate::zone::zone_of;

/// Writes dates for people and for others' systems.
pub struct Format;

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Config {
    /// Where the dates are, in ISO 8601.
    field: Fields,
    /// Where the text goes; in its place without it.
    #[serde(default)]
    into: Option<Pointer>,
    /// `iso`, `rfc2822`, `unix-seconds`, `unix-millis`, or words of strftime such as `%d.%m.%Y %H:%M`.
    format: String,
    /// The zone whose clocks are written, such as `Europe/Berlin`; UTC without it.
    #[serde(default)]
    zone: Option<String>,
}

pub struct Plan {
    form: Form,
    zone: TimeZone,
}

impl Change for Format {
    const NAME: &'static str = "format";
    const SUMMARY: &'static str = "writes dates and times in any form";
    type Config = Config;
    type Plan = Plan;

    fn fields(config: &Config) -> (&Fields, Option<&Pointer>) {
        (&config.field, config.into.as_ref())
    }

    fn plan(config: &Config) -> Result<Plan, Failure> {
        let wrong = |why: String| Failure::misconfigured(why).with_field("/format");
        let form = Form::of(&config.format).map_err(wrong)?;
        if form == Form::Spreadsheet {
            return Err(wrong(
                "`spreadsheet` can be read and not written".to_owned(),
            ));
        }
        Ok(Plan {
            form,
            zone: zone_of(config.zone.as_deref(), "zone")?.unwrap_or(TimeZone::UTC),
        })
    }

    fn change(plan: &Plan, text: &str) -> Result<Json, String> {
        let moment = Moment::of(text)?;
        let instant = || match moment {
            Moment::Instant(time) => Ok(time),
            Moment::Date(_) | Moment::Local(_) => Err(
                "has no zone, so nobody knows when it is: give it one with `date/parse`".to_owned(),
            ),
        };
        let written = match &plan.form {
            Form::UnixSeconds => Json::of(&instant()?.as_second()),
            Form::UnixMillis => Json::of(&instant()?.as_millisecond()),
            Form::Rfc2822 => {
                let time = instant()?.to_zoned(plan.zone.clone());
                let text =
                    rfc2822::to_string(&time).map_err(|_| "cannot be written so".to_owned())?;
                Json::of(&text)
            }
            Form::Words(words) => Json::of(&in_words(words, moment, &plan.zone)?),
            Form::Iso | Form::Spreadsheet => Json::of(&match moment {
                Moment::Instant(time) => {
                    let time = time.to_zoned(plan.zone.clone());
                    in_offset(&time)
                }
                other => other.text(),
            }),
        };
        written.map_err(|error| error.to_string())
    }

    fn examples() -> Vec<Example> {
        vec![
            Example::new(
                "as people in Berlin write it",
                json!({ "field": "/created", "into": "/shown", "format": "%d.%m.%Y %H:%M", "zone": "Europe/Berlin" }),
            )
            .records(vec![json!({ "created": "2025-03-14T09:26:53Z" })])
            .output(json!([{ "created": "2025-03-14T09:26:53Z", "shown": "14.03.2025 10:26" }])),
            Example::new("milliseconds since 1970", json!({ "field": "/at", "format": "unix-millis" }))
                .records(vec![json!({ "at": "2025-03-14T09:26:53.25Z" })])
                .output(json!([{ "at": 1_741_944_413_250_u64 }])),
        ]
    }
}

fn in_words(words: &str, moment: Moment, zone: &TimeZone) -> Result<String, String> {
    let written = match moment {
        Moment::Date(date) => strtime::format(words, date),
        Moment::Local(time) => strtime::format(words, time),
        Moment::Instant(time) => strtime::format(words, &time.to_zoned(zone.clone())),
    };
    written.map_err(|error| format!("cannot be written as `{words}`: {error}"))
}

/// RFC 3339 with the offset of the zone, `Z` in UTC.
pub fn in_offset(time: &jiff::Zoned) -> String {
    if *time.time_zone() == TimeZone::UTC {
        return time.timestamp().to_string();
    }
    time.timestamp()
        .display_with_offset(time.offset())
        .to_string()
}
