//! `mortise workflows`

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::Value;

use super::input;
use crate::access::Access;
use crate::args::Data;
use crate::exit::Outcome;
use crate::output::{self, cell};

/// Commands about workflows.
#[derive(Subcommand)]
pub enum Workflows {
    /// List the active workflows
    List(List),
    /// Start a run of a workflow by hand
    #[command(
        after_help = "Example:\n  echo '{\"id\": \"1\"}' | mortise workflows start order-to-invoice --input - --data data"
    )]
    Start(Start),
}

/// Lists them.
#[derive(Args)]
pub struct List {
    #[command(flatten)]
    data: Data,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Starts a run.
#[derive(Args)]
pub struct Start {
    /// The workflow's name
    name: String,
    /// The event, as JSON; `-` reads it from stdin
    #[arg(long, value_name = "FILE|-")]
    input: PathBuf,
    #[command(flatten)]
    data: Data,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Does what was asked about workflows.
///
/// # Errors
/// Where the data folder cannot be used, or there is no such workflow.
pub async fn run(workflows: Workflows) -> Outcome {
    match workflows {
        Workflows::List(list) => {
            let settings = list.data.resolve()?.settings;
            let workflows = Access::find(&settings).await?.workflows().await?;
            if list.json {
                return output::json(&workflows);
            }
            let items = workflows.get("items").and_then(Value::as_array);
            let rows: Vec<Vec<String>> = items.into_iter().flatten().map(row).collect();
            output::table(
                &["NAME", "VERSION", "TRIGGERS", "STEPS", "DESCRIPTION"],
                &rows,
            )
        }
        Workflows::Start(start) => {
            let settings = start.data.resolve()?.settings;
            let input = input::read(&start.input)?;
            let started = Access::find(&settings)
                .await?
                .start(&start.name, input)
                .await?;
            if start.json {
                return output::json(&started);
            }
            let runs = started.get("runs").and_then(Value::as_array);
            for run in runs.into_iter().flatten() {
                output::text(&cell(run, &["id"]))?;
            }
            Ok(())
        }
    }
}

fn row(workflow: &Value) -> Vec<String> {
    let triggers = workflow.get("triggers").and_then(Value::as_array);
    let triggers: Vec<String> = triggers.into_iter().flatten().map(trigger).collect();
    let steps = workflow.get("steps").and_then(Value::as_array);
    vec![
        cell(workflow, &["name"]),
        cell(workflow, &["version"]),
        triggers.join(", "),
        steps.map_or(0, Vec::len).to_string(),
        cell(workflow, &["description"]),
    ]
}

fn trigger(trigger: &Value) -> String {
    match trigger.get("kind").and_then(Value::as_str) {
        Some("webhook") => format!(
            "{} {}",
            cell(trigger, &["method"]),
            cell(trigger, &["path"])
        ),
        Some("schedule") => format!(
            "{} {}",
            cell(trigger, &["cron"]),
            cell(trigger, &["timezone"])
        ),
        _ => cell(trigger, &["kind"]),
    }
}
