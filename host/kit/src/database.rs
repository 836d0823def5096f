//! The application as a database: transactions are answered as a script says, without a server.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use mortise_sql::{At, Error, Rows, Statement, Transacting, Transactor, Value};
use serde_json::{Value as Json, json};
use tokio::time::Instant;

use crate::application::{Fault, State, lock};
use crate::matching::Seen;
use crate::script::{Answer, Rows as Given, Statement as Expected};

/// What stands in the place of an HTTP method.
pub(crate) const METHOD: &str = "SQL";

/// The database of an application.
pub(crate) struct Database(pub Arc<Mutex<State>>);

impl Transactor for Database {
    fn transact<'a>(
        &'a self,
        _: &'a At,
        statements: &'a [Statement],
        _: Instant,
    ) -> Transacting<'a> {
        Box::pin(async move { self.answer(statements) })
    }
}

impl Database {
    fn answer(&self, statements: &[Statement]) -> Result<Vec<Rows>, Error> {
        let mut state = lock(&self.0);
        let answered = state.answer(seen(statements));
        let (answer, fault) = answered.map_err(|why| said("0A000", &why, true))?;
        match (fault, &answer.error) {
            (Some(Fault::Sql(sqlstate, sent)), _) => {
                Err(said(sqlstate, "made by the conformance kit", sent))
            }
            (_, Some(error)) => Err(said(&error.sqlstate, &error.message, true)),
            (_, None) => Ok(given(answer, statements)),
        }
    }
}

fn said(sqlstate: &str, message: &str, sent: bool) -> Error {
    Error::Rehearsed {
        sqlstate: sqlstate.to_owned(),
        message: message.to_owned(),
        sent,
    }
}

/// A transaction as a request: its statements are the body.
fn seen(statements: &[Statement]) -> Seen {
    let shown = |statement: &Statement| {
        let parameters: Vec<Json> = statement.parameters.iter().map(as_json).collect();
        json!({ "text": statement.text, "parameters": parameters })
    };
    let body: Vec<Json> = statements.iter().map(shown).collect();
    Seen {
        method: METHOD.to_owned(),
        path_and_query: String::new(),
        headers: BTreeMap::new(),
        body: Json::Array(body).to_string().into(),
    }
}

/// What differs, and how much before it did not.
pub(crate) fn differs(
    expected: &[Expected],
    seen: &Seen,
    with_key: &dyn Fn(&str) -> String,
) -> Option<(usize, String)> {
    let found: Vec<Expected> = serde_json::from_slice(&seen.body).unwrap_or_default();
    if expected.len() != found.len() {
        let why = format!(
            "there are {} statements, not {}",
            found.len(),
            expected.len()
        );
        return Some((1, why));
    }
    for (n, (expected, found)) in expected.iter().zip(&found).enumerate() {
        if !expected
            .text
            .split_whitespace()
            .eq(found.text.split_whitespace())
        {
            return Some((2 + n, format!("the statement is not `{}`", expected.text)));
        }
        let mut parameters = expected.parameters.clone();
        parameters.iter_mut().for_each(|one| put_key(one, with_key));
        if parameters != found.parameters {
            let why = format!(
                "the parameters of `{}` are not {}",
                expected.text,
                Json::Array(parameters)
            );
            return Some((2 + n, why));
        }
    }
    None
}

fn put_key(value: &mut Json, with_key: &dyn Fn(&str) -> String) {
    if let Json::String(text) = value {
        *text = with_key(text);
    }
}

/// What the script gives, and no more rows than a statement wants.
fn given(answer: &Answer, statements: &[Statement]) -> Vec<Rows> {
    let none = Given::default();
    let each = statements.iter().enumerate().map(|(n, statement)| {
        let given = answer.results.get(n).unwrap_or(&none);
        let count = given.rows.len();
        let rows_max = statement.rows_max as usize;
        let rows = given.rows.iter().take(rows_max);
        Rows {
            columns: given.columns.clone(),
            rows: rows.map(|row| row.iter().map(as_value).collect()).collect(),
            affected: given.affected.unwrap_or(count as u64),
            truncated: count > rows_max,
        }
    });
    each.collect()
}

/// As scripts write values.
fn as_json(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Boolean(is_true) => Json::from(*is_true),
        Value::Integer(number) => Json::from(*number),
        Value::Float(number) => Json::from(*number),
        Value::Text(text) | Value::Timestamp(text) | Value::Numeric(text) => {
            Json::from(text.as_str())
        }
        Value::Json(text) => {
            serde_json::from_str(text).unwrap_or_else(|_| Json::from(text.as_str()))
        }
        Value::Bytes(bytes) => {
            let hex: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            Json::from(format!("\\x{}", hex.concat()))
        }
    }
}

fn as_value(value: &Json) -> Value {
    match value {
        Json::Null => Value::Null,
        Json::Bool(is_true) => Value::Boolean(*is_true),
        Json::String(text) => Value::Text(text.clone()),
        Json::Number(number) => match number.as_i64() {
            Some(number) => Value::Integer(number),
            None => Value::Float(number.as_f64().unwrap_or(f64::NAN)),
        },
        Json::Array(_) | Json::Object(_) => Value::Json(value.to_string()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::script;

    const SCRIPT: &str = r#"
operation: query
cases:
  - name: one
    exchanges:
      - sql: [ { text: "SELECT  a FROM t\n WHERE k = $1", parameters: ["{idempotency-key}"] } ]
        answer: { results: [ { columns: [a], rows: [ [1], [2] ] } ] }
      - sql: [ { text: DELETE FROM t } ]
        answer: { error: { sqlstate: "42501", message: permission denied } }
"#;

    fn statement(text: &str, parameters: Vec<Value>) -> [Statement; 1] {
        [Statement {
            text: text.to_owned(),
            parameters,
            rows_max: 1,
        }]
    }

    #[tokio::test]
    async fn a_transaction_gets_what_the_script_gives() {
        let script = script::parse(SCRIPT).unwrap();
        let application = crate::application::Application::start().await.unwrap();
        application.play(&script.cases[0].exchanges, "key-1", None);
        let database = Database(application.state());
        let key = vec![Value::Text("key-1".to_owned())];
        let rows = database.answer(&statement("SELECT a FROM t WHERE k = $1", key));
        let rows = rows.unwrap();
        assert_eq!((rows[0].rows.len(), rows[0].truncated), (1, true));
        let refused = database.answer(&statement("DELETE FROM t", Vec::new()));
        assert!(refused.is_err_and(|error| error.sqlstate() == "42501" && error.sent()));
        // Something else is what the script does not know.
        assert!(database.answer(&statement("SELECT 2", Vec::new())).is_err());
        let observed = application.observed();
        assert_eq!((observed.strange.len(), observed.unused.len()), (1, 0));
    }

    #[test]
    fn an_exchange_is_of_one_kind() {
        let both = SCRIPT.replace(
            "sql: [ { text: DELETE FROM t } ]",
            "request: { path: / }\n        sql: []",
        );
        assert!(script::parse(&both).is_err());
    }
}
