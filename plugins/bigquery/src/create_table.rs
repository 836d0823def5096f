//! `create-table`: one that is there already, with the same columns, is the one that was asked for.

use mortise_sdk::http::Request;
use mortise_sdk::{Action, Example, Failure, Outcome, Repeat, Turn};
use plugin_google::ask;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::bigquery::{is_duplicate, settings};
use crate::schema::{Column, Schema, difference};

pub struct CreateTable;

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Input {
    /// The project of the dataset; the connection's without it.
    project: Option<String>,
    /// The dataset that the table comes into.
    dataset: String,
    /// The name of the table.
    table: String,
    /// Its columns.
    #[schemars(length(min = 1))]
    columns: Vec<Column>,
    /// For people.
    description: Option<String>,
    /// Keeps rows in partitions by time.
    partition: Option<Partition>,
    /// The columns, at most four, by which rows are kept together.
    #[serde(default)]
    #[schemars(length(max = 4))]
    cluster_by: Vec<String>,
}

/// Partitions by time.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Partition {
    /// How long each is.
    by: Period,
    /// The column with the time, of the type `TIMESTAMP`, `DATE` or `DATETIME`; the time of loading without it.
    column: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Period {
    Hour,
    Day,
    Month,
    Year,
}

/// The table.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct Output {
    /// Whether it was created; else it was there.
    created: bool,
    /// The table as BigQuery describes it: `tableReference`, `schema`, `numRows` and more.
    table: Map<String, Value>,
}

impl Action for CreateTable {
    const NAME: &'static str = "create-table";
    const SUMMARY: &'static str = "creates a table, unless it is there";
    const REPEAT: Repeat = Repeat::Safe;
    type Input = Input;
    type Output = Output;

    fn invoke(input: Input, _: Turn) -> Result<Outcome<Output>, Failure> {
        let settings = settings()?;
        let tables = settings.in_project(
            input.project.as_deref(),
            &["datasets", &input.dataset, "tables"],
        );
        let body = input.described(settings.project(input.project.as_deref()));
        match ask(Request::post(tables).json(&body)?) {
            Ok(response) => Ok(Outcome::Done(Output {
                created: true,
                table: response.json()?,
            })),
            Err(failure) if is_duplicate(&failure) => {
                let place = ["datasets", &input.dataset, "tables", &input.table];
                let url = settings.in_project(input.project.as_deref(), &place);
                existing(&input, ask(Request::get(url))?.json()?, failure)
            }
            Err(failure) => Err(failure),
        }
    }

    fn examples() -> Vec<Example> {
        let columns = json!([
            { "name": "id", "type": "INT64", "mode": "REQUIRED" },
            { "name": "total", "type": "NUMERIC" },
            { "name": "at", "type": "TIMESTAMP" },
        ]);
        let input = json!({ "dataset": "shop", "table": "orders", "columns": columns, "partition": { "by": "day", "column": "at" } });
        vec![Example::new("A table with partitions", input)]
    }
}

impl Input {
    /// As BigQuery takes it.
    fn described(&self, project: &str) -> Value {
        let mut table = json!({
            "tableReference": { "projectId": project, "datasetId": self.dataset, "tableId": self.table },
            "schema": { "fields": self.columns },
        });
        if let Some(description) = &self.description {
            table["description"] = description.as_str().into();
        }
        if let Some(partition) = &self.partition {
            let by = match partition.by {
                Period::Hour => "HOUR",
                Period::Day => "DAY",
                Period::Month => "MONTH",
                Period::Year => "YEAR",
            };
            table["timePartitioning"] = json!({ "type": by });
            if let Some(column) = &partition.column {
                table["timePartitioning"]["field"] = column.as_str().into();
            }
        }
        if !self.cluster_by.is_empty() {
            table["clustering"] = json!({ "fields": self.cluster_by });
        }
        table
    }
}

/// The table that is there, where it has the columns that were asked for.
fn existing(
    input: &Input,
    table: Map<String, Value>,
    failure: Failure,
) -> Result<Outcome<Output>, Failure> {
    let schema = table.get("schema").cloned().unwrap_or_default();
    let schema: Schema = serde_json::from_value(schema).unwrap_or_default();
    match difference(&input.columns, &schema.fields) {
        None => Ok(Outcome::Done(Output {
            created: false,
            table,
        })),
        Some(difference) => Err(Failure {
            message: format!("the table is there with other columns: {difference}"),
            ..failure.with_field("/columns")
        }),
    }
}
