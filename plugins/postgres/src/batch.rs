//! `batch`: one statement with many lists of parameters, all or nothing.

use mortise_sdk::sql::{self, Statement};
use mortise_sdk::{Action, Example, Failure, Outcome, Repeat, Turn};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::values::bound;

pub struct Batch;

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Input {
    /// A statement that changes something. Values belong into `parameters`, never into the text.
    sql: String,
    /// For each time a list with what `$1`, `$2` and so on are.
    parameters: Vec<Vec<Value>>,
}

/// What it did.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Output {
    /// Rows that were added, changed or deleted, altogether.
    affected: u64,
    /// The same for each list of parameters.
    each: Vec<u64>,
}

impl Action for Batch {
    const NAME: &'static str = "batch";
    const SUMMARY: &'static str = "carries a statement out once for each list of parameters";
    const REPEAT: Repeat = Repeat::Duplicates;
    type Input = Input;
    type Output = Output;

    fn invoke(input: Input, _: Turn) -> Result<Outcome<Output>, Failure> {
        let statement = |parameters| Statement::new(input.sql.as_str()).bind_all(bound(parameters));
        let statements = input.parameters.into_iter().map(statement).collect();
        let each: Vec<u64> = sql::transact(statements)?
            .into_iter()
            .map(|rows| rows.affected)
            .collect();
        Ok(Outcome::Done(Output {
            affected: each.iter().sum(),
            each,
        }))
    }

    fn examples() -> Vec<Example> {
        let input = json!({
            "sql": "UPDATE stock SET amount = amount - $2 WHERE sku = $1",
            "parameters": [["apple", 2], ["pear", 1]],
        });
        let output = json!({ "affected": 2, "each": [1, 1] });
        vec![Example::new("What an order takes", input).output(output)]
    }
}

#[cfg(test)]
mod tests {
    use mortise_sdk::fake::sql::{Answer, rows_of};
    use mortise_sdk::fake::{self, Host};

    use super::*;

    #[test]
    fn each_list_is_a_statement_of_one_transaction() {
        let one = |affected| sql::Rows { affected, ..none() };
        let rows = |rows: sql::Rows| fake::sql::Rows {
            affected: rows.affected,
            ..rows_of(&[], [])
        };
        let answer = Answer::new(vec![rows(one(1)), rows(one(0))]);
        let host = Host::new().sql(answer).install();
        let input = json!({ "sql": "DELETE FROM t WHERE a = $1", "parameters": [[1], [2]] });
        assert_eq!(
            fake::invoke::<Batch>(&input).unwrap(),
            json!({ "affected": 1, "each": [1, 0] })
        );
        assert_eq!(host.statements()[0].len(), 2);
    }

    fn none() -> sql::Rows {
        sql::Rows {
            columns: Vec::new(),
            rows: Vec::new(),
            affected: 0,
            truncated: false,
        }
    }
}
