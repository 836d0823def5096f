//! `execute`: a statement that changes something, and how much it changed.

use mortise_sdk::{Action, Example, Failure, Outcome, Repeat, Turn};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::bigquery::settings;
use crate::jobs::{Job, State};
use crate::parameters::Parameters;
use crate::statement::Statement;

pub struct Execute;

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Input {
    /// A statement in GoogleSQL: `INSERT`, `UPDATE`, `DELETE`, `MERGE`, `CREATE`, `DROP`, or several of them.
    #[schemars(length(min = 1))]
    statement: String,
    /// Values for `@name`, as an object, or for each `?`, as a list; as those of `query`.
    parameters: Option<Parameters>,
    /// The dataset of tables that are named without one.
    dataset: Option<String>,
    /// Where the data is, such as `EU` or `europe-west3`; the connection's without it.
    location: Option<String>,
    /// The statement fails before it costs more bytes than this.
    max_bytes_billed: Option<u64>,
    /// Waits until there is room for it, instead of running at once.
    #[serde(default)]
    batch: bool,
}

/// What the statement did.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Output {
    /// The id of the job that ran it.
    job_id: String,
    /// Such as `UPDATE`; `SCRIPT` where there were several.
    statement_type: Option<String>,
    /// Rows that were inserted, updated or deleted.
    affected_rows: Option<u64>,
}

impl Action for Execute {
    const NAME: &'static str = "execute";
    const SUMMARY: &'static str = "runs a statement that changes data or tables";
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
                let state = input.statement().begin(&mut job)?;
                (job, state)
            }
        };
        if state.may_be_repeated()
            && let Some(mut again) = job.again()
        {
            input.statement().begin(&mut again)?;
            return again.later();
        }
        match state
            .is_done()
            .map_err(|failure| input.statement().in_text(failure))?
        {
            true => Ok(Outcome::Done(output(&job, &state))),
            false => job.later(),
        }
    }

    fn examples() -> Vec<Example> {
        let statement = "UPDATE shop.orders SET state = 'sent' WHERE id IN UNNEST(@ids)";
        let input = json!({ "statement": statement, "parameters": { "ids": [7, 9] } });
        vec![Example::new("Orders that were sent", input)]
    }
}

impl Input {
    fn statement(&self) -> Statement<'_> {
        Statement {
            text: &self.statement,
            parameters: self.parameters.as_ref(),
            dataset: self.dataset.as_deref(),
            max_bytes_billed: self.max_bytes_billed,
            is_batch: self.batch,
            field: "/statement",
        }
    }
}

fn output(job: &Job, state: &State) -> Output {
    let query = &state.statistics["query"];
    Output {
        job_id: job.id(),
        statement_type: query["statementType"].as_str().map(str::to_owned),
        affected_rows: query["numDmlAffectedRows"]
            .as_str()
            .and_then(|count| count.parse().ok()),
    }
}
