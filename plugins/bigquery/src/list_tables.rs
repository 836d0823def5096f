//! `list-tables`: those of a dataset.

use mortise_sdk::http::Request;
use mortise_sdk::{Action, Example, Failure, Outcome, Repeat, Turn};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::bigquery::{Page, settings};

/// Tables of one page.
const PAGE_SIZE: u32 = 500;

pub struct ListTables;

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Input {
    /// The project of the dataset; the connection's without it.
    project: Option<String>,
    /// The dataset.
    dataset: String,
}

/// A table, in short.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Table {
    /// The id with its project and dataset: `acme:shop.orders`.
    id: String,
    /// The `projectId`, the `datasetId` and the `tableId`.
    table_reference: Map<String, Value>,
    /// `TABLE`, `VIEW`, `EXTERNAL` or `MATERIALIZED_VIEW`.
    #[serde(rename = "type")]
    kind: Option<String>,
    /// The rest, such as `creationTime` and `timePartitioning`.
    #[serde(flatten)]
    rest: Map<String, Value>,
}

impl Action for ListTables {
    const NAME: &'static str = "list-tables";
    const SUMMARY: &'static str = "lists the tables of a dataset";
    const REPEAT: Repeat = Repeat::Safe;
    const PAGED: bool = true;
    type Input = Input;
    type Output = Table;

    fn invoke(input: Input, turn: Turn) -> Result<Outcome<Table>, Failure> {
        let place = ["datasets", &input.dataset, "tables"];
        let request = Request::get(settings()?.in_project(input.project.as_deref(), &place));
        Page {
            request,
            records: "tables",
            next: "nextPageToken",
            token: turn.page()?,
            size: PAGE_SIZE,
        }
        .give()
    }

    fn examples() -> Vec<Example> {
        vec![Example::new(
            "Those of a dataset",
            json!({ "dataset": "shop" }),
        )]
    }
}
