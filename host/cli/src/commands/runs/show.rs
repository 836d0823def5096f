//! `mortise runs show`

use std::fmt::Write as _;
use std::time::Duration;

use clap::Args;
use mortise_model::RunId;
use serde_json::Value;

use crate::access::Access;
use crate::args::Data;
use crate::exit::Outcome;
use crate::output::{self, cell, list};

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
}

/// Prints a run.
///
/// # Errors
/// `NotFound` where there is no such run.
pub async fn run(show: Show) -> Outcome {
    let settings = show.data.resolve()?.settings;
    let access = Access::find(&settings).await?;
    let run = access.run(show.id, show.full, Duration::ZERO).await?;
    print(&run, show.data.json)
}

/// Prints a run: as JSON, or as text.
///
/// # Errors
/// Where stdout cannot be written.
pub fn print(run: &Value, json: bool) -> Outcome {
    if json {
        return output::json(run);
    }
    output::text(&text(run))
}

fn text(run: &Value) -> String {
    let mut text = String::new();
    let facts = [
        ("run", cell(run, &["id"])),
        ("status", cell(run, &["status"])),
        ("workflow", workflow(run)),
        (
            "trigger",
            format!(
                "{}, event {}",
                cell(run, &["trigger", "id"]),
                cell(run, &["trigger", "event_id"])
            ),
        ),
        ("parent", cell(run, &["parent"])),
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
    if let Some(why) = run.get("why").and_then(Value::as_str) {
        let _ = writeln!(text, "why       {why}");
    }
    for news in list(run, "history") {
        let _ = writeln!(text, "history   {}", told(news));
    }
    for step in list(run, "steps") {
        step_text(step, &mut text);
    }
    text
}

/// `orders (version 4, rollout of acme/shop@1.2.0)`
fn workflow(run: &Value) -> String {
    let (name, version) = (cell(run, &["workflow"]), cell(run, &["version"]));
    match run.get("rollout").and_then(Value::as_str) {
        Some(rollout) => format!("{name} (version {version}, rollout of {rollout})"),
        None => format!("{name} (version {version})"),
    }
}

/// `2026-… approved `ok` by ann: checked by phone`.
fn told(news: &Value) -> String {
    let mut text = format!("{} {}", cell(news, &["at"]), cell(news, &["kind"]));
    let details = [
        ("step", " step "),
        ("run", " run "),
        ("version", " to version "),
        ("by", " by "),
        ("why", ": "),
    ];
    for (name, before) in details {
        if news.get(name).is_some_and(|value| !value.is_null()) {
            text.push_str(before);
            text.push_str(&cell(news, &[name]));
        }
    }
    text
}

fn step_text(step: &Value, text: &mut String) {
    let path = cell(step, &["path"]);
    let what = match (step.get("uses"), step.get("plugin")) {
        (Some(Value::String(uses)), Some(Value::String(plugin))) => format!("{uses} of {plugin}"),
        (Some(Value::String(uses)), _) => uses.clone(),
        _ => cell(step, &["kind"]),
    };
    let status = cell(step, &["status"]);
    let _ = writeln!(text, "\n{path} ({what}) {status}");
    let wait = step.get("wait").filter(|wait| !wait.is_null());
    if status == "pending" && wait.is_none() {
        return;
    }
    let _ = writeln!(text, "  input   {}", cell(step, &["input"]));
    if step.get("records").is_some() {
        let _ = writeln!(text, "  records {}", cell(step, &["records"]));
    }
    let _ = writeln!(text, "  output  {}", cell(step, &["output"]));
    if let Some(wait) = wait {
        let (what, until) = (cell(wait, &["for"]), cell(wait, &["until"]));
        let why = wait.get("why").and_then(Value::as_str);
        let why = why.map(|why| format!(": {why}")).unwrap_or_default();
        let _ = writeln!(text, "  waits for {what}, until {until}{why}");
        if let Some(url) = wait.get("url").and_then(Value::as_str) {
            let _ = writeln!(text, "  answer to {url}");
        }
    }
    if step.get("child").is_some() {
        let _ = writeln!(text, "  called  {}", cell(step, &["child"]));
    }
    if let Some(items) = step.get("items") {
        let (done, failed) = (cell(items, &["succeeded"]), cell(items, &["failed"]));
        let _ = writeln!(text, "  items   {done} succeeded, {failed} failed");
    }
    if let Some(sentence) = step.pointer("/failure/sentence").and_then(Value::as_str) {
        let _ = writeln!(text, "  failed  {sentence}");
    }
    for failure in list(step, "failures") {
        let _ = writeln!(text, "  {}", left_out(failure));
    }
    for attempt in list(step, "attempts") {
        attempt_text(attempt, text);
    }
}

/// A record of a transform or an item of a `foreach` that failed.
fn left_out(failure: &Value) -> String {
    match failure.pointer("/failure/sentence").and_then(Value::as_str) {
        Some(sentence) => sentence.to_owned(),
        None => format!(
            "record {} {}: {}",
            cell(failure, &["record"]),
            cell(failure, &["field"]),
            cell(failure, &["message"])
        ),
    }
}

fn attempt_text(attempt: &Value, text: &mut String) {
    let _ = writeln!(
        text,
        "  attempt {} of turn {}: {} to {}",
        cell(attempt, &["number"]),
        cell(attempt, &["turn"]),
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

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn a_run_that_was_skipped_says_why() {
        let run = serde_json::json!({"status": "skipped", "why": "the event came before"});
        let text = text(&run);
        assert!(text.contains("why       the event came before\n"), "{text}");
    }
}
