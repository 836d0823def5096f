//! `read-range`: cells as they stand there.

use mortise_sdk::http::Request;
use mortise_sdk::{Action, Example, Failure, Outcome, Repeat, Turn};
use plugin_google::ask;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::a1;
use crate::sheets::Spreadsheet;
use crate::values::{Dates, Render, ValueRange, rendered};

pub struct ReadRange;

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Input {
    /// The spreadsheet: its id, or its address; the connection's without it.
    spreadsheet_id: Option<String>,
    /// The name of the sheet, as it stands on its tab.
    sheet: Option<String>,
    /// A range in A1 notation: `A1:C10`, `B:B`; with its sheet, `'Q1 sales'!A1:C10`, or a named range, where no
    /// `sheet` is given. The whole sheet without it.
    range: Option<String>,
    /// How cells are read.
    #[serde(default)]
    render: Render,
    /// How dates are read.
    #[serde(default)]
    dates: Dates,
}

impl Action for ReadRange {
    const NAME: &'static str = "read-range";
    const SUMMARY: &'static str = "reads the cells of a range";
    const REPEAT: Repeat = Repeat::Safe;
    type Input = Input;
    type Output = ValueRange;

    fn invoke(input: Input, _: Turn) -> Result<Outcome<ValueRange>, Failure> {
        let spreadsheet = Spreadsheet::of(input.spreadsheet_id.as_deref())?;
        let range = place(input.sheet.as_deref(), input.range.as_deref())?;
        let request = Request::get(spreadsheet.values(&range, ""));
        let request = rendered(request, input.render, input.dates);
        Ok(Outcome::Done(ask(request).map_err(in_range)?.json()?))
    }

    fn examples() -> Vec<Example> {
        let input = json!({ "spreadsheet-id": "1AbC", "sheet": "Q1 sales", "range": "A1:B3" });
        let output =
            json!({ "range": "'Q1 sales'!A1:B3", "values": [["Name", "Total"], ["Ada", 12.5]] });
        vec![Example::new("A range of a sheet", input).output(output)]
    }
}

/// The range in A1 notation that `sheet` and `range` name together.
pub fn place(sheet: Option<&str>, range: Option<&str>) -> Result<String, Failure> {
    a1::range(sheet, range).ok_or_else(|| {
        Failure::misconfigured("neither a `sheet` nor a `range` is named").with_field("/range")
    })
}

/// Google finds no such sheet, or no such place.
pub fn in_range(failure: Failure) -> Failure {
    let is_place = ["Unable to parse range", "Range ("]
        .iter()
        .any(|start| failure.message.starts_with(start));
    match is_place {
        true => failure.with_field("/range"),
        false => plugin_google::moved(
            failure,
            &[("/data/values", "/values"), ("/data/range", "/range")],
        ),
    }
}
