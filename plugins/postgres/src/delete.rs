//! `delete`: deletes the rows that are like this.

use mortise_sdk::{Action, Example, Failure, Outcome, Repeat, Turn};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::names::Table;
use crate::output::{Changed, Returning};
use crate::rows::{Row, push_where};
use crate::values::Builder;

pub struct Delete;

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Input {
    /// The table.
    table: Table,
    /// Which rows: columns and what they have to be. `null` is no value, a list is any of its values.
    #[serde(rename = "where", default)]
    condition: Row,
    /// Every row, without a `where`.
    #[serde(default)]
    all: bool,
    /// Columns that come back of the rows that were deleted; all of them without it, none for an empty list.
    #[serde(default)]
    returning: Returning,
}

impl Action for Delete {
    const NAME: &'static str = "delete";
    const SUMMARY: &'static str = "deletes rows of a table";
    const REPEAT: Repeat = Repeat::Safe;
    type Input = Input;
    type Output = Changed;

    fn invoke(input: Input, _: Turn) -> Result<Outcome<Changed>, Failure> {
        let mut builder = Builder::new(format!("DELETE FROM {}", input.table.quoted()?));
        push_where(&mut builder, &input.condition, input.all)?;
        let rows = input.returning.end(builder)?.run()?;
        Ok(Outcome::Done(rows.into()))
    }

    fn examples() -> Vec<Example> {
        let input = json!({ "table": "carts", "where": { "customer": "ann" }, "returning": [] });
        vec![Example::new("The cart of a customer", input)]
    }
}

#[cfg(test)]
mod tests {
    use mortise_sdk::fake::sql::Answer;
    use mortise_sdk::fake::{self, Host};

    use super::*;

    #[test]
    fn not_every_row_is_deleted_by_mistake() {
        let host = Host::new().sql(Answer::affected(1)).install();
        assert!(fake::invoke::<Delete>(&json!({ "table": "t" })).is_err());
        assert!(host.statements().is_empty());
        fake::invoke::<Delete>(&json!({ "table": "t", "all": true, "returning": ["id"] })).unwrap();
        assert_eq!(
            host.statements()[0][0].text,
            r#"DELETE FROM "t" RETURNING "id""#
        );
    }
}
