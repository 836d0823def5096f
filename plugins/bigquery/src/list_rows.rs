//! `list-rows`: the rows of a table as they are, which costs nothing and takes no job.

use mortise_sdk::http::Request;
use mortise_sdk::{Action, Example, Failure, Outcome, Repeat, Turn};
use plugin_google::ask;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::bigquery::{Page, settings};
use crate::rows::object;
use crate::schema::Schema;

pub struct ListRows;

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Input {
    /// The project of the table; the connection's without it.
    project: Option<String>,
    /// The dataset of the table.
    dataset: String,
    /// The table; a view has no rows of its own, so use `query` for one.
    table: String,
    /// Rows of one page.
    #[serde(default = "page_size")]
    #[schemars(range(min = 1, max = 10_000))]
    page_size: u32,
}

fn page_size() -> u32 {
    1_000
}

#[derive(Deserialize)]
struct Described {
    #[serde(default)]
    schema: Schema,
}

impl Action for ListRows {
    const NAME: &'static str = "list-rows";
    const SUMMARY: &'static str = "lists the rows of a table";
    const REPEAT: Repeat = Repeat::Safe;
    const PAGED: bool = true;
    type Input = Input;
    /// A row by the names of its columns.
    type Output = Map<String, Value>;

    fn invoke(input: Input, turn: Turn) -> Result<Outcome<Map<String, Value>>, Failure> {
        let settings = settings()?;
        let place = ["datasets", &input.dataset, "tables", &input.table];
        let url = settings.in_project(input.project.as_deref(), &place);
        let table: Described = ask(Request::get(&url).query("fields", "schema"))?.json()?;
        // Seconds as floating-point numbers, which are the default, lose microseconds.
        let request =
            Request::get(format!("{url}/data")).query("formatOptions.useInt64Timestamp", "true");
        let size = input.page_size.clamp(1, 10_000);
        let page = Page {
            request,
            records: "rows",
            next: "pageToken",
            token: turn.page()?,
            size,
        };
        let (rows, next) = page.read()?;
        let records = rows.iter().map(|row| object(&table.schema.fields, row));
        Outcome::page(records.collect(), next)
    }

    fn examples() -> Vec<Example> {
        vec![Example::new(
            "All orders",
            json!({ "dataset": "shop", "table": "orders", "page-size": 2 }),
        )]
    }
}
