//! `find-row`: by the value of a column.

use mortise_sdk::{Action, Example, Failure, Outcome, Repeat, Turn};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::sheets::Spreadsheet;
use crate::table::{Table, first};
use crate::values::{Render, key_text, writable};

pub struct FindRow;

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Input {
    /// The spreadsheet: its id, or its address; the connection's without it.
    spreadsheet_id: Option<String>,
    /// The name of the sheet, as it stands on its tab.
    sheet: String,
    /// The name of the column that is searched.
    column: String,
    /// What stands in it, whole: text, a number or a boolean. `7` and `"7"` are the same.
    value: Value,
    /// The row with the names of the columns.
    #[serde(default = "first")]
    #[schemars(range(min = 1))]
    header_row: u32,
}

/// The first row that was found, if there is one.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct Found {
    /// Whether there is such a row.
    found: bool,
    /// Its number.
    row: Option<u32>,
    /// Its cells by the names of their columns; null where they are empty.
    values: Option<Map<String, Value>>,
    /// How many rows there are.
    matches: usize,
}

impl Action for FindRow {
    const NAME: &'static str = "find-row";
    const SUMMARY: &'static str = "finds the row that has a value in a column";
    const REPEAT: Repeat = Repeat::Safe;
    type Input = Input;
    type Output = Found;

    fn invoke(input: Input, _: Turn) -> Result<Outcome<Found>, Failure> {
        writable(&input.value, || "/value".to_owned())?;
        let key = key_text(&input.value);
        if key.is_empty() {
            return Err(
                Failure::reject("there is nothing to look for: the value is empty")
                    .with_field("/value"),
            );
        }
        let spreadsheet = Spreadsheet::of(input.spreadsheet_id.as_deref())?;
        let table = Table {
            spreadsheet: &spreadsheet,
            sheet: &input.sheet,
            header_row: input.header_row,
        };
        let header = table.header()?;
        let column = header.column(&input.column, || "/column".to_owned())?;
        let rows = table.rows_of(column, &key)?;
        let Some(row) = rows.first().copied() else {
            return Ok(Outcome::Done(Found {
                found: false,
                row: None,
                values: None,
                matches: 0,
            }));
        };
        let cells = table.row(row, Render::Unformatted)?;
        // Somebody may have sorted the sheet between the two requests.
        if cells.get(column).map(key_text).as_deref() != Some(&key) {
            return Err(Failure::retry("the rows were moved while they were read"));
        }
        let values = Some(header.object(&cells));
        Ok(Outcome::Done(Found {
            found: true,
            row: Some(row),
            values,
            matches: rows.len(),
        }))
    }

    fn examples() -> Vec<Example> {
        let input = json!({ "spreadsheet-id": "1AbC", "sheet": "Leads", "column": "Email", "value": "ada@example.com" });
        let output = json!({ "found": true, "row": 3, "values": { "Email": "ada@example.com", "Age": 36, "Note": null }, "matches": 1 });
        vec![Example::new("By an address", input).output(output)]
    }
}
