//! `upsert`: adds rows, and changes those that are there already.

use mortise_sdk::{Action, Example, Failure, Outcome, Repeat, Turn};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::insert::{carried_out, statements};
use crate::names::{self, Table, quoted};
use crate::output::{Changed, Returning};
use crate::rows::{Row, columns};

pub struct Upsert;

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Input {
    /// The table.
    table: Table,
    /// The rows: objects of columns and values. A column that is missing gets its default.
    rows: Vec<Row>,
    /// The columns that say whether a row is there: those of a primary key or of a unique constraint.
    conflict: Vec<String>,
    /// The columns to change then; all others of `rows` without it.
    #[serde(default)]
    update: Option<Vec<String>>,
    /// Columns that come back of the rows that were added or changed; all of them without it, none for an empty list.
    #[serde(default)]
    returning: Returning,
}

impl Action for Upsert {
    const NAME: &'static str = "upsert";
    const SUMMARY: &'static str = "adds rows, or changes those that are there";
    const REPEAT: Repeat = Repeat::Safe;
    type Input = Input;
    type Output = Changed;

    fn invoke(input: Input, _: Turn) -> Result<Outcome<Changed>, Failure> {
        let end = on_conflict(&input)?;
        let statements = statements(&input.table, &input.rows, &end, &input.returning)?;
        carried_out(statements, &input.rows).map(Outcome::Done)
    }

    fn examples() -> Vec<Example> {
        let input = json!({
            "table": "customers",
            "rows": [{ "email": "ann@example.com", "name": "Ann" }],
            "conflict": ["email"],
            "returning": ["id"],
        });
        vec![Example::new("A customer by its address", input)]
    }
}

fn on_conflict(input: &Input) -> Result<String, Failure> {
    if input.conflict.is_empty() {
        let text = "`conflict` is empty: name the columns of a key";
        return Err(Failure::misconfigured(text).with_field("/conflict"));
    }
    let conflict = names::list(input.conflict.iter().map(String::as_str), "/conflict")?;
    let others = columns(&input.rows).into_iter();
    let others = others.filter(|column| !input.conflict.iter().any(|one| one == column));
    let changed: Vec<&str> = match &input.update {
        Some(named) => named.iter().map(String::as_str).collect(),
        None => others.collect(),
    };
    // A row that is only a key is set to itself: it comes back like the others.
    let changed = match changed.is_empty() {
        true => vec![input.conflict[0].as_str()],
        false => changed,
    };
    let set = changed.into_iter().map(|column| {
        let column = quoted(column, "/update")?;
        Ok(format!("{column} = EXCLUDED.{column}"))
    });
    let set: Result<Vec<_>, Failure> = set.collect();
    Ok(format!(
        " ON CONFLICT ({conflict}) DO UPDATE SET {}",
        set?.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use mortise_sdk::fake::sql::Answer;
    use mortise_sdk::fake::{self, Host};

    use super::*;

    #[test]
    fn what_is_no_key_is_changed() {
        let host = Host::new()
            .sql(Answer::affected(1))
            .sql(Answer::affected(1))
            .install();
        let mut input = json!({ "table": "t", "rows": [{ "k": 1, "a": 2 }], "conflict": ["k"], "returning": [] });
        fake::invoke::<Upsert>(&input).unwrap();
        input["rows"] = json!([{ "k": 1 }]);
        fake::invoke::<Upsert>(&input).unwrap();
        let texts: Vec<String> = host
            .statements()
            .into_iter()
            .flatten()
            .map(|one| one.text)
            .collect();
        assert!(
            texts[0].ends_with(r#" ON CONFLICT ("k") DO UPDATE SET "a" = EXCLUDED."a""#),
            "{texts:?}"
        );
        assert!(
            texts[1].ends_with(r#" DO UPDATE SET "k" = EXCLUDED."k""#),
            "{texts:?}"
        );
        input["conflict"] = json!([]);
        assert!(fake::invoke::<Upsert>(&input).is_err());
    }
}
