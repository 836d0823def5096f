//! The transform `parse`.

use jiff::tz::TimeZone;
use mortise_sdk::{Example, Failure, Json};
use plugin_fields::Pointer;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::field::{Change, Fields};
use crate::moment::{Form, Moment};
use crate::zone::{Ambiguous, resolve, zone_of};

/// Turns what others write into ISO 8601.
pub struct Parse;

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Config {
    /// Where the texts or numbers are.
    field: Fields,
    /// Where the date goes; in its place without it.
    #[serde(default)]
    into: Option<Pointer>,
    /// Forms that are tried in this order: `iso`, `rfc2822`, `unix-seconds`, `unix-millis`, `spreadsheet`, or words of
    /// strftime such as `%d.%m.%Y %H:%M`.
    #[serde(default = "iso")]
    formats: Vec<String>,
    /// The zone of times that are written without one, such as `Europe/Berlin`; they stay without one otherwise.
    #[serde(default)]
    zone: Option<String>,
    /// What to take for a time that clocks skip or show twice.
    #[serde(default)]
    ambiguous: Ambiguous,
}

fn iso() -> Vec<String> {
    vec!["iso".to_owned()]
}

pub struct Plan {
    forms: Vec<Form>,
    expected: String,
    zone: Option<TimeZone>,
    ambiguous: Ambiguous,
}

impl Change for Parse {
    const NAME: &'static str = "parse";
    const SUMMARY: &'static str = "turns dates and times of any form into ISO 8601";
    type Config = Config;
    type Plan = Plan;

    fn fields(config: &Config) -> (&Fields, Option<&Pointer>) {
        (&config.field, config.into.as_ref())
    }

    fn plan(config: &Config) -> Result<Plan, Failure> {
        let read = |(index, text): (usize, &String)| {
            let field = format!("/formats/{index}");
            Form::of(text).map_err(|why| Failure::misconfigured(why).with_field(field))
        };
        let forms = config.formats.iter().enumerate().map(read);
        Ok(Plan {
            forms: forms.collect::<Result<_, _>>()?,
            expected: config.formats.join("` or `"),
            zone: zone_of(config.zone.as_deref(), "zone")?,
            ambiguous: config.ambiguous,
        })
    }

    fn change(plan: &Plan, text: &str) -> Result<Json, String> {
        let text = text.trim();
        let found = plan.forms.iter().find_map(|form| form.read(text));
        let moment = match (found, &plan.zone) {
            (None, _) => return Err(format!("is no date of the form `{}`", plan.expected)),
            (Some(Moment::Local(time)), Some(zone)) => {
                Moment::Instant(resolve(time, zone, plan.ambiguous)?)
            }
            (Some(moment), _) => moment,
        };
        Json::of(&moment.text()).map_err(|error| error.to_string())
    }

    fn examples() -> Vec<Example> {
        vec![
            Example::new(
                "a time on clocks in Berlin",
                json!({ "field": "/created", "formats": ["%d.%m.%Y %H:%M", "iso"], "zone": "Europe/Berlin" }),
            )
            .records(vec![
                json!({ "id": 1, "created": "14.03.2025 10:26" }),
                json!({ "id": 2, "created": "2025-07-01" }),
                json!({ "id": 3, "created": null }),
            ])
            .output(json!([
                { "id": 1, "created": "2025-03-14T09:26:00Z" },
                { "id": 2, "created": "2025-07-01" },
                { "id": 3, "created": null },
            ])),
            Example::new(
                "seconds since 1970 in two fields",
                json!({ "field": ["/from", "/to"], "formats": ["unix-seconds"] }),
            )
            .records(vec![json!({ "from": 1_741_944_413, "to": "1741944473.5" })])
            .output(json!([{ "from": "2025-03-14T09:26:53Z", "to": "2025-03-14T09:27:53.5Z" }])),
        ]
    }
}
