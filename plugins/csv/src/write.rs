//! The action `write`.

mod sink;
mod table;

use mortise_sdk::files::File;
use mortise_sdk::{Action, Example, Failure, Json, Outcome, Repeat, Turn};
use plugin_fields::Pointer;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::dialect::{Dialect, comma};
use sink::Sink;
use table::Table;

/// Writes records as rows.
pub struct Write;

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Input {
    /// Objects, or lists of the values of a row.
    records: Vec<Json>,
    /// The columns in their order; without it the fields of the first record.
    #[serde(default)]
    columns: Option<Vec<Column>>,
    /// Whether the first row has the names of the columns.
    #[serde(default = "yes")]
    header: bool,
    /// One character between fields.
    #[serde(default = "comma")]
    delimiter: String,
    /// Which fields are quoted.
    #[serde(default)]
    quoting: Quoting,
    /// What ends a row.
    #[serde(default)]
    line_end: LineEnd,
    /// Begins with a byte order mark, by which Excel knows UTF-8.
    #[serde(default)]
    byte_order_mark: bool,
    /// Puts `'` before texts that a spreadsheet would run as a formula: those that begin with `=`, `+`, `-`, `@`,
    /// a tab or a return. Numbers stay as they are.
    #[serde(default)]
    guard_formulas: bool,
    /// Makes a file of the run instead of a text.
    #[serde(default)]
    save_as_file: bool,
    /// The name of the file.
    #[serde(default)]
    name: Option<String>,
}

fn yes() -> bool {
    true
}

/// A column.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(
    untagged,
    expecting = "the name of a field, or an object with `name` and `field`"
)]
enum Column {
    /// The name of a field.
    Name(String),
    /// A field anywhere in the record, under a name of its own.
    Field {
        /// In the header.
        name: String,
        /// A JSON Pointer into the record.
        field: Pointer,
    },
}

/// Which fields are quoted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Quoting {
    /// Those that could be read as something else.
    #[default]
    Necessary,
    /// All of them.
    All,
}

/// What ends a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum LineEnd {
    /// A return and a line feed, as RFC 4180 says.
    #[default]
    Crlf,
    /// A line feed.
    Lf,
}

/// What was written.
#[derive(Serialize, JsonSchema)]
pub struct Output {
    /// The CSV, null with `save-as-file`.
    text: Option<String>,
    /// The file with `save-as-file`, else null.
    file: Option<File>,
    /// Rows without the header.
    records: usize,
}

impl Action for Write {
    const NAME: &'static str = "write";
    const SUMMARY: &'static str = "writes records as CSV to a text or a file of the run";
    const REPEAT: Repeat = Repeat::Safe;
    type Input = Input;
    type Output = Output;

    fn invoke(input: Input, _: Turn) -> Result<Outcome<Output>, Failure> {
        let dialect = Dialect::new(&input.delimiter, "\"", false)?;
        let mut sink = match input.save_as_file {
            true => Sink::file(input.name.as_deref())?,
            false => Sink::text(),
        };
        if input.byte_order_mark {
            sink.push("\u{feff}")?;
        }
        let table = Table::new(&input, dialect)?;
        let mut row = String::new();
        if table.push_header(&mut row) {
            sink.push(&row)?;
        }
        for (index, record) in input.records.iter().enumerate() {
            row.clear();
            let pushed = table.push_record(record, &mut row);
            pushed.map_err(|failure| failure.with_record(index))?;
            sink.push(&row)?;
        }
        let (text, file) = sink.end()?;
        Ok(Outcome::Done(Output {
            text,
            file,
            records: input.records.len(),
        }))
    }

    fn examples() -> Vec<Example> {
        let records = json!([
            { "id": 7, "customer": { "name": "Doe, Ann" }, "total": 12.5 },
            { "id": 8, "customer": { "name": "Bo" }, "total": null },
        ]);
        let columns = json!(["id", { "name": "customer", "field": "/customer/name" }, "total"]);
        vec![
            Example::new(
                "chosen columns as a text",
                json!({ "records": records, "columns": columns, "line-end": "lf" }),
            )
            .output(json!({
                "text": "id,customer,total\n7,\"Doe, Ann\",12.5\n8,Bo,\n", "file": null, "records": 2,
            })),
            Example::new(
                "a file for a spreadsheet",
                json!({
                    "records": [{ "note": "=1+1" }], "byte-order-mark": true, "guard-formulas": true,
                    "save-as-file": true, "name": "notes.csv",
                }),
            ),
        ]
    }
}

#[cfg(test)]
mod tests;
