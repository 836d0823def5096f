//! `create-sheet`: adds a sheet to a spreadsheet. A name stands there once, so one that is there
//! already is the one that was asked for.

use mortise_sdk::http::Request;
use mortise_sdk::{Action, Example, Failure, Outcome, Repeat, Turn};
use plugin_google::ask;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::list_sheets::{Properties, sheets};
use crate::sheets::Spreadsheet;

pub struct CreateSheet;

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Input {
    /// The spreadsheet: its id, or its address; the connection's without it.
    spreadsheet_id: Option<String>,
    /// The name of the sheet, as it shall stand on its tab.
    #[schemars(length(min = 1))]
    title: String,
    /// Where its tab stands, from 0; at the end without it.
    index: Option<u32>,
    /// How many rows it has; Google's own number without it.
    #[schemars(range(min = 1))]
    rows: Option<u32>,
    /// How many columns it has; Google's own number without it.
    #[schemars(range(min = 1))]
    columns: Option<u32>,
}

/// The sheet.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct Output {
    /// Whether it was added; else it was there.
    created: bool,
    /// Its properties.
    sheet: Properties,
}

#[derive(Deserialize)]
struct Answer {
    replies: Vec<Reply>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Reply {
    add_sheet: Added,
}

#[derive(Deserialize)]
struct Added {
    properties: Properties,
}

impl Action for CreateSheet {
    const NAME: &'static str = "create-sheet";
    const SUMMARY: &'static str = "adds a sheet to a spreadsheet, unless it is there";
    const REPEAT: Repeat = Repeat::Safe;
    type Input = Input;
    type Output = Output;

    fn invoke(input: Input, _: Turn) -> Result<Outcome<Output>, Failure> {
        let spreadsheet = Spreadsheet::of(input.spreadsheet_id.as_deref())?;
        let requests =
            json!({ "requests": [{ "addSheet": { "properties": properties(&input) } }] });
        let request = Request::post(spreadsheet.url(":batchUpdate")).json(&requests)?;
        let answer: Answer = match ask(request) {
            Ok(response) => response.json()?,
            Err(failure) => return existing(&spreadsheet, &input.title, failure),
        };
        let reply = answer.replies.into_iter().next();
        let reply =
            reply.ok_or_else(|| Failure::unclear("Google did not say which sheet it added"))?;
        Ok(Outcome::Done(Output {
            created: true,
            sheet: reply.add_sheet.properties,
        }))
    }

    fn examples() -> Vec<Example> {
        let input = json!({ "spreadsheet-id": "1AbC", "title": "Q2 sales", "rows": 100 });
        vec![Example::new("A sheet", input)]
    }
}

fn properties(input: &Input) -> Map<String, Value> {
    let mut properties = Map::new();
    properties.insert("title".to_owned(), input.title.as_str().into());
    if let Some(index) = input.index {
        properties.insert("index".to_owned(), index.into());
    }
    let mut grid = Map::new();
    for (name, count) in [("rowCount", input.rows), ("columnCount", input.columns)] {
        if let Some(count) = count {
            grid.insert(name.to_owned(), count.into());
        }
    }
    if !grid.is_empty() {
        properties.insert("gridProperties".to_owned(), grid.into());
    }
    properties
}

/// The sheet of this name, where it is what speaks against another one. Google's error has no word for
/// that, so only its sentence tells.
fn existing(
    spreadsheet: &Spreadsheet,
    title: &str,
    failure: Failure,
) -> Result<Outcome<Output>, Failure> {
    if !failure.message.contains("already exists") {
        return Err(failure);
    }
    let mut all = sheets(spreadsheet)?.into_iter();
    match all.find(|sheet| sheet.title.to_lowercase() == title.to_lowercase()) {
        Some(sheet) => Ok(Outcome::Done(Output {
            created: false,
            sheet,
        })),
        None => Err(failure.with_field("/title")),
    }
}
