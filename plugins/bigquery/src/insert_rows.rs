//! `insert-rows`: streams rows into a table, all of them or none. BigQuery forgets the ids of rows
//! after a minute or so; `load-json` is what stays exact for longer.

use mortise_sdk::http::Request;
use mortise_sdk::{Action, Example, Failure, Outcome, Repeat, Turn, context, json};
use plugin_google::{Refusal, ask};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use crate::bigquery::settings;

/// The longest id of a row.
const ID_MAX_BYTES: usize = 128;
/// What `-` and the number of a row take of it.
const NUMBER_MAX_BYTES: usize = 6;
/// Rows of one request.
const ROWS_MAX: usize = 50_000;

pub struct InsertRows;

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Input {
    /// The project of the table; the connection's without it.
    project: Option<String>,
    /// The dataset of the table.
    dataset: String,
    /// The table.
    table: String,
    /// Rows by the names of their columns. Numbers that JSON would round, such as `NUMERIC`, are text.
    #[schemars(length(min = 1, max = 50_000))]
    rows: Vec<Map<String, Value>>,
    /// The column that tells a row apart, so that the same row of another run is not inserted again either. The step's own key
    /// does so without it.
    id_column: Option<String>,
    /// Leaves values out for which the table has no column, instead of refusing the rows.
    #[serde(default)]
    ignore_unknown: bool,
}

/// How many rows were taken.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct Output {
    /// All that were given.
    inserted: usize,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    kind: String,
    #[serde(default)]
    insert_errors: Vec<RowErrors>,
}

#[derive(Deserialize)]
struct RowErrors {
    #[serde(default)]
    index: usize,
    #[serde(default)]
    errors: Vec<RowError>,
}

#[derive(Deserialize)]
struct RowError {
    #[serde(default)]
    reason: String,
    #[serde(default)]
    location: String,
    #[serde(default)]
    message: String,
}

impl Action for InsertRows {
    const NAME: &'static str = "insert-rows";
    const SUMMARY: &'static str = "streams rows into a table";
    const REPEAT: Repeat = Repeat::Keyed;
    type Input = Input;
    type Output = Output;

    fn invoke(input: Input, _: Turn) -> Result<Outcome<Output>, Failure> {
        if input.rows.is_empty() || input.rows.len() > ROWS_MAX {
            let why =
                format!("one call takes 1 to {ROWS_MAX} rows: leave it out, or use `load-json`");
            return Err(Failure::reject(why).with_field("/rows"));
        }
        let rows = input.rows.iter().enumerate().map(|(n, row)| {
            let id = input.id(n, row)?;
            Ok(json!({ "insertId": id, "json": row }))
        });
        let rows: Vec<Value> = rows.collect::<Result<_, Failure>>()?;
        let body = json!({ "rows": rows, "skipInvalidRows": false, "ignoreUnknownValues": input.ignore_unknown });
        let table = [
            "datasets",
            &input.dataset,
            "tables",
            &input.table,
            "insertAll",
        ];
        let url = settings()?.in_project(input.project.as_deref(), &table);
        let answer: Answer = ask(Request::post(url).json(&body)?)?.json()?;
        if answer.kind != "bigquery#tableDataInsertAllResponse" {
            return Err(Failure::unclear(
                "BigQuery did not say whether it took the rows",
            ));
        }
        match refusal(&answer.insert_errors) {
            Some(failure) => Err(failure),
            None => Ok(Outcome::Done(Output {
                inserted: rows.len(),
            })),
        }
    }

    fn examples() -> Vec<Example> {
        let rows = json!([{ "id": 7, "total": "12.50", "at": "2026-01-02T03:04:05Z" }, { "id": 8, "tags": ["new"] }]);
        let input = json!({ "dataset": "shop", "table": "orders", "rows": rows });
        vec![Example::new("Two orders", input).output(json!({ "inserted": 2 }))]
    }
}

impl Input {
    /// What BigQuery knows a row by.
    fn id(&self, n: usize, row: &Map<String, Value>) -> Result<String, Failure> {
        let Some(column) = &self.id_column else {
            return Ok(format!(
                "{}-{n}",
                short(&context::idempotency_key(), ID_MAX_BYTES - NUMBER_MAX_BYTES)
            ));
        };
        let text = match row.get(column) {
            Some(Value::String(text)) => text.clone(),
            Some(value @ (Value::Number(_) | Value::Bool(_))) => value.to_string(),
            _ => String::new(),
        };
        if text.is_empty() {
            let why = format!("the row has no value for the column `{column}`, which is its id");
            return Err(at(Failure::reject(why), n, column));
        }
        Ok(short(&text, ID_MAX_BYTES))
    }
}

/// A text, or what stands for one that is too long.
fn short(text: &str, max_bytes: usize) -> String {
    match text.len() <= max_bytes {
        true => text.to_owned(),
        false => Sha256::digest(text)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect(),
    }
}

/// The first row that is wrong by itself. The others were `stopped`, since none is taken where one is
/// not.
fn refusal(rows: &[RowErrors]) -> Option<Failure> {
    let is_own = |error: &&RowError| error.reason != "stopped";
    let wrong = rows
        .iter()
        .filter_map(|row| Some((row.index, row.errors.iter().find(is_own)?)));
    let mut wrong: Vec<_> = wrong.collect();
    wrong.sort_by_key(|(index, _)| *index);
    let Some((index, error)) = wrong.first() else {
        let all_stopped = !rows.is_empty();
        return all_stopped.then(|| {
            Failure::retry("BigQuery stopped before it took the rows").with_code("stopped")
        });
    };
    if Refusal::is_passing(&error.reason) || error.reason == "timeout" {
        return Some(Failure::retry(error.message.clone()).with_code(error.reason.as_str()));
    }
    let more = match wrong.len() - 1 {
        0 => String::new(),
        1 => ", and one more row is wrong".to_owned(),
        more => format!(", and {more} more rows are wrong"),
    };
    let message = error.message.trim_end_matches('.');
    let failure = Failure::reject(format!("row {index}: {message}{more}; no row was inserted"));
    Some(at(
        failure.with_code(error.reason.as_str()),
        *index,
        &error.location,
    ))
}

/// Names the record and the field, of which BigQuery says `lines[0].price`.
fn at(failure: Failure, index: usize, location: &str) -> Failure {
    let mut pointer = format!("/rows/{index}");
    for token in location
        .split(['.', '[', ']'])
        .filter(|token| !token.is_empty())
    {
        json::push_token(&mut pointer, token);
    }
    failure.with_record(index).with_field(pointer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_never_too_long() {
        let id = short(&"k".repeat(130), ID_MAX_BYTES - NUMBER_MAX_BYTES);
        assert_eq!(id.len(), 64);
        assert_eq!(short("k", ID_MAX_BYTES), "k");
    }

    #[test]
    fn the_row_that_is_wrong_is_named_and_not_those_that_were_stopped() {
        let errors = json!([
            { "index": 0, "errors": [{ "reason": "stopped" }] },
            { "index": 3, "errors": [{ "reason": "invalid", "location": "total", "message": "x" }] },
            { "index": 1, "errors": [{ "reason": "invalid", "location": "lines[0].price", "message": "no such field: price." }] },
        ]);
        let errors: Vec<RowErrors> = serde_json::from_value(errors).unwrap();
        let failure = refusal(&errors).unwrap();
        assert_eq!(
            failure.message,
            "row 1: no such field: price, and one more row is wrong; no row was inserted"
        );
        let cause = failure.cause.unwrap();
        assert_eq!(
            (cause.record, cause.field.as_deref()),
            (Some(1), Some("/rows/1/lines/0/price"))
        );
    }
}
