//! `clear`: empties cells; their format stays.

use mortise_sdk::http::Request;
use mortise_sdk::{Action, Example, Failure, Outcome, Repeat, Turn};
use plugin_google::ask;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::read_range::{in_range, place};
use crate::sheets::Spreadsheet;

pub struct Clear;

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Input {
    /// The spreadsheet: its id, or its address; the connection's without it.
    spreadsheet_id: Option<String>,
    /// The name of the sheet, as it stands on its tab.
    sheet: Option<String>,
    /// What to empty, in A1 notation: `A2:Z`; with its sheet where no `sheet` is given. The whole sheet without it.
    range: Option<String>,
}

/// What was emptied.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Cleared {
    /// The id of the spreadsheet.
    spreadsheet_id: String,
    /// The range in A1 notation, as far as the sheet goes.
    cleared_range: String,
}

impl Action for Clear {
    const NAME: &'static str = "clear";
    const SUMMARY: &'static str = "empties the cells of a range";
    const REPEAT: Repeat = Repeat::Safe;
    type Input = Input;
    type Output = Cleared;

    fn invoke(input: Input, _: Turn) -> Result<Outcome<Cleared>, Failure> {
        let spreadsheet = Spreadsheet::of(input.spreadsheet_id.as_deref())?;
        let range = place(input.sheet.as_deref(), input.range.as_deref())?;
        let request = Request::post(spreadsheet.values(&range, ":clear")).json(&json!({}))?;
        Ok(Outcome::Done(ask(request).map_err(in_range)?.json()?))
    }

    fn examples() -> Vec<Example> {
        let input = json!({ "spreadsheet-id": "1AbC", "sheet": "Bob's sales", "range": "A2:Z" });
        let output = json!({ "spreadsheetId": "1AbC", "clearedRange": "'Bob''s sales'!A2:Z1000" });
        vec![Example::new("All but the header", input).output(output)]
    }
}
