//! The first scene: events as GitHub sends them.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use jiff::Timestamp;
use serde_json::Value;

use super::screen::{Cell, Screen, Style};
use super::world::World;
use crate::paths;

/// Characters of what is delivered that the table shows.
const LINE_MAX: usize = 64;

/// A payload, where it goes, and what the receiving server gets of it.
struct Example {
    file: &'static str,
    hook: &'static str,
    /// A text in what is delivered; none where nothing may be.
    delivered: Option<&'static str>,
}

const EXAMPLES: [Example; 8] = [
    Example {
        file: "issues.opened",
        hook: "/github",
        delivered: Some("opened issue #1 of Codertocat/Hello-World: Spelling error"),
    },
    Example {
        file: "issues.labeled",
        hook: "/github",
        delivered: None,
    },
    Example {
        file: "issues.reopened",
        hook: "/github",
        delivered: Some("reopened issue #1"),
    },
    Example {
        file: "pull_request.opened",
        hook: "/github",
        delivered: Some("opened pull request #2"),
    },
    Example {
        file: "pull_request.closed",
        hook: "/github",
        delivered: Some("closed pull request #2"),
    },
    Example {
        file: "push.branch",
        hook: "/pushes",
        delivered: Some("\"commits\":1"),
    },
    Example {
        file: "push.tag_created",
        hook: "/pushes",
        delivered: Some("\"commits\":0"),
    },
    Example {
        file: "push.tag_deleted",
        hook: "/pushes",
        delivered: Some("\"deleted\":true"),
    },
];

/// Plays it.
///
/// # Errors
/// Where a run does not succeed or the wrong thing arrives.
pub async fn play(screen: &mut Screen, world: &World) -> Result<()> {
    screen.scene("Webhooks as GitHub sends them, through workflows of sandboxed plugins");
    let folder = paths::checked_in("demo/payloads")?;
    let mut rows = Vec::new();
    for example in &EXAMPLES {
        rows.push(send(world, &folder, example).await?);
    }
    screen.table(
        &[
            "event",
            "workflow",
            "run",
            "status",
            "took",
            "steps",
            "delivered",
        ],
        &rows,
    );
    screen.good("every event was on the disk before it was answered, and every step ran in a sandbox of its own");
    Ok(())
}

async fn send(world: &World, folder: &Path, example: &Example) -> Result<Vec<Cell>> {
    let body = std::fs::read(folder.join(format!("{}.json", example.file)))?;
    let kind = example.file.split('.').next().unwrap_or_default();
    let headers = [
        ("content-type", "application/json"),
        ("x-github-event", kind),
        ("x-github-delivery", example.file),
    ];
    let before = world.sink.ledger().received.len();
    let answer = world
        .daemon
        .client
        .send("POST", &world.daemon.hook(example.hook), &headers, body)
        .await?;
    ensure!(
        matches!(answer.status, 200 | 202),
        "{}: {} {}",
        example.file,
        answer.status,
        answer.text()
    );
    let run = world.daemon.succeeded(answer.header("mortise-run")).await?;
    let got = {
        let ledger = world.sink.ledger();
        ledger.received[before..]
            .iter()
            .map(|request| request.json())
            .collect::<Vec<_>>()
    };
    let delivered = match (example.delivered, got.as_slice()) {
        (None, []) => (Style::Dim, "nothing: its steps were skipped".to_owned()),
        (Some(text), [one]) => {
            ensure!(
                one.to_string().contains(text),
                "{}: no `{text}` in {one}",
                example.file
            );
            (Style::Plain, summary(one))
        }
        (_, got) => anyhow::bail!("{}: delivered {got:?}", example.file),
    };
    Ok(vec![
        (Style::Plain, example.file.to_owned()),
        (Style::Plain, text(&run["workflow"])),
        (Style::Dim, text(&run["id"])),
        (Style::Good, text(&run["status"])),
        (
            Style::Plain,
            took(&run["accepted_at"], &run["finished_at"])?,
        ),
        (Style::Dim, steps(&run)?),
        delivered,
    ])
}

/// As much of it as a line of the table holds.
fn summary(delivered: &Value) -> String {
    let summary = &delivered["summary"];
    let line = match delivered["text"].as_str() {
        Some(text) => text.to_owned(),
        None => format!(
            "{}: {} commits, {} files",
            text(&delivered["ref"]),
            summary["commits"],
            summary["files"]
        ),
    };
    line.chars().take(LINE_MAX).collect()
}

fn steps(run: &Value) -> Result<String> {
    let mut parts = Vec::new();
    for step in run["steps"].as_array().context("no steps")? {
        let path = text(&step["path"]);
        parts.push(
            match step["attempts"]
                .as_array()
                .and_then(|attempts| attempts.last())
            {
                Some(attempt) => format!(
                    "{path} {}",
                    took(&attempt["started_at"], &attempt["finished_at"])?
                ),
                None => format!("{path} –"),
            },
        );
    }
    Ok(parts.join(", "))
}

fn took(from: &Value, to: &Value) -> Result<String> {
    let from: Timestamp = text(from).parse()?;
    let to: Timestamp = text(to).parse()?;
    Ok(format!(
        "{} ms",
        to.as_millisecond() - from.as_millisecond()
    ))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
