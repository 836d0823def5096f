//! `mortise runs list`

use clap::Args;
use mortise_model::{RunId, Status};
use serde_json::Value;

use crate::access::{Access, ListQuery};
use crate::args::Data;
use crate::commands::pages;
use crate::exit::Outcome;
use crate::output::cell;

/// Lists runs.
#[derive(Args)]
pub struct List {
    /// Only of this workflow
    #[arg(long, value_name = "NAME")]
    workflow: Option<String>,
    /// Only with this status
    #[arg(long, value_parser = status)]
    status: Option<Status>,
    /// Only those whose failure has this code
    #[arg(long)]
    code: Option<String>,
    /// Only those that this run called
    #[arg(long, value_name = "ID")]
    parent: Option<RunId>,
    /// At most so many; a daemon is asked for them in pages of up to 500
    #[arg(long, default_value_t = 50, value_name = "N", value_parser = pages::limit)]
    limit: usize,
    /// Go on where an earlier list ended: its `next`
    #[arg(long)]
    cursor: Option<RunId>,
    #[command(flatten)]
    data: Data,
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
    let query = ListQuery {
        workflow: list.workflow,
        status: list.status,
        code: list.code,
        parent: list.parent,
        cursor: list.cursor,
    };
    let pages = pages::collect(list.limit, |limit, cursor| {
        let query = ListQuery {
            cursor: cursor.or(query.cursor),
            ..query.clone()
        };
        let access = &access;
        async move { access.runs(&query, limit).await }
    });
    let head = [
        "ID", "WORKFLOW", "STATUS", "TRIGGER", "ACCEPTED", "FINISHED",
    ];
    pages.await?.print(list.data.json, &head, row)
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
