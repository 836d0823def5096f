//! `transaction`: statements that are carried out together or not at all.

use mortise_sdk::sql::{self, Rows, Statement};
use mortise_sdk::{Action, Example, Failure, Outcome, Repeat, Turn};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::rows::Row;
use crate::values::bound;

pub struct Transaction;

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Input {
    /// In the order in which they are carried out. What one gives, another can only take by SQL: with a `WITH`, or
    /// with `currval`.
    statements: Vec<Asked>,
}

/// One statement.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Asked {
    /// The statement. Values belong into `parameters`, never into the text.
    sql: String,
    /// For `$1`, `$2` and so on. A list is an array, an object is JSON.
    #[serde(default)]
    parameters: Vec<Value>,
    /// The most rows that come back of it.
    #[serde(default = "max_rows")]
    #[schemars(range(min = 0, max = 100_000))]
    max_rows: u32,
}

fn max_rows() -> u32 {
    1_000
}

impl From<Asked> for Statement {
    fn from(asked: Asked) -> Self {
        Self::new(asked.sql)
            .bind_all(bound(asked.parameters))
            .rows_max(asked.max_rows)
    }
}

/// What they did.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Output {
    /// For each statement.
    pub results: Vec<Done>,
}

/// What a statement did.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Done {
    /// Rows that were read, added, changed or deleted.
    affected: u64,
    /// The rows that it gives.
    rows: Vec<Row>,
    /// There were more than `max-rows`.
    truncated: bool,
}

impl From<Rows> for Done {
    fn from(rows: Rows) -> Self {
        Self {
            affected: rows.affected,
            truncated: rows.truncated,
            rows: rows.objects(),
        }
    }
}

impl Action for Transaction {
    const NAME: &'static str = "transaction";
    const SUMMARY: &'static str = "carries statements out together or not at all";
    const REPEAT: Repeat = Repeat::Duplicates;
    type Input = Input;
    type Output = Output;

    fn invoke(input: Input, _: Turn) -> Result<Outcome<Output>, Failure> {
        let statements = input.statements.into_iter().map(Into::into).collect();
        let all = sql::transact(statements)?;
        Ok(Outcome::Done(Output {
            results: all.into_iter().map(Into::into).collect(),
        }))
    }

    fn examples() -> Vec<Example> {
        let input = json!({ "statements": [
            { "sql": "UPDATE accounts SET balance = balance - $2 WHERE id = $1", "parameters": [1, "5.00"] },
            { "sql": "UPDATE accounts SET balance = balance + $2 WHERE id = $1", "parameters": [2, "5.00"] },
        ] });
        vec![Example::new("A transfer", input)]
    }
}

#[cfg(test)]
mod tests {
    use mortise_sdk::Disposition;
    use mortise_sdk::fake::sql::Answer;
    use mortise_sdk::fake::{self, Host};

    use super::*;

    #[test]
    fn a_lost_answer_is_unclear() {
        let _host = Host::new().sql(Answer::lost()).install();
        let input = json!({ "statements": [{ "sql": "DELETE FROM t" }] });
        let failure = fake::invoke::<Transaction>(&input).unwrap_err();
        assert_eq!(failure.disposition, Disposition::Unclear);
    }
}
