//! `new-rows`: rows that were added since the last poll, wherever they stand.
//!
//! A row has no id, and its number changes when another one is deleted. So the cursor keeps a
//! fingerprint of each row that was seen, of its key where the trigger names one: what is deleted,
//! moved or sorted is known again, and only what was not there before is new.

mod known;

use mortise_sdk::polling::Start;
use mortise_sdk::{Event, Example, Failure, News, Polling};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

pub use known::Known;

use crate::header::Header;
use crate::list_rows::Row;
use crate::sheets::Spreadsheet;
use crate::table::{Table, first};
use crate::values::{Dates, Render, is_empty, key_text};
use known::fingerprint;

/// Rows that are read with one request.
const WINDOW_ROWS: u32 = 5_000;
/// What one poll looks at: each row costs memory, and the whole sheet is read every time.
const ROWS_MAX: usize = 20_000;
/// Events of one poll; the rest comes with the next one, at once.
const EVENTS_MAX: usize = 500;
/// A longer key is told by its fingerprint.
const ID_MAX_BYTES: usize = 200;

pub struct NewRows;

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Input {
    /// The spreadsheet: its id, or its address; the connection's without it.
    spreadsheet_id: Option<String>,
    /// The name of the sheet, as it stands on its tab.
    sheet: String,
    /// The names of the columns that tell rows apart: a row is new once for each key, whatever is edited in it later,
    /// and not before it has one. Without them its whole content does.
    #[serde(default)]
    key: Vec<String>,
    /// The row with the names of the columns; 0 where there is none, then they are called by their letters.
    #[serde(default = "first")]
    header_row: u32,
    /// Where the first poll begins.
    #[serde(default)]
    start: Start,
    /// How cells are read.
    #[serde(default)]
    render: Render,
    /// How dates are read.
    #[serde(default)]
    dates: Dates,
}

impl Polling for NewRows {
    const NAME: &'static str = "new-rows";
    const SUMMARY: &'static str = "a row was added to a sheet";
    type Input = Input;
    type Cursor = Known;
    type Payload = Row;

    fn poll(input: Input, cursor: Option<Known>) -> Result<News<Known, Row>, Failure> {
        let only_looks = cursor.is_none() && input.start == Start::Now;
        let has_key = !input.key.is_empty();
        let (header, rows) = read(&input)?;
        let known = cursor.unwrap_or_default();
        let prints: Vec<&str> = rows.iter().map(|row| row.print.as_str()).collect();
        let is_new = match only_looks {
            true => vec![false; rows.len()],
            false => known.compare(&prints, has_key),
        };
        // What is left for the next poll must not be known before.
        let last = is_new
            .iter()
            .enumerate()
            .filter(|(_, is_new)| **is_new)
            .nth(EVENTS_MAX);
        let end = last.map_or(rows.len(), |(index, _)| index);
        let is_left = |index: usize| is_new[index] && index >= end;
        let kept = prints
            .iter()
            .enumerate()
            .filter(|(index, _)| !is_left(*index));
        let mut next = known.follow(kept.map(|(_, print)| *print), has_key);
        let new = rows
            .iter()
            .take(end)
            .zip(&is_new)
            .filter(|(_, is_new)| **is_new);
        let events = new.map(|(row, _)| row.event(&header, &mut next)).collect();
        Ok(News {
            events,
            cursor: next,
            more: last.is_some(),
        })
    }

    fn examples() -> Vec<Example> {
        let input = json!({ "spreadsheet-id": "1AbC", "sheet": "Leads", "key": ["Email"] });
        vec![Example::new("Leads by their address", input)]
    }
}

/// A row as it stands there now.
struct Seen {
    row: u32,
    /// Of its key, or of its content.
    print: String,
    key: Option<String>,
    cells: Vec<Value>,
}

impl Seen {
    fn event(&self, header: &Header, known: &mut Known) -> Event<Row> {
        let id = match &self.key {
            Some(key) if key.len() <= ID_MAX_BYTES => key.clone(),
            Some(_) => self.print.clone(),
            // The same content may come again as another row.
            None => format!("{}-{}", self.print, known.number()),
        };
        Event::new(
            id,
            Row {
                row: self.row,
                values: header.object(&self.cells),
            },
        )
    }
}

/// All rows that are not empty, those without a key left out where there is one.
fn read(input: &Input) -> Result<(Header, Vec<Seen>), Failure> {
    let spreadsheet = Spreadsheet::of(input.spreadsheet_id.as_deref())?;
    let table = Table {
        spreadsheet: &spreadsheet,
        sheet: &input.sheet,
        header_row: input.header_row,
    };
    let end = table.count()?;
    let (mut row, mut seen) = (input.header_row.saturating_add(1), Vec::new());
    let mut header = Header::new(&[]);
    while row <= end {
        let last = row.saturating_add(WINDOW_ROWS - 1).min(end);
        let (named, cells) = table.window((row, last), input.render, input.dates)?;
        header = named;
        let columns = input.key.iter().enumerate();
        let columns = columns.map(|(n, name)| header.column(name, || format!("/key/{n}")));
        let columns = columns.collect::<Result<Vec<_>, _>>()?;
        seen.extend(
            (row..)
                .zip(cells)
                .filter_map(|(row, cells)| look(row, cells, &columns)),
        );
        if seen.len() > ROWS_MAX {
            let why = format!(
                "the sheet has more than {ROWS_MAX} rows, and this trigger reads all of them: move old ones to another sheet"
            );
            return Err(Failure::misconfigured(why).with_field("/sheet"));
        }
        row = last + 1;
    }
    Ok((header, seen))
}

fn look(row: u32, cells: Vec<Value>, columns: &[usize]) -> Option<Seen> {
    if cells.iter().all(is_empty) {
        return None;
    }
    if columns.is_empty() {
        let end = cells
            .iter()
            .rposition(|cell| !is_empty(cell))
            .map_or(0, |last| last + 1);
        let print = fingerprint(&cells[..end]);
        return Some(Seen {
            row,
            print,
            key: None,
            cells,
        });
    }
    let parts = columns
        .iter()
        .map(|column| cells.get(*column).map(key_text).unwrap_or_default());
    let parts: Vec<String> = parts.collect();
    if parts.iter().any(String::is_empty) {
        return None;
    }
    let print = fingerprint(&parts);
    Some(Seen {
        row,
        print,
        key: Some(parts.join("/")),
        cells,
    })
}

#[cfg(test)]
mod tests;
