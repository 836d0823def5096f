//! `append-rows`: adds rows below a table. Google knows no key for it, so a lost answer leaves it
//! unclear whether they were added.

use mortise_sdk::http::Request;
use mortise_sdk::{Action, Example, Failure, Outcome, Repeat, Turn};
use plugin_google::{ask, moved};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::a1;
use crate::sheets::Spreadsheet;
use crate::table::{Table, first, in_sheet};
use crate::values::{Entry, Updated, writable};

pub struct AppendRows;

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Input {
    /// The spreadsheet: its id, or its address; the connection's without it.
    spreadsheet_id: Option<String>,
    /// The name of the sheet, as it stands on its tab.
    sheet: String,
    /// The rows: each an object by the names of the columns, or a list of cells from the table's first column.
    #[schemars(length(min = 1))]
    rows: Vec<Row>,
    /// The row with the names of the columns; needed for objects.
    #[serde(default = "first")]
    #[schemars(range(min = 1))]
    header_row: u32,
    /// How the values are taken.
    #[serde(default)]
    value_input: Entry,
}

/// One row.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
enum Row {
    /// By the names of the columns.
    Named(Map<String, Value>),
    /// In the order of the columns.
    Listed(Vec<Value>),
}

/// What was added.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Appended {
    /// The id of the spreadsheet.
    spreadsheet_id: String,
    /// The table below which the rows are, before they were added.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    table_range: Option<String>,
    /// What was written.
    updates: Updated,
    /// The number of the first row that was added.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    row: Option<u32>,
}

impl Action for AppendRows {
    const NAME: &'static str = "append-rows";
    const SUMMARY: &'static str = "adds rows below a table";
    const REPEAT: Repeat = Repeat::Duplicates;
    type Input = Input;
    type Output = Appended;

    fn invoke(input: Input, _: Turn) -> Result<Outcome<Appended>, Failure> {
        let spreadsheet = Spreadsheet::of(input.spreadsheet_id.as_deref())?;
        let (range, values) = written(&spreadsheet, &input)?;
        Ok(Outcome::Done(append(
            &spreadsheet,
            &range,
            &values,
            input.value_input,
        )?))
    }

    fn examples() -> Vec<Example> {
        let named = json!({ "spreadsheet-id": "1AbC", "sheet": "Leads", "rows": [{ "Name": "Ada", "Age": 36 }] });
        let listed =
            json!({ "spreadsheet-id": "1AbC", "sheet": "Leads", "rows": [["Ada", 36], ["Bob"]] });
        vec![
            Example::new("By the names of the columns", named),
            Example::new("In their order", listed),
        ]
    }
}

/// The table's range and the cells, under the names that they have in the header.
fn written(spreadsheet: &Spreadsheet, input: &Input) -> Result<(String, Vec<Vec<Value>>), Failure> {
    let has_names = input.rows.iter().any(|row| matches!(row, Row::Named(_)));
    if !has_names {
        let rows = input.rows.iter().enumerate().map(|(n, row)| listed(row, n));
        let range = format!("{}!A{}", a1::quoted(&input.sheet), input.header_row);
        return Ok((range, rows.collect::<Result<_, _>>()?));
    }
    let table = Table {
        spreadsheet,
        sheet: &input.sheet,
        header_row: input.header_row,
    };
    let header = table.header()?;
    let Some(span) = header.span() else {
        let why = format!(
            "row {} has no names of columns: write them, or give rows as lists",
            input.header_row
        );
        return Err(Failure::misconfigured(why).with_field("/header-row"));
    };
    let rows = input.rows.iter().enumerate().map(|(n, row)| match row {
        Row::Named(object) => header.cells(object, span, &format!("/rows/{n}")),
        Row::Listed(_) => listed(row, n),
    });
    let (from, to) = (a1::column(span.0), a1::column(span.1));
    let row = input.header_row;
    let range = format!("{}!{from}{row}:{to}{row}", a1::quoted(&input.sheet));
    Ok((range, rows.collect::<Result<_, _>>()?))
}

fn listed(row: &Row, n: usize) -> Result<Vec<Value>, Failure> {
    let Row::Listed(cells) = row else {
        return Ok(Vec::new());
    };
    for (m, cell) in cells.iter().enumerate() {
        writable(cell, || format!("/rows/{n}/{m}"))?;
    }
    Ok(cells.clone())
}

/// Adds rows below the table that a range touches. They are inserted, so that nothing below is lost.
pub fn append(
    spreadsheet: &Spreadsheet,
    range: &str,
    values: &[Vec<Value>],
    entry: Entry,
) -> Result<Appended, Failure> {
    let request = Request::post(spreadsheet.values(range, ":append"))
        .query("valueInputOption", entry.word())
        .query("insertDataOption", "INSERT_ROWS")
        .json(&json!({ "majorDimension": "ROWS", "values": values }))?;
    let response =
        ask(request).map_err(|failure| moved(in_sheet(failure), &[("/data/values", "/rows")]))?;
    let mut appended: Appended = response.json()?;
    appended.row = appended
        .updates
        .updated_range
        .as_deref()
        .and_then(a1::first_row);
    Ok(appended)
}

impl Appended {
    /// The number of the first row that was added, and where it is.
    pub fn place(self) -> (Option<u32>, Option<String>) {
        (self.row, self.updates.updated_range)
    }
}
