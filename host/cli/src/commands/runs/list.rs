//! `mortise runs list`

use clap::Args;
use mortise_model::{RunId, Status};
use serde_json::{Value, json};

use crate::access::{Access, ListQuery};
use crate::args::Data;
use crate::exit::Outcome;
use crate::output::{self, cell};
use crate::progress;

/// Lists runs.
#[derive(Args)]
pub struct List {
    /// Only of this workflow
    #[arg(long, value_name = "NAME")]
    workflow: Option<String>,
    /// Only with this status
    #[arg(long, value_parser = status)]
    status: Option<Status>,
    /// At most so many
    #[arg(long, default_value_t = 50, value_name = "N")]
    limit: usize,
    /// Go on where an earlier list ended: its `next`
    #[arg(long)]
    cursor: Option<RunId>,
    #[command(flatten)]
    data: Data,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

fn status(word: &str) -> Result<Status, String> {
    Status::of_word(word).ok_or_else(|| {
        let known: Vec<&str> = Status::ALL.into_iter().map(Status::word).collect();
        format!("it is one of {}", known.join(", "))
    })
}

/// Prints runs, newest first.
///
/// # Errors
/// Where the data folder cannot be used.
pub async fn run(list: List) -> Outcome {
    let settings = list.data.resolve()?.settings;
    let access = Access::find(&settings).await?;
    let mut query = ListQuery {
        workflow: list.workflow,
        status: list.status,
        cursor: list.cursor,
    };
    let mut items: Vec<Value> = Vec::new();
    let mut next = Value::Null;
    // A page may be short although the list goes on.
    while items.len() < list.limit {
        let mut page = access.runs(&query, list.limit - items.len()).await?;
        if let Some(Value::Array(found)) = page.get_mut("items").map(Value::take) {
            items.extend(found);
        }
        next = page.get("next").cloned().unwrap_or_default();
        query.cursor = next.as_str().and_then(|text| text.parse().ok());
        if query.cursor.is_none() {
            break;
        }
    }
    if list.json {
        return output::json(&json!({"items": items, "next": next}));
    }
    let rows: Vec<Vec<String>> = items.iter().map(row).collect();
    output::table(
        &[
            "ID", "WORKFLOW", "STATUS", "TRIGGER", "ACCEPTED", "FINISHED",
        ],
        &rows,
    )?;
    if let Some(next) = next.as_str() {
        progress::note(format!("there are more: add `--cursor {next}`"));
    }
    Ok(())
}

fn row(run: &Value) -> Vec<String> {
    vec![
        cell(run, &["id"]),
        cell(run, &["workflow"]),
        cell(run, &["status"]),
        cell(run, &["trigger", "id"]),
        cell(run, &["accepted_at"]),
        cell(run, &["finished_at"]),
    ]
}
