//! `list-tables`: tables and views with their columns, page by page.

use mortise_sdk::sql::Value as Bound;
use mortise_sdk::{Action, Example, Failure, Outcome, Repeat, Turn};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::query::read;
use crate::values::Builder;

pub struct ListTables;

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Input {
    /// Only those of this schema; without it all but the server's own.
    #[serde(default)]
    schema: Option<String>,
}

/// A table, or what is read like one.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Table {
    /// The schema that it is in.
    schema: String,
    /// Its name.
    name: String,
    /// `table`, `partitioned table`, `view`, `materialized view` or `foreign table`.
    kind: String,
    /// Its columns, in their order.
    columns: Vec<Column>,
}

/// A column.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Column {
    /// Its name.
    name: String,
    /// Its type, as SQL writes it.
    #[serde(rename = "type")]
    kind: String,
    /// It may be without a value.
    nullable: bool,
    /// It has a default, or makes its value itself.
    default: bool,
    /// It belongs to the primary key.
    key: bool,
}

const PAGE: u32 = 100;

const TABLES: &str = "
SELECT n.nspname AS schema, c.relname AS name,
       CASE c.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table' WHEN 'v' THEN 'view'
                      WHEN 'm' THEN 'materialized view' ELSE 'foreign table' END AS kind,
       (SELECT coalesce(json_agg(json_build_object(
                   'name', a.attname,
                   'type', format_type(a.atttypid, a.atttypmod),
                   'nullable', NOT a.attnotnull,
                   'default', a.atthasdef OR a.attidentity <> '',
                   'key', coalesce(a.attnum = ANY(i.indkey), false)) ORDER BY a.attnum), '[]')
          FROM pg_catalog.pg_attribute a
          LEFT JOIN pg_catalog.pg_index i ON i.indrelid = c.oid AND i.indisprimary
         WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
   AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_%'";

impl Action for ListTables {
    const NAME: &'static str = "list-tables";
    const SUMMARY: &'static str = "lists tables and views with their columns";
    const REPEAT: Repeat = Repeat::Safe;
    const PAGED: bool = true;
    type Input = Input;
    type Output = Table;

    fn invoke(input: Input, turn: Turn) -> Result<Outcome<Table>, Failure> {
        let after: Option<(String, String)> = turn.page()?;
        let mut builder = Builder::new(TABLES);
        if let Some(schema) = input.schema {
            builder.text(" AND n.nspname = ");
            builder.bind(schema);
        }
        if let Some((schema, name)) = after.clone() {
            builder.text(" AND (n.nspname, c.relname) > (");
            builder.bind(schema);
            builder.text(", ");
            builder.bind(Bound::Text(name));
            builder.text(")");
        }
        builder.text(" ORDER BY n.nspname, c.relname");
        let rows = read(builder.statement().rows_max(PAGE))?;
        let is_last = !rows.truncated;
        let tables = rows.objects().into_iter().map(|row| {
            serde_json::from_value(Value::Object(row)).map_err(|error| {
                Failure::reject(format!("the server lists a table in another way: {error}"))
            })
        });
        let tables: Vec<Table> = tables.collect::<Result<_, _>>()?;
        let last = tables.last().filter(|_| !is_last);
        let next = last.map(|table| (table.schema.clone(), table.name.clone()));
        if next.is_some() && next == after {
            return Err(Failure::retry("the database gave a page once more"));
        }
        Outcome::page(tables, next.as_ref())
    }

    fn examples() -> Vec<Example> {
        vec![Example::new(
            "The tables of a schema",
            json!({ "schema": "public" }),
        )]
    }
}

#[cfg(test)]
mod tests {
    use mortise_sdk::fake::sql::{Answer, rows_of};
    use mortise_sdk::fake::{self, Host};

    use super::*;

    #[test]
    fn a_table_has_its_columns() {
        let columns = json!([{ "name": "id", "type": "bigint", "nullable": false, "default": true, "key": true }]);
        let row = vec![
            "public".into(),
            "orders".into(),
            "table".into(),
            Bound::Json(columns.to_string()),
        ];
        let rows = rows_of(&["schema", "name", "kind", "columns"], [row]);
        let host = Host::new()
            .sql(Answer::new(vec![rows_of(&[], []), rows]))
            .install();
        let tables = fake::invoke::<ListTables>(&json!({ "schema": "public" })).unwrap();
        assert_eq!(tables[0]["columns"], columns);
        assert!(host.statements()[0][1].text.contains("n.nspname = $1"));
    }
}
