//! `query`: reads with a statement of SQL.

use mortise_sdk::sql::{self, Statement};
use mortise_sdk::{Action, Example, Failure, Outcome, Repeat, Turn};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::rows::Row;
use crate::values::bound;

pub struct Query;

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Input {
    /// A statement that reads. Values belong into `parameters`, never into the text.
    sql: String,
    /// For `$1`, `$2` and so on. A list is an array, an object is JSON.
    #[serde(default)]
    parameters: Vec<Value>,
    /// The most rows that come back.
    #[serde(default = "max_rows")]
    #[schemars(range(min = 1, max = 100_000))]
    max_rows: u32,
    /// What to do where there are more.
    #[serde(default)]
    on_more: OnMore,
}

fn max_rows() -> u32 {
    1_000
}

/// What to do with more rows than are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum OnMore {
    /// Fail with the code `too-many-rows`, so that nobody takes a part for the whole.
    #[default]
    Fail,
    /// Give the first ones, with `truncated`.
    Truncate,
}

/// What was read.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Output {
    /// A row is an object of its columns.
    rows: Vec<Row>,
    /// How many there are here.
    count: usize,
    /// There were more than `max-rows`.
    truncated: bool,
}

/// What the server says where a statement would change something.
const READ_ONLY: &str = "25006";

impl Action for Query {
    const NAME: &'static str = "query";
    const SUMMARY: &'static str = "reads rows with a statement of SQL";
    const REPEAT: Repeat = Repeat::Safe;
    type Input = Input;
    type Output = Output;

    fn invoke(input: Input, _: Turn) -> Result<Outcome<Output>, Failure> {
        let asked = Statement::new(input.sql).bind_all(bound(input.parameters));
        let rows = read(asked.rows_max(input.max_rows))?;
        if rows.truncated && input.on_more == OnMore::Fail {
            let text = format!(
                "there are more than {} rows: raise `max-rows`, say `on-more: truncate`, or use `query-pages`",
                input.max_rows
            );
            return Err(Failure::reject(text)
                .with_code("too-many-rows")
                .with_field("/max-rows"));
        }
        let truncated = rows.truncated;
        let rows = rows.objects();
        Ok(Outcome::Done(Output {
            count: rows.len(),
            rows,
            truncated,
        }))
    }

    fn examples() -> Vec<Example> {
        let input = json!({
            "sql": "SELECT id, total FROM orders WHERE customer = $1",
            "parameters": ["ann"],
        });
        let output = json!({
            "rows": [{ "id": 7, "total": "12.50" }], "count": 1, "truncated": false,
        });
        vec![Example::new("The orders of a customer", input).output(output)]
    }
}

/// Carries a statement out in a transaction that changes nothing: the server sees to it.
pub fn read(statement: Statement) -> Result<sql::Rows, Failure> {
    let only_reads = Statement::new("SET TRANSACTION READ ONLY");
    let outcome = sql::try_transact(vec![only_reads, statement]);
    let all = outcome.map_err(|error| match error.sqlstate.as_str() {
        READ_ONLY => Failure::misconfigured(format!(
            "{}: `query` only reads, and `transaction` changes",
            of_the_second(&error.message)
        ))
        .with_code(READ_ONLY),
        _ => {
            let mut failure = error.of_reading();
            failure.message = of_the_second(&failure.message).to_owned();
            failure
        }
    })?;
    let rows = all.into_iter().nth(1);
    rows.ok_or_else(|| Failure::retry("the host gave no rows for a statement"))
}

/// The statement that a person wrote is the second of two, which says nothing to them.
fn of_the_second(message: &str) -> &str {
    message
        .strip_prefix("statement 2 of 2: ")
        .unwrap_or(message)
}

#[cfg(test)]
mod tests {
    use mortise_sdk::Disposition;
    use mortise_sdk::fake::sql::{Answer, rows_of};
    use mortise_sdk::fake::{self, Host};

    use super::*;

    fn two() -> Answer {
        let rows = rows_of(&["id"], [vec![1.into()], vec![2.into()]]);
        Answer::new(vec![rows_of(&[], []), rows])
    }

    #[test]
    fn more_rows_than_wanted_are_a_failure_or_a_flag() {
        let host = Host::new().sql(two()).sql(two()).install();
        let input = |more| json!({ "sql": "SELECT id FROM t", "max-rows": 1, "on-more": more });
        let failure = fake::invoke::<Query>(&input("fail")).unwrap_err();
        assert_eq!(
            failure.cause.unwrap().code.as_deref(),
            Some("too-many-rows")
        );
        let output = fake::invoke::<Query>(&input("truncate")).unwrap();
        assert_eq!(
            output,
            json!({ "rows": [{ "id": 1 }], "count": 1, "truncated": true })
        );
        assert_eq!(host.statements()[0][0].text, "SET TRANSACTION READ ONLY");
    }

    #[test]
    fn a_statement_that_changes_is_refused() {
        let words = "statement 2 of 2: cannot execute DELETE in a read-only transaction";
        let _host = Host::new().sql(Answer::error("25006", words)).install();
        let failure = fake::invoke::<Query>(&json!({ "sql": "DELETE FROM t" })).unwrap_err();
        assert_eq!(failure.disposition, Disposition::Misconfigured);
        assert!(
            failure.message.starts_with("cannot execute DELETE"),
            "{}",
            failure.message
        );
    }
}
