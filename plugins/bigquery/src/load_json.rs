//! `load-json`: a load job, which takes all rows or none, and once: its id is the call's key.
//!
//! The data goes up in a session of its own, so that a file of the run never passes through the plugin.

use mortise_sdk::files::{self, File};
use mortise_sdk::http::{Body, Request};
use mortise_sdk::{Action, Example, Failure, Outcome, Repeat, Turn, json};
use plugin_google::ask;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::bigquery::settings;
use crate::jobs::{Job, State};
use crate::schema::Column;

pub struct LoadJson;

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Input {
    /// The project of the table; the connection's without it.
    project: Option<String>,
    /// The dataset of the table.
    dataset: String,
    /// The table; it is created where it is not there, if its columns are known.
    table: String,
    /// Rows by the names of their columns. Give either these or a `file`.
    rows: Option<Vec<Map<String, Value>>>,
    /// A file with one JSON object in each line.
    file: Option<File>,
    /// The columns, for a table that is not there yet, or that is replaced.
    #[serde(default)]
    columns: Vec<Column>,
    /// Has BigQuery find out what the columns are.
    #[serde(default)]
    autodetect: bool,
    /// What becomes of rows that are there.
    #[serde(default)]
    write: Write,
    /// Leaves values out for which the table has no column, instead of refusing the load.
    #[serde(default)]
    ignore_unknown: bool,
    /// Where the table is, such as `EU` or `europe-west3`; the connection's without it.
    location: Option<String>,
}

/// What becomes of rows that are there.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Write {
    /// They stay.
    #[default]
    Append,
    /// They go.
    Replace,
    /// The load is refused.
    IfEmpty,
}

/// What was loaded.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Output {
    /// The id of the job that did it.
    job_id: String,
    /// Rows that were loaded.
    output_rows: u64,
    /// Bytes that were read.
    input_bytes: u64,
}

impl Action for LoadJson {
    const NAME: &'static str = "load-json";
    const SUMMARY: &'static str = "loads rows, or a file of JSON lines, into a table";
    const REPEAT: Repeat = Repeat::Keyed;
    type Input = Input;
    type Output = Output;

    fn invoke(input: Input, turn: Turn) -> Result<Outcome<Output>, Failure> {
        let (job, state) = match turn {
            Turn::Resumed { token, .. } => {
                let job: Job = token.read("suspension token")?;
                let state = job.state()?;
                (job, state)
            }
            Turn::Start | Turn::Next(_) => {
                let mut job = Job::new(input.location.clone(), &settings()?);
                let state = job.begin(|job| upload(&input, job))?;
                (job, state)
            }
        };
        if state.may_be_repeated()
            && let Some(mut again) = job.again()
        {
            again.begin(|job| upload(&input, job))?;
            return again.later();
        }
        match state
            .is_done()
            .map_err(|failure| in_row(&input, &state, failure))?
        {
            true => Ok(Outcome::Done(output(&job, &state))),
            false => job.later(),
        }
    }

    fn examples() -> Vec<Example> {
        let rows = json!([{ "id": 7, "total": "12.50" }, { "id": 8, "total": null }]);
        let rows = json!({ "dataset": "shop", "table": "orders", "rows": rows });
        let file = json!({ "dataset": "shop", "table": "orders", "file": { "$file": "orders" }, "write": "replace", "autodetect": true });
        vec![Example::new("Rows", rows), Example::new("A file", file)]
    }
}

impl Input {
    fn configuration(&self, project: &str) -> Value {
        let write = match self.write {
            Write::Append => "WRITE_APPEND",
            Write::Replace => "WRITE_TRUNCATE",
            Write::IfEmpty => "WRITE_EMPTY",
        };
        let mut load = json!({
            "destinationTable": { "projectId": project, "datasetId": self.dataset, "tableId": self.table },
            "sourceFormat": "NEWLINE_DELIMITED_JSON",
            "writeDisposition": write,
            "autodetect": self.autodetect,
            "ignoreUnknownValues": self.ignore_unknown,
        });
        if !self.columns.is_empty() {
            load["schema"] = json!({ "fields": self.columns });
        }
        json!({ "load": load })
    }

    /// What goes up.
    fn data(&self) -> Result<Body, Failure> {
        match (&self.rows, &self.file) {
            (Some(rows), None) if !rows.is_empty() => {
                Ok(Body::Bytes(lines(rows).concat().into_bytes()))
            }
            (Some(_), None) => {
                Err(Failure::reject("there are no rows to load").with_field("/rows"))
            }
            (None, Some(file)) => {
                files::stat(&file.id).map_err(|why| Failure::reject(why).with_field("/file"))?;
                Ok(Body::File(file.id.clone()))
            }
            (None, None) => Err(Failure::reject(
                "there is nothing to load: give `rows` or a `file`",
            )
            .with_field("/rows")),
            (Some(_), Some(_)) => {
                Err(Failure::reject("give either `rows` or a `file`").with_field("/file"))
            }
        }
    }
}

/// Each row as a line.
fn lines(rows: &[Map<String, Value>]) -> Vec<String> {
    rows.iter().map(|row| format!("{}\n", json!(row))).collect()
}

/// Opens a session for the job's data, and sends it there.
fn upload(input: &Input, job: &Job) -> Result<State, Failure> {
    let data = input.data()?;
    let settings = settings()?;
    let jobs = settings.url(
        "/upload/bigquery/v2",
        &["projects", &settings.project_id, "jobs"],
    );
    let configuration = input.configuration(settings.project(input.project.as_deref()));
    let body = json!({ "jobReference": job.reference(&settings), "configuration": configuration });
    let request = Request::post(&jobs).query("uploadType", "resumable");
    let request = request.header("x-upload-content-type", "application/octet-stream");
    let opened = ask(request.json(&body)?)?;
    // The session is where the API is, whatever it calls itself: only what follows the path is its own.
    let session = opened
        .header("location")
        .and_then(|location| location.split_once('?'));
    let Some((_, session)) = session else {
        return Err(Failure::retry("BigQuery opened no session for the data"));
    };
    let send = Request::put(format!("{jobs}?{session}"));
    ask(send
        .header("content-type", "application/octet-stream")
        .body(data))?
    .json()
}

/// The row that a load failed at, where the words of BigQuery tell: the position of its first byte, and its
/// column.
fn in_row(input: &Input, state: &State, failure: Failure) -> Failure {
    let (Some(rows), Some(detail)) = (&input.rows, state.detail()) else {
        return failure;
    };
    let Some(position) = number_after(detail, "position ") else {
        return failure;
    };
    let ends = lines(rows).into_iter().scan(0, |end, line| {
        *end += line.len();
        Some(*end)
    });
    let Some(index) = ends.into_iter().position(|end| position < end) else {
        return failure;
    };
    let mut pointer = format!("/rows/{index}");
    let column = ["No such field: ", "Field: "]
        .iter()
        .find_map(|before| word_after(detail, before));
    for token in column
        .unwrap_or_default()
        .split('.')
        .filter(|token| !token.is_empty())
    {
        json::push_token(&mut pointer, token);
    }
    failure.with_record(index).with_field(pointer)
}

fn number_after(text: &str, before: &str) -> Option<usize> {
    let rest = &text[text.find(before)? + before.len()..];
    let digits = rest.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok()
}

fn word_after<'a>(text: &'a str, before: &str) -> Option<&'a str> {
    let rest = &text[text.find(before)? + before.len()..];
    let word = rest.split([';', ' ', ',']).next()?;
    Some(word.trim_end_matches('.'))
}

fn output(job: &Job, state: &State) -> Output {
    let load = &state.statistics["load"];
    let count = |name: &str| {
        let text = load[name].as_str().unwrap_or_default();
        text.parse().unwrap_or_default()
    };
    Output {
        job_id: job.id(),
        output_rows: count("outputRows"),
        input_bytes: count("inputFileBytes"),
    }
}

#[cfg(test)]
mod tests;
