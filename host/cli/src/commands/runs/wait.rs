//! `mortise runs wait`

use std::time::Duration;

use clap::Args;
use mortise_model::{RunId, Status, duration};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::access::Access;
use crate::args::Data;
use crate::exit::{Code, Outcome, Stop};
use crate::output::{self, cell};

/// Waits for runs.
#[derive(Args)]
pub struct Wait {
    /// The runs
    #[arg(required = true)]
    ids: Vec<RunId>,
    /// How long to wait for all of them, such as `500ms`, `30s` or `5m`
    #[arg(long, default_value = "30s", value_parser = timeout)]
    timeout: Duration,
    #[command(flatten)]
    data: Data,
}

/// The longest that one request to the daemon waits; then it is asked again.
const SLICE: Duration = Duration::from_secs(20);

fn timeout(text: &str) -> Result<Duration, String> {
    duration::parse_ms(text)
        .map(Duration::from_millis)
        .map_err(|error| error.to_string())
}

/// Waits until all runs are at rest and prints them.
///
/// # Errors
/// `Failed` where one did not succeed or is not at rest in time.
pub async fn run(wait: Wait) -> Outcome {
    let settings = wait.data.resolve()?.settings;
    let access = Access::find(&settings).await?;
    let deadline = Instant::now() + wait.timeout;
    let mut runs = Vec::new();
    for id in &wait.ids {
        runs.push(rest(&access, *id, deadline).await?);
    }
    if wait.data.json {
        output::json(&json!({"items": runs, "next": null}))?;
    } else {
        let rows: Vec<Vec<String>> = runs
            .iter()
            .map(|run| {
                let why = cell(run, &["failure", "sentence"]);
                vec![cell(run, &["id"]), cell(run, &["status"]), why]
            })
            .collect();
        output::table(&["ID", "STATUS", "FAILURE"], &rows)?;
    }
    verdict(&runs, access.is_live())
}

async fn rest(access: &Access, id: RunId, deadline: Instant) -> Outcome<Value> {
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let run = access.run(id, false, left.min(SLICE)).await?;
        if at_rest(&run) || left <= SLICE || !access.is_live() {
            return Ok(run);
        }
    }
}

fn status(run: &Value) -> Option<Status> {
    run.get("status")
        .and_then(Value::as_str)
        .and_then(Status::of_word)
}

fn at_rest(run: &Value) -> bool {
    status(run).is_some_and(Status::is_rest)
}

fn verdict(runs: &[Value], live: bool) -> Outcome {
    let moving = runs.iter().filter(|run| !at_rest(run)).count();
    let failed = runs
        .iter()
        .filter(|run| at_rest(run) && status(run) != Some(Status::Succeeded))
        .count();
    match (moving, failed) {
        (0, 0) => Ok(()),
        (0, _) => Err(Stop::silent(Code::Failed)),
        _ if live => Err(Stop::failed(format!(
            "{moving} of {} runs are not at rest yet",
            runs.len()
        ))),
        _ => Err(Stop::environment(format!(
            "{moving} of {} runs are not at rest, and no daemon runs that would carry them on",
            runs.len()
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(statuses: &[&str], live: bool) -> Code {
        let runs: Vec<Value> = statuses
            .iter()
            .map(|status| json!({"status": status}))
            .collect();
        verdict(&runs, live).map_or_else(|stop| stop.code, |()| Code::Done)
    }

    #[test]
    fn only_success_of_all_is_success() {
        assert_eq!(code(&["succeeded", "succeeded"], true), Code::Done);
        assert_eq!(code(&["succeeded", "parked"], true), Code::Failed);
        assert_eq!(code(&["succeeded", "running"], true), Code::Failed);
        assert_eq!(code(&["succeeded", "queued"], false), Code::Environment);
    }
}
