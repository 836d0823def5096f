//! `query`: rows as objects, page by page, however long the query takes.

use mortise_sdk::{Action, Example, Failure, Outcome, Repeat, Turn};
use plugin_google::ask;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::bigquery::settings;
use crate::jobs::Job;
use crate::parameters::Parameters;
use crate::rows::object;
use crate::schema::Schema;
use crate::statement::Statement;

/// How long one request waits for the query, in milliseconds: most take no longer.
const WAIT_MS: &str = "5000";

pub struct Query;

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Input {
    /// One query in GoogleSQL.
    #[schemars(length(min = 1))]
    query: String,
    /// Values for `@name`, as an object, or for each `?`, as a list. A value shows its type, or says it: `{ type: NUMERIC, value: "0.10" }`,
    /// `{ type: "ARRAY<DATE>", value: ["2026-01-02"] }`.
    parameters: Option<Parameters>,
    /// The dataset of tables that are named without one.
    dataset: Option<String>,
    /// Where the data is, such as `EU` or `europe-west3`; the connection's without it.
    location: Option<String>,
    /// Rows of one page.
    #[serde(default = "page_size")]
    #[schemars(range(min = 1, max = 10_000))]
    page_size: u32,
    /// The query fails before it costs more bytes than this.
    max_bytes_billed: Option<u64>,
    /// Waits until there is room for it, instead of running at once.
    #[serde(default)]
    batch: bool,
}

fn page_size() -> u32 {
    1_000
}

/// The job, and the page of its rows that comes next.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Token {
    job: Job,
    page: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Results {
    job_complete: bool,
    #[serde(default)]
    schema: Schema,
    #[serde(default)]
    rows: Vec<Value>,
    page_token: Option<String>,
}

impl Action for Query {
    const NAME: &'static str = "query";
    const SUMMARY: &'static str = "runs a query and gives its rows";
    const REPEAT: Repeat = Repeat::Keyed;
    const PAGED: bool = true;
    type Input = Input;
    /// A row by the names of its columns.
    type Output = Map<String, Value>;

    fn invoke(input: Input, turn: Turn) -> Result<Outcome<Map<String, Value>>, Failure> {
        match turn {
            Turn::Start => {
                let mut job = Job::new(input.location.clone(), &settings()?);
                let state = input.statement().begin(&mut job)?;
                if state.may_be_repeated() {
                    return repeat(&input, &job);
                }
                rows(&input, job, None)
            }
            Turn::Next(token) => {
                let Token { job, page } = token.read("page token")?;
                rows(&input, job, Some(&page))
            }
            Turn::Resumed { token, .. } => rows(&input, token.read("suspension token")?, None),
        }
    }

    fn examples() -> Vec<Example> {
        let query = "SELECT id, total FROM shop.orders WHERE state = @state ORDER BY id";
        let input = json!({ "query": query, "parameters": { "state": "paid" }, "page-size": 2 });
        vec![Example::new("Orders in a state", input)]
    }
}

impl Input {
    fn statement(&self) -> Statement<'_> {
        Statement {
            text: &self.query,
            parameters: self.parameters.as_ref(),
            dataset: self.dataset.as_deref(),
            max_bytes_billed: self.max_bytes_billed,
            is_batch: self.batch,
            field: "/query",
        }
    }
}

/// Runs it again where BigQuery failed it.
fn repeat<T>(input: &Input, job: &Job) -> Result<Outcome<T>, Failure> {
    let Some(mut job) = job.again() else {
        return Err(
            Failure::retry("BigQuery failed the query three times").with_code("backendError")
        );
    };
    input.statement().begin(&mut job)?;
    job.later()
}

/// A page of the rows, or a suspension while there are none yet.
fn rows(
    input: &Input,
    job: Job,
    page: Option<&str>,
) -> Result<Outcome<Map<String, Value>>, Failure> {
    let request = job.request(&settings()?, "queries");
    let size = input.page_size.clamp(1, 10_000).to_string();
    let mut request = request
        .query("maxResults", &size)
        .query("timeoutMs", WAIT_MS);
    // Seconds as floating-point numbers, which are the default, lose microseconds.
    request = request.query("formatOptions.useInt64Timestamp", "true");
    if let Some(page) = page {
        request = request.query("pageToken", page);
    }
    let results: Results = match ask(request) {
        Ok(response) => response.json()?,
        // A query that failed answers with its error, and so does a request that did.
        Err(failure)
            if page.is_none() && is_passing(&failure) && job.state()?.may_be_repeated() =>
        {
            return repeat(input, &job);
        }
        Err(failure) => return Err(input.statement().in_text(failure)),
    };
    if !results.job_complete {
        return job.later();
    }
    let next = results.page_token.filter(|token| !token.is_empty());
    if next.is_some() && next.as_deref() == page {
        return Err(Failure::retry("BigQuery named a page as its own next page"));
    }
    let rows = results
        .rows
        .iter()
        .map(|row| object(&results.schema.fields, row));
    Outcome::page(rows.collect(), next.map(|page| Token { job, page }))
}

fn is_passing(failure: &Failure) -> bool {
    let code = failure
        .cause
        .as_ref()
        .and_then(|cause| cause.code.as_deref());
    code.is_some_and(plugin_google::Refusal::is_passing)
}

#[cfg(test)]
mod tests;
