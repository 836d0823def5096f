//! Cells: how they are read and written.

use mortise_sdk::Failure;
use mortise_sdk::http::Request;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The largest whole number that a cell keeps: its numbers are IEEE 754 doubles.
const WHOLE_MAX: u64 = (1 << 53) - 1;

/// How cells are read.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Render {
    /// Numbers as numbers, booleans as booleans, and what formulas come to.
    #[default]
    Unformatted,
    /// All as text, as people see it.
    Formatted,
    /// Formulas themselves.
    Formula,
}

/// How dates and times are read, where numbers are numbers.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Dates {
    /// As text, in the format of the cell.
    #[default]
    FormattedString,
    /// As days since 30 December 1899, with the time of day as a fraction.
    SerialNumber,
}

/// How what is written is taken.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Entry {
    /// As it is: text stays text, also where it begins with `=` or looks like a date.
    #[default]
    Raw,
    /// As if a person typed it: text becomes numbers, dates and formulas. Only for text that you trust, since a formula
    /// can send the sheet's content away.
    UserEntered,
}

impl Entry {
    /// As the parameter `valueInputOption`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Raw => "RAW",
            Self::UserEntered => "USER_ENTERED",
        }
    }
}

/// Adds how the answer's cells are rendered.
pub fn rendered(request: Request, render: Render, dates: Dates) -> Request {
    let render = match render {
        Render::Unformatted => "UNFORMATTED_VALUE",
        Render::Formatted => "FORMATTED_VALUE",
        Render::Formula => "FORMULA",
    };
    let dates = match dates {
        Dates::FormattedString => "FORMATTED_STRING",
        Dates::SerialNumber => "SERIAL_NUMBER",
    };
    request
        .query("valueRenderOption", render)
        .query("dateTimeRenderOption", dates)
}

/// The values of a range. Rows end with their last cell that is not empty, and the list with the last such row.
#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ValueRange {
    /// The range in A1 notation.
    pub range: String,
    /// A list of rows; each is a list of cells.
    #[serde(default)]
    pub values: Vec<Vec<Value>>,
}

/// What an update did.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Updated {
    /// The id of the spreadsheet.
    pub spreadsheet_id: String,
    /// What was written to, in A1 notation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_range: Option<String>,
    /// Rows that were written to.
    #[serde(default)]
    pub updated_rows: u32,
    /// Columns that were written to.
    #[serde(default)]
    pub updated_columns: u32,
    /// Cells that were written to.
    #[serde(default)]
    pub updated_cells: u32,
}

/// Refuses what no cell can hold; the failure names the field.
pub fn writable(cell: &Value, field: impl Fn() -> String) -> Result<(), Failure> {
    let why = match cell {
        Value::Array(_) | Value::Object(_) => {
            "a cell holds text, a number, a boolean or null, and this is a list or an object: write it as text"
        }
        Value::Number(number) if is_too_long(number) => {
            "a cell keeps 15 digits of a number, and this has more: write it as text"
        }
        _ => return Ok(()),
    };
    Err(Failure::reject(why).with_field(field()))
}

fn is_too_long(number: &serde_json::Number) -> bool {
    let whole = number
        .as_u64()
        .or_else(|| number.as_i64().map(i64::unsigned_abs));
    whole.is_some_and(|whole| whole > WHOLE_MAX)
}

/// Whether a cell holds nothing.
pub fn is_empty(cell: &Value) -> bool {
    cell.is_null() || cell.as_str() == Some("")
}

/// What is compared where a row is looked for: `7` and `"7"` are the same key, `007` is another.
pub fn key_text(cell: &Value) -> String {
    match cell {
        Value::Null => String::new(),
        Value::Bool(true) => "TRUE".to_owned(),
        Value::Bool(false) => "FALSE".to_owned(),
        Value::String(text) => text.clone(),
        // Whole numbers may come with a fraction of zero.
        Value::Number(number) => {
            let text = number.to_string();
            text.strip_suffix(".0").unwrap_or(&text).to_owned()
        }
        Value::Array(_) | Value::Object(_) => cell.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_no_cell_can_hold_is_refused() {
        for cell in [
            json!([]),
            json!({}),
            json!(9_007_199_254_740_993_u64),
            json!(i64::MIN),
        ] {
            let failure = writable(&cell, || "/rows/0/1".to_owned()).unwrap_err();
            assert_eq!(failure.cause.unwrap().field.as_deref(), Some("/rows/0/1"));
        }
        for cell in [
            json!(null),
            json!("=A1"),
            json!(1.5),
            json!(true),
            json!(WHOLE_MAX),
        ] {
            writable(&cell, String::new).unwrap();
        }
    }

    #[test]
    fn keys_are_compared_as_text() {
        for (cell, text) in [
            (json!(7), "7"),
            (json!(7.0), "7"),
            (json!("007"), "007"),
            (json!(true), "TRUE"),
            (json!(null), ""),
        ] {
            assert_eq!(key_text(&cell), text);
        }
    }
}
