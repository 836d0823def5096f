//! `list-datasets`: those of a project that the connection may see.

use mortise_sdk::http::Request;
use mortise_sdk::{Action, Example, Failure, Outcome, Repeat, Turn};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::bigquery::{Page, settings};

/// Datasets of one page.
const PAGE_SIZE: u32 = 500;

pub struct ListDatasets;

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Input {
    /// The project; the connection's without it.
    project: Option<String>,
    /// Only those with these labels: `labels.team:sales`.
    filter: Option<String>,
}

/// A dataset, in short.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Dataset {
    /// The id with its project: `acme:shop`.
    id: String,
    /// The `projectId` and the `datasetId`.
    dataset_reference: Map<String, Value>,
    /// The rest, such as `labels`, `friendlyName` and `location`.
    #[serde(flatten)]
    rest: Map<String, Value>,
}

impl Action for ListDatasets {
    const NAME: &'static str = "list-datasets";
    const SUMMARY: &'static str = "lists the datasets of a project";
    const REPEAT: Repeat = Repeat::Safe;
    const PAGED: bool = true;
    type Input = Input;
    type Output = Dataset;

    fn invoke(input: Input, turn: Turn) -> Result<Outcome<Dataset>, Failure> {
        let url = settings()?.in_project(input.project.as_deref(), &["datasets"]);
        let mut request = Request::get(url);
        if let Some(filter) = &input.filter {
            request = request.query("filter", filter);
        }
        Page {
            request,
            records: "datasets",
            next: "nextPageToken",
            token: turn.page()?,
            size: PAGE_SIZE,
        }
        .give()
    }

    fn examples() -> Vec<Example> {
        vec![Example::new("Those of the connection's project", json!({}))]
    }
}
