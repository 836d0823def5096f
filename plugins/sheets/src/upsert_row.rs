//! `upsert-row`: one row for one key, however often it is called.

use mortise_sdk::http::Request;
use mortise_sdk::{Action, Example, Failure, Outcome, Repeat, Turn};
use plugin_google::ask;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::a1;
use crate::append_rows::append;
use crate::header::Header;
use crate::sheets::Spreadsheet;
use crate::table::{Table, first, in_sheet, key_of, only};
use crate::values::{Entry, Updated};

/// A key that Google would read in its own way would not be found again, so nothing is.
const ENTRY: Entry = Entry::Raw;

pub struct UpsertRow;

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Input {
    /// The spreadsheet: its id, or its address; the connection's without it.
    spreadsheet_id: Option<String>,
    /// The name of the sheet, as it stands on its tab.
    sheet: String,
    /// The name of the column that tells rows apart.
    key: String,
    /// The row by the names of the columns, the key among them. Columns that are left out, or null, stay as they are.
    row: Map<String, Value>,
    /// The row with the names of the columns.
    #[serde(default = "first")]
    #[schemars(range(min = 1))]
    header_row: u32,
}

/// Where the row is.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Output {
    /// Whether it was added; else it was there.
    created: bool,
    /// Its number.
    row: Option<u32>,
    /// What was written to, in A1 notation.
    updated_range: Option<String>,
}

impl Action for UpsertRow {
    const NAME: &'static str = "upsert-row";
    const SUMMARY: &'static str = "updates the row that has a key, or adds it";
    const REPEAT: Repeat = Repeat::Safe;
    type Input = Input;
    type Output = Output;

    fn invoke(input: Input, _: Turn) -> Result<Outcome<Output>, Failure> {
        let key = key_of(&input.row, &input.key)?;
        let spreadsheet = Spreadsheet::of(input.spreadsheet_id.as_deref())?;
        let table = Table {
            spreadsheet: &spreadsheet,
            sheet: &input.sheet,
            header_row: input.header_row,
        };
        let header = table.header()?;
        let column = header.column(&input.key, || "/key".to_owned())?;
        let rows = table.rows_of(column, &key)?;
        let output = match only(&rows, &key)? {
            Some(row) => update(&table, &header, &input.row, row)?,
            None => add(&table, &header, &input.row)?,
        };
        Ok(Outcome::Done(output))
    }

    fn examples() -> Vec<Example> {
        let row = json!({ "Order": "o-17", "State": "paid", "Total": 12.5 });
        let input =
            json!({ "spreadsheet-id": "1AbC", "sheet": "Orders", "key": "Order", "row": row });
        let output = json!({ "created": true, "row": 4, "updated-range": "Orders!A4:C4" });
        vec![Example::new("An order", input).output(output)]
    }
}

/// The row's cells and the columns from the first that has a name to the last.
fn cells(
    header: &Header,
    row: &Map<String, Value>,
) -> Result<((usize, usize), Vec<Value>), Failure> {
    // The key column was found in the header, so it has a name.
    let span = header.span().unwrap_or_default();
    Ok((span, header.cells(row, span, "/row")?))
}

fn update(
    table: &Table<'_>,
    header: &Header,
    row: &Map<String, Value>,
    number: u32,
) -> Result<Output, Failure> {
    let (range, values) = place(table, header, row, number)?;
    let request = Request::put(table.spreadsheet.values(&range, ""))
        .query("valueInputOption", ENTRY.word())
        .json(&json!({ "range": range, "majorDimension": "ROWS", "values": values }))?;
    let updated: Updated = ask(request).map_err(in_sheet)?.json()?;
    Ok(Output {
        created: false,
        row: Some(number),
        updated_range: updated.updated_range,
    })
}

fn add(table: &Table<'_>, header: &Header, row: &Map<String, Value>) -> Result<Output, Failure> {
    let (range, values) = place(table, header, row, table.header_row)?;
    let (row, updated_range) = append(table.spreadsheet, &range, &values, ENTRY)?.place();
    Ok(Output {
        created: true,
        row,
        updated_range,
    })
}

/// The cells of the table in a row, and what the object puts there.
fn place(
    table: &Table<'_>,
    header: &Header,
    row: &Map<String, Value>,
    number: u32,
) -> Result<(String, Vec<Vec<Value>>), Failure> {
    let ((first, last), cells) = cells(header, row)?;
    let (from, to) = (a1::column(first), a1::column(last));
    let range = format!("{}!{from}{number}:{to}{number}", a1::quoted(table.sheet));
    Ok((range, vec![cells]))
}
