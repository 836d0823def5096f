//! `insert`: adds rows, all of them or none.

use mortise_sdk::sql::{self, Statement};
use mortise_sdk::{Action, Example, Failure, Outcome, Repeat, Turn};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::names::{self, Table};
use crate::output::{Changed, Returning, together};
use crate::rows::{Row, columns, located_in};
use crate::values::Builder;

pub struct Insert;

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Input {
    /// The table.
    table: Table,
    /// The rows to add: objects of columns and values. A column that is missing gets its default.
    rows: Vec<Row>,
    /// What to do with a row whose key is there already.
    #[serde(default)]
    on_conflict: OnConflict,
    /// Columns that come back of the rows that were added; all of them without it, none for an empty list.
    #[serde(default)]
    returning: Returning,
}

/// What to do with a row whose key is there already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum OnConflict {
    /// Fail; nothing is added.
    #[default]
    Fail,
    /// Leave the row out. With a key of your own among the columns, adding twice then does no more than adding once.
    Nothing,
}

impl Action for Insert {
    const NAME: &'static str = "insert";
    const SUMMARY: &'static str = "adds rows to a table";
    const REPEAT: Repeat = Repeat::Duplicates;
    type Input = Input;
    type Output = Changed;

    fn invoke(input: Input, _: Turn) -> Result<Outcome<Changed>, Failure> {
        let end = match input.on_conflict {
            OnConflict::Fail => "",
            OnConflict::Nothing => " ON CONFLICT DO NOTHING",
        };
        let statements = statements(&input.table, &input.rows, end, &input.returning)?;
        carried_out(statements, &input.rows).map(Outcome::Done)
    }

    fn examples() -> Vec<Example> {
        let input = json!({
            "table": "orders",
            "rows": [{ "number": "A-1", "total": "12.50" }],
            "on-conflict": "nothing",
            "returning": ["id"],
        });
        vec![Example::new("One order, once", input)]
    }
}

/// The protocol counts the parameters of a statement in 16 bits.
const PARAMETERS_MAX: usize = 60_000;

/// As few statements as it takes to add the rows.
pub fn statements(
    table: &Table,
    rows: &[Row],
    end: &str,
    returning: &Returning,
) -> Result<Vec<Statement>, Failure> {
    let columns = columns(rows);
    if columns.is_empty() {
        let text = "there is no row with a column: `rows` is a list of objects";
        return Err(Failure::reject(text).with_field("/rows"));
    }
    let begin = format!(
        "INSERT INTO {} ({}) VALUES ",
        table.quoted()?,
        names::list(columns.iter().copied(), "/rows")?
    );
    let finish = |mut builder: Builder| {
        builder.text(end);
        returning.end(builder)
    };
    let (mut done, mut builder) = (Vec::new(), Builder::new(begin.as_str()));
    for row in rows {
        if builder.len() + columns.len() > PARAMETERS_MAX {
            done.push(finish(std::mem::replace(
                &mut builder,
                Builder::new(begin.as_str()),
            ))?);
        }
        builder.text(if builder.len() == 0 { "(" } else { ", (" });
        for (index, column) in columns.iter().enumerate() {
            builder.text(if index > 0 { ", " } else { "" });
            match row.get(*column) {
                Some(value) => builder.bind(value.clone()),
                None => builder.text("DEFAULT"),
            }
        }
        builder.text(")");
    }
    done.push(finish(builder)?);
    Ok(done)
}

/// Carries them out, and names the row that is in the way.
pub fn carried_out(statements: Vec<Statement>, rows: &[Row]) -> Result<Changed, Failure> {
    let all = sql::transact(statements);
    all.map(together)
        .map_err(|failure| located_in(failure, rows))
}

#[cfg(test)]
mod tests {
    use mortise_sdk::fake::sql::{Answer, Value, rows_of};
    use mortise_sdk::fake::{self, Host};

    use super::*;

    #[test]
    fn rows_of_different_columns_go_together() {
        let answer = Answer::new(vec![rows_of(&["id"], [vec![1.into()], vec![2.into()]])]);
        let host = Host::new().sql(answer).install();
        let input = json!({ "table": "s.t", "rows": [{ "a": 1 }, { "b": { "x": null } }], "returning": ["id"] });
        let output = fake::invoke::<Insert>(&input).unwrap();
        assert_eq!(
            output,
            json!({ "affected": 2, "rows": [{ "id": 1 }, { "id": 2 }] })
        );
        let statement = &host.statements()[0][0];
        assert_eq!(
            statement.text,
            r#"INSERT INTO "s"."t" ("a", "b") VALUES ($1, DEFAULT), (DEFAULT, $2) RETURNING "id""#
        );
        assert_eq!(
            statement.parameters,
            [Value::Integer(1), Value::Json(r#"{"x":null}"#.into())]
        );
    }

    #[test]
    fn many_rows_are_several_statements_of_one_transaction() {
        let rows: Vec<Row> = (0..PARAMETERS_MAX + 1)
            .map(|n| Row::from_iter([("n".to_owned(), json!(n))]))
            .collect();
        let table: Table = serde_json::from_value(json!("t")).unwrap();
        assert_eq!(
            statements(&table, &rows, "", &Returning::default())
                .unwrap()
                .len(),
            2
        );
        assert!(statements(&table, &[], "", &Returning::default()).is_err());
    }
}
