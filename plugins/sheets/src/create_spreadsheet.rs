//! `create-spreadsheet`: a new one each time, since their names need not differ.

use mortise_sdk::http::Request;
use mortise_sdk::{Action, Example, Failure, Outcome, Repeat, Turn};
use plugin_google::{ask, moved};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::sheets;

pub struct CreateSpreadsheet;

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Input {
    /// Its name.
    #[schemars(length(min = 1))]
    title: String,
    /// The names of its sheets; one that Google names without it.
    #[serde(default)]
    sheets: Vec<String>,
    /// How numbers and dates are written in it: `en_US`, `de`.
    locale: Option<String>,
    /// The time zone that its dates are of: `Europe/Berlin`.
    time_zone: Option<String>,
}

/// The spreadsheet.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    /// Its id.
    spreadsheet_id: String,
    /// Where people open it.
    spreadsheet_url: String,
    /// The rest, such as `properties` and `sheets`.
    #[serde(flatten)]
    rest: Map<String, Value>,
}

impl Action for CreateSpreadsheet {
    const NAME: &'static str = "create-spreadsheet";
    const SUMMARY: &'static str = "creates a spreadsheet";
    const REPEAT: Repeat = Repeat::Duplicates;
    type Input = Input;
    type Output = Output;

    fn invoke(input: Input, _: Turn) -> Result<Outcome<Output>, Failure> {
        let mut properties = json!({ "title": input.title });
        for (name, value) in [("locale", input.locale), ("timeZone", input.time_zone)] {
            if let Some(value) = value {
                properties[name] = value.into();
            }
        }
        let mut body = json!({ "properties": properties });
        if !input.sheets.is_empty() {
            let named = input
                .sheets
                .iter()
                .map(|title| json!({ "properties": { "title": title } }));
            body["sheets"] = named.collect();
        }
        let names = [
            ("/spreadsheet/properties/timeZone", "/time-zone"),
            ("/spreadsheet/properties", ""),
        ];
        let response = ask(Request::post(sheets::spreadsheets()?).json(&body)?);
        Ok(Outcome::Done(
            response.map_err(|failure| moved(failure, &names))?.json()?,
        ))
    }

    fn examples() -> Vec<Example> {
        let input =
            json!({ "title": "Sales 2026", "sheets": ["Q1", "Q2"], "time-zone": "Europe/Berlin" });
        vec![Example::new("With two sheets", input)]
    }
}
