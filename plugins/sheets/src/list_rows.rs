//! `list-rows`: the rows of a sheet as objects, window by window. A window of empty rows is not the
//! end: the sheet says how many rows it has.

use mortise_sdk::{Action, Example, Failure, Outcome, Repeat, Turn};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::sheets::Spreadsheet;
use crate::table::{Table, first};
use crate::values::{Dates, Render, is_empty};

pub struct ListRows;

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Input {
    /// The spreadsheet: its id, or its address; the connection's without it.
    spreadsheet_id: Option<String>,
    /// The name of the sheet, as it stands on its tab.
    sheet: String,
    /// The row with the names of the columns; 0 where there is none, then they are called by their letters.
    #[serde(default = "first")]
    header_row: u32,
    /// Rows that are read at once.
    #[serde(default = "page_size")]
    #[schemars(range(min = 1, max = 5_000))]
    page_size: u32,
    /// How cells are read.
    #[serde(default)]
    render: Render,
    /// How dates are read.
    #[serde(default)]
    dates: Dates,
}

fn page_size() -> u32 {
    500
}

/// A row that is not empty.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct Row {
    /// Its number in the sheet.
    pub row: u32,
    /// Its cells by the names of their columns; null where they are empty.
    pub values: Map<String, Value>,
}

/// Where the next window begins, and where the sheet ends.
#[derive(Serialize, Deserialize)]
struct Token {
    row: u32,
    end: u32,
}

impl Action for ListRows {
    const NAME: &'static str = "list-rows";
    const SUMMARY: &'static str = "lists the rows of a sheet as objects";
    const REPEAT: Repeat = Repeat::Safe;
    const PAGED: bool = true;
    type Input = Input;
    type Output = Row;

    fn invoke(input: Input, turn: Turn) -> Result<Outcome<Row>, Failure> {
        let spreadsheet = Spreadsheet::of(input.spreadsheet_id.as_deref())?;
        let table = Table {
            spreadsheet: &spreadsheet,
            sheet: &input.sheet,
            header_row: input.header_row,
        };
        let Token { row, end } = match turn.page()? {
            Some(token) => token,
            None => Token {
                row: input.header_row.saturating_add(1),
                end: table.count()?,
            },
        };
        if row > end {
            return Outcome::page(Vec::new(), None::<Token>);
        }
        let last = row
            .saturating_add(input.page_size.clamp(1, 5_000) - 1)
            .min(end);
        let (header, rows) = table.window((row, last), input.render, input.dates)?;
        let rows = (row..)
            .zip(rows)
            .filter(|(_, cells)| !cells.iter().all(is_empty));
        let records = rows.map(|(row, cells)| Row {
            row,
            values: header.object(&cells),
        });
        Outcome::page(
            records.collect(),
            (last < end).then_some(Token { row: last + 1, end }),
        )
    }

    fn examples() -> Vec<Example> {
        vec![Example::new(
            "A sheet with a header",
            json!({ "spreadsheet-id": "1AbC", "sheet": "Leads", "page-size": 2 }),
        )]
    }
}
