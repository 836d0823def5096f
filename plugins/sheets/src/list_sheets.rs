//! `list-sheets`: the tabs of a spreadsheet. Google gives all of them at once.

use mortise_sdk::{Action, Example, Failure, Outcome, Repeat, Turn};
use plugin_google::ask;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::sheets::Spreadsheet;

pub struct ListSheets;

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Input {
    /// The spreadsheet: its id, or its address; the connection's without it.
    spreadsheet_id: Option<String>,
}

/// The properties of a sheet.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Properties {
    /// Its id, which stays when its name changes.
    pub sheet_id: i64,
    /// Its name, as it stands on its tab.
    pub title: String,
    /// The rest, such as `index`, `sheetType` and `gridProperties`.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

#[derive(Deserialize)]
struct Spread {
    #[serde(default)]
    sheets: Vec<Sheet>,
}

#[derive(Deserialize)]
struct Sheet {
    properties: Properties,
}

impl Action for ListSheets {
    const NAME: &'static str = "list-sheets";
    const SUMMARY: &'static str = "lists the sheets of a spreadsheet";
    const REPEAT: Repeat = Repeat::Safe;
    const PAGED: bool = true;
    type Input = Input;
    type Output = Properties;

    fn invoke(input: Input, _: Turn) -> Result<Outcome<Properties>, Failure> {
        let spreadsheet = Spreadsheet::of(input.spreadsheet_id.as_deref())?;
        Outcome::page(sheets(&spreadsheet)?, None::<()>)
    }

    fn examples() -> Vec<Example> {
        vec![Example::new(
            "All of them",
            json!({ "spreadsheet-id": "1AbC" }),
        )]
    }
}

/// All sheets of a spreadsheet, in the order of their tabs.
pub fn sheets(spreadsheet: &Spreadsheet) -> Result<Vec<Properties>, Failure> {
    let found: Spread = ask(spreadsheet.get("sheets.properties"))?.json()?;
    Ok(found
        .sheets
        .into_iter()
        .map(|sheet| sheet.properties)
        .collect())
}
