//! `mortise workflows`

use std::path::PathBuf;

use clap::{Args, Subcommand};
use mortise_model::Timestamp;
use serde_json::{Value, json};

use super::input;
use crate::access::Access;
use crate::args::Data;
use crate::exit::{Code, Outcome, Stop};
use crate::output::{self, cell, list};

/// Commands about workflows.
#[derive(Subcommand)]
pub enum Workflows {
    /// List the active workflows
    #[command(after_help = "Example:\n  mortise workflows list --data data")]
    List(List),
    /// Start a run of a workflow by hand
    #[command(
        after_help = "Example:\n  echo '{\"id\": \"1\"}' | mortise workflows start order-to-invoice --input - --data data"
    )]
    Start(Start),
    /// Have the daemon read its manifests and connections again, all or nothing
    #[command(
        after_help = "Example:\n  mortise workflows reload --data data\n\nPrints what changed, or every problem of the manifests as `mortise check` does."
    )]
    Reload(Reload),
    /// Take events for a workflow, and work on none until it is resumed
    #[command(after_help = "Example:\n  mortise workflows pause order-to-invoice --data data")]
    Pause(Named),
    /// Let a paused workflow go on
    #[command(after_help = "Example:\n  mortise workflows resume order-to-invoice --data data")]
    Resume(Named),
    /// Start the runs of a schedule's times in the past; each time starts one run, however often
    #[command(
        after_help = "Example:\n  mortise workflows backfill reports --trigger mornings --from 2026-01-01T00:00:00Z --to 2026-02-01T00:00:00Z --data data"
    )]
    Backfill(Backfill),
}

/// Lists them.
#[derive(Args)]
pub struct List {
    #[command(flatten)]
    data: Data,
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
}

/// Reads manifests again.
#[derive(Args)]
pub struct Reload {
    #[command(flatten)]
    data: Data,
}

/// Pauses or resumes.
#[derive(Args)]
pub struct Named {
    /// The workflow's name
    name: String,
    #[command(flatten)]
    data: Data,
}

/// Makes up for times in the past.
#[derive(Args)]
pub struct Backfill {
    /// The workflow's name
    name: String,
    /// The id of the schedule
    #[arg(long, value_name = "ID")]
    trigger: String,
    /// From this time on, as RFC 3339
    #[arg(long, value_name = "TIME")]
    from: Timestamp,
    /// Up to this time
    #[arg(long, value_name = "TIME")]
    to: Timestamp,
    #[command(flatten)]
    data: Data,
}

/// Does what was asked about workflows.
///
/// # Errors
/// Where the data folder cannot be used, or there is no such workflow.
pub async fn run(workflows: Workflows) -> Outcome {
    match workflows {
        Workflows::List(list) => list_active(list).await,
        Workflows::Start(start) => self::start(start).await,
        Workflows::Reload(reload) => self::reload(reload).await,
        Workflows::Pause(named) => pause(named, true).await,
        Workflows::Resume(named) => pause(named, false).await,
        Workflows::Backfill(backfill) => self::backfill(backfill).await,
    }
}

async fn list_active(wanted: List) -> Outcome {
    let settings = wanted.data.resolve()?.settings;
    let workflows = Access::find(&settings).await?.workflows().await?;
    if wanted.data.json {
        return output::json(&workflows);
    }
    let rows: Vec<Vec<String>> = list(&workflows, "items").map(row).collect();
    let head = [
        "NAME",
        "VERSION",
        "STATE",
        "TRIGGERS",
        "STEPS",
        "DESCRIPTION",
    ];
    output::table(&head, &rows)
}

async fn start(start: Start) -> Outcome {
    let settings = start.data.resolve()?.settings;
    let input = input::read(&start.input)?;
    let access = Access::find(&settings).await?;
    let started = access.start(&start.name, input).await?;
    if start.data.json {
        return output::json(&started);
    }
    for run in list(&started, "runs") {
        output::text(&cell(run, &["id"]))?;
    }
    Ok(())
}

async fn reload(reload: Reload) -> Outcome {
    let settings = reload.data.resolve()?.settings;
    let changes = match Access::find(&settings).await?.reload().await? {
        Ok(changes) => changes,
        Err(diagnostics) => {
            if reload.data.json {
                output::json(&json!({ "diagnostics": diagnostics }))?;
            } else {
                let lines: Vec<String> = diagnostics.iter().map(diagnostic).collect();
                output::text(&lines.join("\n"))?;
            }
            return Err(Stop::silent(Code::Failed));
        }
    };
    if reload.data.json {
        return output::json(&changes);
    }
    let mut lines = Vec::new();
    for what in ["added", "removed", "unchanged"] {
        for name in list(&changes, what) {
            lines.push(format!("{what} {}", cell(name, &[])));
        }
    }
    for changed in list(&changes, "changed") {
        let [name, from, to] = ["workflow", "from", "to"].map(|member| cell(changed, &[member]));
        lines.push(format!("changed {name} (version {from} -> {to})"));
    }
    output::text(&lines.join("\n"))
}

/// A problem of a manifest as `mortise check` prints it.
pub fn diagnostic(found: &Value) -> String {
    let [file, line, column, level, code, message, help] =
        ["file", "line", "column", "level", "code", "message", "help"]
            .map(|member| cell(found, &[member]));
    format!("{file}:{line}:{column}: {level}[{code}]: {message}\nhelp: {help}")
}

async fn pause(named: Named, paused: bool) -> Outcome {
    let settings = named.data.resolve()?.settings;
    let access = Access::find(&settings).await?;
    let done = access.pause(&named.name, paused).await?;
    if named.data.json {
        return output::json(&done);
    }
    let state = if paused { "paused" } else { "active" };
    output::text(&format!("{} {state}", named.name))
}

async fn backfill(backfill: Backfill) -> Outcome {
    let settings = backfill.data.resolve()?.settings;
    let access = Access::find(&settings).await?;
    let times = (backfill.from, backfill.to);
    let filled = access
        .backfill(&backfill.name, &backfill.trigger, times)
        .await?;
    if backfill.data.json {
        return output::json(&filled);
    }
    let [accepted, known] = ["accepted", "duplicates"].map(|member| cell(&filled, &[member]));
    output::text(&format!(
        "{accepted} runs started, {known} had started already"
    ))
}

fn row(workflow: &Value) -> Vec<String> {
    let triggers: Vec<String> = list(workflow, "triggers").map(trigger).collect();
    let is_paused = workflow.get("paused") == Some(&Value::Bool(true));
    vec![
        cell(workflow, &["name"]),
        cell(workflow, &["version"]),
        if is_paused { "paused" } else { "active" }.to_owned(),
        triggers.join(", "),
        list(workflow, "steps").count().to_string(),
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
        Some("poll") => format!("poll {}", cell(trigger, &["uses"])),
        _ => cell(trigger, &["kind"]),
    }
}
