//! `transaction-once`: the same, and not a second time. The call's idempotency key becomes a row of a table in the same
//! transaction: where it is there already, everything else has been done.

use mortise_sdk::sql::{self, Statement};
use mortise_sdk::{Action, Example, Failure, Outcome, Repeat, Turn, context};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::names::{Table, quoted};
use crate::transaction::{Asked, Done};

pub struct TransactionOnce;

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Input {
    /// The table of the keys, with a unique column of text: `CREATE TABLE mortise_keys (key text PRIMARY KEY, at
    /// timestamptz NOT NULL DEFAULT now())`.
    keys: Table,
    /// The column of the key.
    #[serde(default = "column")]
    key_column: String,
    /// In the order in which they are carried out.
    statements: Vec<Asked>,
}

fn column() -> String {
    "key".to_owned()
}

/// What they did.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Output {
    /// An earlier attempt had done it; then there are no results.
    already_done: bool,
    /// For each statement.
    results: Vec<Done>,
}

/// Duplicate key.
const UNIQUE: &str = "23505";

impl Action for TransactionOnce {
    const NAME: &'static str = "transaction-once";
    const SUMMARY: &'static str = "carries statements out once, however often it is tried";
    const REPEAT: Repeat = Repeat::Keyed;
    type Input = Input;
    type Output = Output;

    fn invoke(input: Input, _: Turn) -> Result<Outcome<Output>, Failure> {
        let note = format!(
            "INSERT INTO {} ({}) VALUES ($1)",
            input.keys.quoted()?,
            quoted(&input.key_column, "/key-column")?
        );
        let first = Statement::new(note).bind(context::idempotency_key());
        let is_alone = input.statements.is_empty();
        let others = input.statements.into_iter().map(Into::into);
        let outcome = sql::try_transact(std::iter::once(first).chain(others).collect());
        let is_repeated = |error: &sql::Error| {
            error.sqlstate == UNIQUE && (is_alone || error.message.starts_with("statement 1 of "))
        };
        match outcome {
            Ok(all) => Ok(Outcome::Done(Output {
                already_done: false,
                results: all.into_iter().skip(1).map(Into::into).collect(),
            })),
            Err(error) if is_repeated(&error) => Ok(Outcome::Done(Output {
                already_done: true,
                results: Vec::new(),
            })),
            Err(error) => Err(error.into()),
        }
    }

    fn examples() -> Vec<Example> {
        let input = json!({ "keys": "mortise_keys", "statements": [
            { "sql": "UPDATE accounts SET balance = balance - $2 WHERE id = $1", "parameters": [1, "5.00"] },
        ] });
        vec![Example::new("A withdrawal, once", input)]
    }
}

#[cfg(test)]
mod tests {
    use mortise_sdk::fake::sql::{Answer, Value};
    use mortise_sdk::fake::{self, Host};

    use super::*;

    #[test]
    fn what_was_done_is_not_done_again() {
        let there = "statement 1 of 2: duplicate key value; Key (key)=(test-key) already exists (table `k`)";
        let host = Host::new().sql(Answer::error(UNIQUE, there)).install();
        let input = json!({ "keys": "k", "statements": [{ "sql": "UPDATE t SET a = a + 1" }] });
        let output = fake::invoke::<TransactionOnce>(&input).unwrap();
        assert_eq!(output, json!({ "already-done": true, "results": [] }));
        let first = &host.statements()[0][0];
        assert_eq!(first.text, r#"INSERT INTO "k" ("key") VALUES ($1)"#);
        assert_eq!(first.parameters, [Value::Text("test-key".into())]);
    }

    #[test]
    fn another_unique_violation_is_a_failure() {
        let other =
            "statement 2 of 2: duplicate key value; Key (id)=(7) already exists (table `t`)";
        let _host = Host::new().sql(Answer::error(UNIQUE, other)).install();
        let input = json!({ "keys": "k", "statements": [{ "sql": "INSERT INTO t VALUES (7)" }] });
        assert!(fake::invoke::<TransactionOnce>(&input).is_err());
    }
}
