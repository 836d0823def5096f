//! A sheet whose columns have names.

use mortise_sdk::Failure;
use mortise_sdk::http::Request;
use plugin_google::{ask, moved};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::a1;
use crate::header::Header;
use crate::sheets::Spreadsheet;
use crate::values::{Dates, Render, ValueRange, key_text, rendered};

/// The header is the first row unless the step says otherwise.
pub fn first() -> u32 {
    1
}

/// A sheet with the row of its header, which is 0 where it has none.
pub struct Table<'a> {
    pub spreadsheet: &'a Spreadsheet,
    pub sheet: &'a str,
    pub header_row: u32,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Batch {
    value_ranges: Vec<ValueRange>,
}

#[derive(Deserialize)]
struct Sheets {
    sheets: Vec<Sheet>,
}

#[derive(Deserialize)]
struct Sheet {
    properties: Properties,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Properties {
    grid_properties: Option<Grid>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Grid {
    row_count: u32,
}

/// Google calls a sheet by a range of it.
pub fn in_sheet(failure: Failure) -> Failure {
    let is_unknown = failure.message.starts_with("Unable to parse range");
    match is_unknown {
        true => failure.with_field("/sheet"),
        false => moved(failure, &[("/range", "/sheet"), ("/ranges", "/sheet")]),
    }
}

impl Table<'_> {
    /// The names of the columns.
    pub fn header(&self) -> Result<Header, Failure> {
        let cells = match self.header_row {
            0 => Vec::new(),
            row => self.row(row, Render::Unformatted)?,
        };
        Ok(Header::new(&cells))
    }

    /// The cells of one row.
    pub fn row(&self, row: u32, render: Render) -> Result<Vec<Value>, Failure> {
        let range = a1::rows(self.sheet, row, row);
        let request = Request::get(self.spreadsheet.values(&range, ""));
        let request = rendered(request, render, Dates::default());
        let found: ValueRange = ask(request).map_err(in_sheet)?.json()?;
        Ok(found.values.into_iter().next().unwrap_or_default())
    }

    /// The numbers of the rows below the header that have this key in a column.
    pub fn rows_of(&self, column: usize, key: &str) -> Result<Vec<u32>, Failure> {
        let letters = a1::column(column);
        let range = format!("{}!{letters}:{letters}", a1::quoted(self.sheet));
        let request =
            Request::get(self.spreadsheet.values(&range, "")).query("majorDimension", "COLUMNS");
        let request = rendered(request, Render::Unformatted, Dates::default());
        let found: ValueRange = ask(request).map_err(in_sheet)?.json()?;
        let cells = found.values.into_iter().next().unwrap_or_default();
        let rows = (1..)
            .zip(cells)
            .filter(|(row, cell)| *row > self.header_row && key_text(cell) == key);
        Ok(rows.map(|(row, _)| row).collect())
    }

    /// How many rows the sheet has, empty ones among them.
    pub fn count(&self) -> Result<u32, Failure> {
        let request = self.spreadsheet.get("sheets.properties");
        let request = request.query("ranges", &a1::quoted(self.sheet));
        let found: Sheets = ask(request).map_err(in_sheet)?.json()?;
        let grid = found
            .sheets
            .into_iter()
            .next()
            .and_then(|sheet| sheet.properties.grid_properties);
        grid.map(|grid| grid.row_count).ok_or_else(|| {
            let why = "this sheet has no cells: it is a chart, or shows data of another source";
            Failure::misconfigured(why).with_field("/sheet")
        })
    }

    /// The header, and rows from one to another, in one moment.
    pub fn window(
        &self,
        (first, last): (u32, u32),
        render: Render,
        dates: Dates,
    ) -> Result<(Header, Vec<Vec<Value>>), Failure> {
        let mut request = Request::get(self.spreadsheet.url("/values:batchGet"));
        if self.header_row > 0 {
            request = request.query(
                "ranges",
                &a1::rows(self.sheet, self.header_row, self.header_row),
            );
        }
        let request = request.query("ranges", &a1::rows(self.sheet, first, last));
        let found: Batch = ask(rendered(request, render, dates))
            .map_err(in_sheet)?
            .json()?;
        let mut ranges = found.value_ranges.into_iter();
        let header = match self.header_row {
            0 => Vec::new(),
            _ => ranges
                .next()
                .and_then(|range| range.values.into_iter().next())
                .unwrap_or_default(),
        };
        let rows = ranges.next().map(|range| range.values).unwrap_or_default();
        Ok((Header::new(&header), rows))
    }
}

/// The only row of a key, which is none where no row has it.
pub fn only(rows: &[u32], key: &str) -> Result<Option<u32>, Failure> {
    match rows {
        [] => Ok(None),
        [row] => Ok(Some(*row)),
        several => {
            let listed: Vec<_> = several.iter().take(10).map(u32::to_string).collect();
            let why = format!(
                "`{key}` stands in several rows ({}): keep one of them",
                listed.join(", ")
            );
            Err(Failure::reject(why).with_field("/row"))
        }
    }
}

/// The text of a key, which must not be empty.
pub fn key_of(object: &Map<String, Value>, column: &str) -> Result<String, Failure> {
    let text = object.get(column).map(key_text).unwrap_or_default();
    match text.is_empty() {
        false => Ok(text),
        true => {
            let why = format!("the row has no value for the key column `{column}`");
            Err(Failure::reject(why).with_field("/row"))
        }
    }
}
