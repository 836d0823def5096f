//! `update`: changes the rows that are like this.

use mortise_sdk::{Action, Example, Failure, Outcome, Repeat, Turn};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::names::{Table, quoted};
use crate::output::{Changed, Returning};
use crate::rows::{Row, located, pointer, push_where};
use crate::values::Builder;

pub struct Update;

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Input {
    /// The table.
    table: Table,
    /// Columns and their new values.
    set: Row,
    /// Which rows: columns and what they have to be. `null` is no value, a list is any of its values.
    #[serde(rename = "where", default)]
    condition: Row,
    /// Every row, without a `where`.
    #[serde(default)]
    all: bool,
    /// Columns that come back of the rows that were changed; all of them without it, none for an empty list.
    #[serde(default)]
    returning: Returning,
}

impl Action for Update {
    const NAME: &'static str = "update";
    const SUMMARY: &'static str = "changes rows of a table";
    const REPEAT: Repeat = Repeat::Safe;
    type Input = Input;
    type Output = Changed;

    fn invoke(input: Input, _: Turn) -> Result<Outcome<Changed>, Failure> {
        if input.set.is_empty() {
            return Err(Failure::reject("`set` is empty: name a column").with_field("/set"));
        }
        let mut builder = Builder::new(format!("UPDATE {} SET ", input.table.quoted()?));
        for (index, (column, value)) in input.set.into_iter().enumerate() {
            builder.text(if index > 0 { ", " } else { "" });
            builder.text(&quoted(&column, &pointer("/set", &column))?);
            builder.text(" = ");
            builder.bind(value);
        }
        push_where(&mut builder, &input.condition, input.all)?;
        let rows = input.returning.end(builder)?.run();
        let rows = rows.map_err(|failure| located(failure, "/set"))?;
        Ok(Outcome::Done(rows.into()))
    }

    fn examples() -> Vec<Example> {
        let input = json!({
            "table": "orders",
            "set": { "status": "paid" },
            "where": { "number": "A-1" },
            "returning": ["id", "status"],
        });
        vec![Example::new("An order is paid", input)]
    }
}

#[cfg(test)]
mod tests {
    use mortise_sdk::fake::sql::{Answer, Value};
    use mortise_sdk::fake::{self, Host};

    use super::*;

    #[test]
    fn conditions_are_bound() {
        let host = Host::new().sql(Answer::affected(2)).install();
        let input = json!({
            "table": "t", "set": { "a": 1, "b": null }, "where": { "c": null, "d": [1, 2], "e": "x" }, "returning": [],
        });
        let output = fake::invoke::<Update>(&input).unwrap();
        assert_eq!(output, json!({ "affected": 2, "rows": [] }));
        let statement = &host.statements()[0][0];
        assert_eq!(
            statement.text,
            r#"UPDATE "t" SET "a" = $1, "b" = $2 WHERE "c" IS NULL AND "d" = ANY($3) AND "e" = $4"#
        );
        assert_eq!(
            statement.parameters[1..3],
            [Value::Null, Value::Json("[1,2]".into())]
        );
        assert!(fake::invoke::<Update>(&json!({ "table": "t", "set": { "a": 1 } })).is_err());
    }
}
