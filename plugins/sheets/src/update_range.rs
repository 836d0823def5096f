//! `update-range`: writes cells where they are told to be.

use mortise_sdk::http::Request;
use mortise_sdk::{Action, Example, Failure, Outcome, Repeat, Turn};
use plugin_google::ask;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::read_range::{in_range, place};
use crate::sheets::Spreadsheet;
use crate::values::{Entry, Updated, writable};

pub struct UpdateRange;

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Input {
    /// The spreadsheet: its id, or its address; the connection's without it.
    spreadsheet_id: Option<String>,
    /// The name of the sheet, as it stands on its tab.
    sheet: Option<String>,
    /// Where to write, in A1 notation: `B2` for all that begins there, `A1:C10`; with its sheet where no `sheet` is given.
    range: String,
    /// Rows, each a list of cells: text, numbers, booleans. Null leaves a cell as it is, `""` empties it.
    #[schemars(length(min = 1))]
    values: Vec<Vec<Value>>,
    /// How the values are taken.
    #[serde(default)]
    value_input: Entry,
}

impl Action for UpdateRange {
    const NAME: &'static str = "update-range";
    const SUMMARY: &'static str = "writes cells to a range";
    const REPEAT: Repeat = Repeat::Safe;
    type Input = Input;
    type Output = Updated;

    fn invoke(input: Input, _: Turn) -> Result<Outcome<Updated>, Failure> {
        for (n, row) in input.values.iter().enumerate() {
            for (m, cell) in row.iter().enumerate() {
                writable(cell, || format!("/values/{n}/{m}"))?;
            }
        }
        let spreadsheet = Spreadsheet::of(input.spreadsheet_id.as_deref())?;
        let range = place(input.sheet.as_deref(), Some(&input.range))?;
        let request = Request::put(spreadsheet.values(&range, ""))
            .query("valueInputOption", input.value_input.word())
            .json(&json!({ "range": range, "majorDimension": "ROWS", "values": input.values }))?;
        Ok(Outcome::Done(ask(request).map_err(in_range)?.json()?))
    }

    fn examples() -> Vec<Example> {
        let input = json!({ "spreadsheet-id": "1AbC", "sheet": "Prices", "range": "B2", "values": [[9.9, true], ["2026-01-02", null]], "value-input": "user-entered" });
        vec![Example::new("Two rows", input)]
    }
}
