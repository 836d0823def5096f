//! Does one step after the other, and compares.

use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use bytes::Bytes;
use serde_json::{Value, json};

use super::script::{Post, Start, Step, file_of, with_files};
use super::stage::Stage;
use crate::client::{Answer, Client};
use crate::sink::Received;
use crate::{cli, matching, paths};

/// Does one step.
///
/// # Errors
/// What differs from what is expected.
pub async fn step(stage: &mut Stage, step: &Step) -> Result<()> {
    if let Some(post) = &step.post {
        let daemon = stage.daemon()?;
        let url = daemon.hook(&post.path);
        let answer = send(&stage.case, &daemon.client, &url, post).await?;
        answered(stage, step, &answer).await
    } else if let Some(post) = &step.admin {
        let daemon = stage.daemon()?;
        let path = post.path.replace("RUN", &stage.run);
        let url = daemon.route(&path);
        let answer = send(&stage.case, &daemon.admin, &url, post).await?;
        answered(stage, step, &answer).await
    } else if let Some(Start { workflow, input }) = &step.start {
        let daemon = stage.daemon()?;
        let answer = daemon
            .admin
            .post(
                &daemon.route(&format!("/workflows/{workflow}/runs")),
                input.to_string(),
            )
            .await?;
        answered(stage, step, &answer).await
    } else if let Some(arguments) = &step.mortise {
        command(stage, step, arguments).await
    } else if let Some(count) = step.arrived {
        stage
            .sink
            .until(&format!("{count} arrived"), |ledger| {
                ledger.received.len() >= count
            })
            .await
    } else {
        bail!("a step has one of `post`, `admin`, `start`, `mortise` and `arrived`")
    }
}

/// Compares everything that the sink got.
///
/// # Errors
/// What differs.
pub async fn received(stage: &Stage, expected: Option<&[Value]>) -> Result<()> {
    let Some(expected) = expected else {
        return Ok(());
    };
    let count = expected.len();
    stage
        .sink
        .until(&format!("{count} arrived"), |ledger| {
            ledger.received.len() >= count
        })
        .await?;
    let actual: Vec<Value> = stage.sink.ledger().received.iter().map(shown).collect();
    let expected = with_files(&stage.case, &Value::Array(expected.to_vec()))?;
    same("what the sink got", &expected, &Value::Array(actual))
}

fn shown(received: &Received) -> Value {
    let headers: serde_json::Map<_, _> = received
        .headers
        .iter()
        .map(|(name, value)| (name.clone(), Value::from(value.clone())))
        .collect();
    let body = serde_json::from_slice(&received.body)
        .unwrap_or_else(|_| Value::from(String::from_utf8_lossy(&received.body).into_owned()));
    json!({ "method": received.method, "path": received.path, "headers": headers, "body": body })
}

/// Sends a request of a scenario, whose folder has the files that it names.
///
/// # Errors
/// Where a file is missing, or there is no answer.
pub async fn send(case: &Path, client: &Client, url: &str, post: &Post) -> Result<Answer> {
    let body = match (&post.file, &post.json, &post.text) {
        (Some(file), None, None) => Bytes::from(file_of(case, file)?),
        (None, Some(json), None) => Bytes::from(with_files(case, json)?.to_string()),
        (None, None, text) => Bytes::from(text.clone().unwrap_or_default()),
        _ => bail!("a request has one of `file`, `json` and `text`"),
    };
    let mut headers: Vec<(&str, &str)> = post
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    if !post.headers.contains_key("content-type") {
        headers.push(("content-type", "application/json"));
    }
    client.send(&post.method, url, &headers, body).await
}

async fn answered(stage: &mut Stage, step: &Step, answer: &Answer) -> Result<()> {
    let run = answer.header("mortise-run").to_owned();
    if let Some(expected) = &step.answer {
        let headers: serde_json::Map<_, _> = answer
            .headers
            .iter()
            .map(|(name, value)| {
                (
                    name.to_string(),
                    Value::from(String::from_utf8_lossy(value.as_bytes()).into_owned()),
                )
            })
            .collect();
        let body = answer.json().unwrap_or_else(|_| Value::from(answer.text()));
        let actual = json!({ "status": answer.status, "headers": headers, "body": body });
        same("the answer", &with_files(&stage.case, expected)?, &actual)?;
    }
    if !run.is_empty() {
        stage.run = run;
    }
    if let Some(expected) = &step.run {
        ensure!(
            !stage.run.is_empty(),
            "no run was started: {} {}",
            answer.status,
            answer.text()
        );
        let actual = stage.daemon()?.rest(&stage.run).await?;
        same("the run", &with_files(&stage.case, expected)?, &actual)?;
    }
    Ok(())
}

/// The arguments of a command with `DATA`, `DIR`, `PLUGINS` and `RUN` replaced.
///
/// # Errors
/// Where the plugins were not built.
pub fn filled(
    arguments: &[String],
    data: &Path,
    workflows: &Path,
    run: &str,
) -> Result<Vec<String>> {
    let plugins = paths::plugins()?;
    let known = [
        ("DATA", data.to_string_lossy()),
        ("DIR", workflows.to_string_lossy()),
        ("PLUGINS", plugins.to_string_lossy()),
        ("RUN", run.into()),
    ];
    let fill = |argument: &String| {
        known.iter().fold(argument.clone(), |text, (name, value)| {
            text.replace(name, value)
        })
    };
    Ok(arguments.iter().map(fill).collect())
}

async fn command(stage: &Stage, step: &Step, arguments: &[String]) -> Result<()> {
    let arguments = filled(arguments, &stage.data, &stage.workflows, &stage.run)?;
    let output = cli::mortise_in(&stage.workflows, &arguments, &step.stdin).await?;
    ensure!(
        output.code == Some(step.exit),
        "expected exit {}, got {output:#?}",
        step.exit
    );
    for (stream, text, parts) in [
        ("stdout", &output.stdout, &step.stdout),
        ("stderr", &output.stderr, &step.stderr),
    ] {
        for part in parts {
            ensure!(
                text.contains(part.as_str()),
                "{stream} does not contain `{part}`:\n{text}"
            );
        }
    }
    match &step.json {
        Some(expected) => same(
            "stdout",
            &with_files(&stage.case, expected)?,
            &output.json()?,
        ),
        None => Ok(()),
    }
}

fn same(what: &str, expected: &Value, actual: &Value) -> Result<()> {
    let differences = matching::differences(expected, actual);
    if differences.is_empty() {
        return Ok(());
    }
    let whole = serde_json::to_string_pretty(actual).context("printing JSON")?;
    bail!(
        "{what} is not as expected:\n  {}\nall of it: {whole}",
        differences.join("\n  ")
    )
}
