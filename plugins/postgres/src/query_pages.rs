//! `query-pages`: reads page by page, each beginning behind the last row of the one before. So a page costs the same
//! however far it is from the first, and none holds a row twice while others write.

use mortise_sdk::{Action, Example, Failure, Outcome, Repeat, Turn};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::names::quoted;
use crate::query::read;
use crate::rows::Row;
use crate::values::{Builder, bound};

pub struct QueryPages;

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Input {
    /// A `SELECT` without `ORDER BY` and without a semicolon at its end.
    sql: String,
    /// For `$1`, `$2` and so on.
    #[serde(default)]
    parameters: Vec<Value>,
    /// A column of the result that differs in every row and is never null, best one with an index: the rows come in
    /// its order.
    key: String,
    /// Rows of a page.
    #[serde(default = "page_size")]
    #[schemars(range(min = 1, max = 10_000))]
    page_size: u32,
}

fn page_size() -> u32 {
    500
}

impl Action for QueryPages {
    const NAME: &'static str = "query-pages";
    const SUMMARY: &'static str = "reads any number of rows page by page";
    const REPEAT: Repeat = Repeat::Safe;
    const PAGED: bool = true;
    type Input = Input;
    type Output = Row;

    fn invoke(input: Input, turn: Turn) -> Result<Outcome<Row>, Failure> {
        let after: Option<Value> = turn.page()?;
        let key = quoted(&input.key, "/key")?;
        // The text stands in lines of its own: a comment at its end would take the rest with it.
        let mut builder = Builder::new("SELECT * FROM (\n");
        builder.text(&input.sql);
        builder.text("\n) AS page");
        let count = input.parameters.len();
        if after.is_some() {
            builder.text(&format!(" WHERE page.{key} > ${}", count + 1));
        }
        builder.text(&format!(
            " ORDER BY page.{key} LIMIT {}",
            u64::from(input.page_size) + 1
        ));
        let statement = builder.statement().bind_all(bound(input.parameters));
        let statement = match after.clone() {
            Some(after) => statement.bind(after),
            None => statement,
        };
        let rows = read(statement.rows_max(input.page_size))?;
        let is_last = !rows.truncated;
        let rows = rows.objects();
        let last = rows.last().filter(|_| !is_last);
        let next = last.map(|row| key_of(row, &input.key)).transpose()?;
        if next.is_some() && next == after {
            return Err(Failure::retry("the database gave a page once more"));
        }
        Outcome::page(rows, next.as_ref())
    }

    fn examples() -> Vec<Example> {
        let input = json!({ "sql": "SELECT id, total FROM orders WHERE total > $1", "parameters": ["10"], "key": "id" });
        vec![Example::new("All orders above an amount", input)]
    }
}

fn key_of(row: &Row, key: &str) -> Result<Value, Failure> {
    match row.get(key) {
        Some(Value::Null) | None => {
            let text = format!(
                "the last row of a page has no value for `{key}`, so nothing can come behind it"
            );
            Err(Failure::misconfigured(text).with_field("/key"))
        }
        Some(value) => Ok(value.clone()),
    }
}

#[cfg(test)]
mod tests {
    use mortise_sdk::fake::sql::{Answer, Value as Bound, rows_of};
    use mortise_sdk::fake::{self, Host};

    use super::*;

    fn page(ids: &[i64]) -> Answer {
        let rows = ids.iter().map(|id| vec![(*id).into()]);
        Answer::new(vec![rows_of(&[], []), rows_of(&["id"], rows)])
    }

    #[test]
    fn a_page_begins_behind_the_one_before() {
        let host = Host::new().sql(page(&[1, 2, 3])).sql(page(&[3])).install();
        let input = json!({ "sql": "SELECT id FROM t WHERE a = $1", "parameters": ["x"], "key": "id", "page-size": 2 });
        let Ok(Outcome::Page {
            records,
            next: Some(next),
        }) = fake::turn::<QueryPages>(&input, Turn::Start)
        else {
            panic!("a page with a next one was expected");
        };
        assert_eq!(records, [json!({ "id": 1 }), json!({ "id": 2 })]);
        let last = fake::turn::<QueryPages>(&input, Turn::Next(next)).unwrap();
        assert_eq!(
            last,
            Outcome::Page {
                records: vec![json!({ "id": 3 })],
                next: None
            }
        );
        let second = &host.statements()[1][1];
        assert!(
            second
                .text
                .contains("WHERE page.\"id\" > $2 ORDER BY page.\"id\" LIMIT 3"),
            "{}",
            second.text
        );
        assert_eq!(
            second.parameters,
            [Bound::Text("x".into()), Bound::Integer(2)]
        );
    }
}
