//! `mortise runs show`

use std::fmt::Write as _;
use std::time::Duration;

use clap::Args;
use mortise_model::RunId;
use serde_json::Value;

use crate::access::Access;
use crate::args::Data;
use crate::exit::Outcome;
use crate::output::{self, cell};

/// Shows a run.
#[derive(Args)]
pub struct Show {
    /// The run
    id: RunId,
    /// Print large values whole
    #[arg(long)]
    full: bool,
    #[command(flatten)]
    data: Data,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Prints a run.
///
/// # Errors
/// `NotFound` where there is no such run.
pub async fn run(show: Show) -> Outcome {
    let settings = show.data.resolve()?.settings;
    let access = Access::find(&settings).await?;
    let run = access.run(show.id, show.full, Duration::ZERO).await?;
    if show.json {
        return output::json(&run);
    }
    output::text(&text(&run))
}

fn text(run: &Value) -> String {
    let mut text = String::new();
    let facts = [
        ("run", cell(run, &["id"])),
        ("status", cell(run, &["status"])),
        (
            "workflow",
            format!(
                "{} (version {})",
                cell(run, &["workflow"]),
                cell(run, &["version"])
            ),
        ),
        (
            "trigger",
            format!(
                "{}, event {}",
                cell(run, &["trigger", "id"]),
                cell(run, &["trigger", "event_id"])
            ),
        ),
        ("accepted", cell(run, &["accepted_at"])),
        ("started", cell(run, &["started_at"])),
        ("finished", cell(run, &["finished_at"])),
        ("input", cell(run, &["input"])),
        ("output", cell(run, &["output"])),
    ];
    for (name, value) in facts {
        let _ = writeln!(text, "{name:9} {value}");
    }
    if let Some(sentence) = run.pointer("/failure/sentence").and_then(Value::as_str) {
        let _ = writeln!(text, "failure   {sentence}");
    }
    for step in list(run, "steps") {
        step_text(step, &mut text);
    }
    text
}

fn step_text(step: &Value, text: &mut String) {
    let path = cell(step, &["path"]);
    let (uses, status) = (cell(step, &["uses"]), cell(step, &["status"]));
    let _ = writeln!(text, "\n{path} ({uses}) {status}");
    let _ = writeln!(text, "  input   {}", cell(step, &["input"]));
    if step.get("records").is_some() {
        let _ = writeln!(text, "  records {}", cell(step, &["records"]));
    }
    let _ = writeln!(text, "  output  {}", cell(step, &["output"]));
    if let Some(until) = step.pointer("/wait/until").and_then(Value::as_str) {
        let _ = writeln!(text, "  waits until {until}");
    }
    for failure in list(step, "failures") {
        let _ = writeln!(
            text,
            "  record {} {}: {}",
            cell(failure, &["record"]),
            cell(failure, &["field"]),
            cell(failure, &["message"])
        );
    }
    for attempt in list(step, "attempts") {
        attempt_text(attempt, text);
    }
}

fn attempt_text(attempt: &Value, text: &mut String) {
    let _ = writeln!(
        text,
        "  attempt {}: {} to {}",
        cell(attempt, &["number"]),
        cell(attempt, &["started_at"]),
        cell(attempt, &["finished_at"])
    );
    if let Some(message) = attempt.pointer("/failure/message").and_then(Value::as_str) {
        let disposition = cell(attempt, &["failure", "disposition"]);
        let _ = writeln!(text, "    failed ({disposition}): {message}");
    }
    for request in list(attempt, "requests") {
        let _ = writeln!(
            text,
            "    {} {} -> {} in {} ms",
            cell(request, &["method"]),
            cell(request, &["url"]),
            cell(request, &["status"]),
            cell(request, &["duration_ms"])
        );
    }
    for line in list(attempt, "log") {
        let fields = cell(line, &["fields"]);
        let _ = writeln!(
            text,
            "    {} {}: {}{}",
            cell(line, &["at"]),
            cell(line, &["level"]),
            cell(line, &["message"]),
            if fields == "{}" {
                String::new()
            } else {
                format!(" {fields}")
            }
        );
    }
}

fn list<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    value
        .get(name)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}
