//! Does one step after the other, and compares.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use bytes::Bytes;
use futures::future::try_join_all;
use rustix::process::Signal;
use serde_json::{Map, Value, json};
use tokio::time::Instant;

use super::account;
use super::script::{Call, Deed, Post, Start, Step, Until, file_of, with_files};
use super::sent::sent;
use super::stage::Stage;
use crate::client::{Answer, Client};
use crate::sink::Behaviour;
use crate::{cli, matching, person};

/// Longest wait for the admin listener to say what is expected.
const UNTIL_MAX: Duration = Duration::from_secs(60);

/// Between two questions.
const ASK_EVERY: Duration = Duration::from_millis(10);

/// Does one step.
///
/// # Errors
/// What differs from what is expected.
pub async fn step(stage: &mut Stage, step: &Step) -> Result<()> {
    let mut came = Value::Null;
    match step.deed()? {
        Deed::Post(post) => came = requests(stage, step, post, false).await?,
        Deed::Admin(post) => came = requests(stage, step, post, true).await?,
        Deed::Start(start) => came = requests(stage, step, &started(start), true).await?,
        Deed::Call(call) => came = called(stage, step, call).await?,
        Deed::Mortise(arguments) => came = command(stage, step, arguments).await?,
        Deed::Sent(expected) => came = json!({ "requests": sent(stage, expected).await? }),
        Deed::Until(expected) => came = json!({ "is": until(stage, expected).await? }),
        Deed::Arrived(count) => {
            let what = format!("{count} arrived");
            let sink = &stage.sink;
            sink.until(&what, |ledger| ledger.received.len() >= count)
                .await?;
        }
        Deed::Logged(texts) => {
            for text in texts {
                let text = stage.words.fill(text);
                stage.daemon()?.until_said(&text).await?;
            }
        }
        Deed::Held(count) => stage.sink.until_held(count).await?,
        Deed::Release => {
            stage.sink.behave(Behaviour::ok());
            stage.sink.release();
        }
        Deed::Rules(rules) => stage.sink.rules(rules.iter().cloned()),
        Deed::Restart(how) => stage.restart(how).await?,
        Deed::Manifests(manifests) => stage.change(manifests)?,
        Deed::Hangup => stage.daemon()?.signal(Signal::HUP)?,
    }
    for (word, pointer) in &step.keep {
        let kept = came.pointer(pointer);
        let kept = kept.with_context(|| format!("no `{pointer}` in {came:#}"))?;
        let kept = kept
            .as_str()
            .map_or_else(|| kept.to_string(), str::to_owned);
        stage.words.set(word, kept);
    }
    Ok(())
}

fn started(start: &Start) -> Post {
    Post {
        path: format!("/workflows/{}/runs", start.workflow),
        method: "POST".to_owned(),
        headers: [].into(),
        file: None,
        json: Some(start.input.clone()),
        text: None,
    }
}

/// Has the daemon take in a workflow that makes the call, and starts it.
async fn called(stage: &mut Stage, step: &Step, call: &Call) -> Result<Value> {
    let name = stage.next_call();
    let manifest = stage.words.fill_json(&account::manifest(&name, call));
    // What is JSON is YAML.
    std::fs::write(
        stage.workflows.join(format!("{name}.yaml")),
        manifest.to_string(),
    )?;
    let daemon = stage.daemon()?;
    let reload = daemon.route("/workflows/reload");
    let reloaded = daemon
        .admin
        .send("POST", &reload, &[], Bytes::new())
        .await?;
    ensure!(
        reloaded.status == 200,
        "`call` is refused: {}",
        reloaded.text()
    );
    let start = Start {
        workflow: name,
        input: json!({}),
    };
    requests(stage, step, &started(&start), true).await
}

/// Sends a request, or several, and gives what came of the last one.
async fn requests(stage: &mut Stage, step: &Step, post: &Post, admin: bool) -> Result<Value> {
    let mut posts = Vec::new();
    for index in 1..=step.times.unwrap_or(1) {
        stage.words.set("INDEX", index.to_string());
        posts.push(stage.words.fill_post(post));
    }
    let daemon = stage.daemon()?;
    let client = if admin { &daemon.admin } else { &daemon.client };
    let send_one = async |post: &Post| {
        let url = match post.path.starts_with("http") {
            true => post.path.clone(),
            false if admin => daemon.route(&post.path),
            false => daemon.hook(&post.path),
        };
        send(&stage.case, client, &url, post).await
    };
    let mut answers = Vec::new();
    if step.together {
        answers = try_join_all(posts.iter().map(send_one)).await?;
    } else {
        for post in &posts {
            answers.push(send_one(post).await?);
        }
    }
    let mut came = Value::Null;
    for answer in &answers {
        came = answered(stage, step, answer).await?;
    }
    Ok(came)
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

async fn answered(stage: &mut Stage, step: &Step, answer: &Answer) -> Result<Value> {
    let headers = answer.headers.iter();
    let headers: Map<_, _> = headers
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes());
            (name.to_string(), Value::from(value))
        })
        .collect();
    let body = answer.json().unwrap_or_else(|_| Value::from(answer.text()));
    let mut came = json!({
        "answer": { "status": answer.status, "headers": headers, "body": body },
        "run": null,
    });
    if let Some(expected) = &step.answer {
        expect(stage, "the answer", expected, &came["answer"])?;
    }
    let run = answer.header("mortise-run");
    if !run.is_empty() {
        stage.words.set("RUN", run);
    }
    if let Some(expected) = &step.run {
        let run = stage.words.get("RUN");
        ensure!(!run.is_empty(), "no run was started: {came:#}");
        came["run"] = stage.daemon()?.rest(run).await?;
        expect(stage, "the run", expected, &came["run"])?;
    }
    Ok(came)
}

async fn command(stage: &Stage, step: &Step, arguments: &[String]) -> Result<Value> {
    let arguments = arguments.iter().map(|argument| stage.words.fill(argument));
    let stdin = stage.words.fill(&step.stdin);
    let key = stage.key.as_ref().map(|key| key.to_string_lossy());
    let variables: Vec<_> = key.iter().map(|key| ("MORTISE_KEY_FILE", &**key)).collect();
    let folder = &stage.workflows;
    let output = match &step.agree {
        None => cli::mortise_with(folder, arguments, &stdin, &variables).await?,
        Some(fake) => {
            let address = stage.words.fill(fake);
            let open = async |link: &str| person::agree_at(&address, link).await;
            cli::mortise_with_link(folder, arguments, &variables, open).await?
        }
    };
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
            let part = stage.words.fill(part);
            ensure!(
                text.contains(&part),
                "{stream} does not contain `{part}`:\n{text}"
            );
        }
    }
    if let Some(golden) = &step.golden {
        let golden = String::from_utf8(file_of(&stage.case, golden)?)?;
        ensure!(
            output.stdout == golden,
            "expected\n{golden}\ngot\n{}",
            output.stdout
        );
    }
    if let Some(expected) = &step.json {
        expect(stage, "stdout", expected, &output.json()?)?;
    }
    Ok(json!({ "json": output.json().unwrap_or_default() }))
}

/// Asks until the answer is as expected, and gives it.
async fn until(stage: &Stage, Until { get, is }: &Until) -> Result<Value> {
    let get = stage.words.fill(get);
    let daemon = stage.daemon()?;
    let url = match get.starts_with("http") {
        true => get,
        false => daemon.route(&get),
    };
    let begun = Instant::now();
    loop {
        let answer = daemon.admin.get(&url).await?;
        let is_now = answer.json().unwrap_or_else(|_| Value::from(answer.text()));
        match expect(stage, &url, is, &is_now) {
            Ok(()) => return Ok(is_now),
            Err(error) if begun.elapsed() > UNTIL_MAX => return Err(error),
            Err(_) => tokio::time::sleep(ASK_EVERY).await,
        }
    }
}

fn expect(stage: &Stage, what: &str, expected: &Value, actual: &Value) -> Result<()> {
    let expected = stage.words.fill_json(&with_files(&stage.case, expected)?);
    same(what, &expected, actual)
}

/// Compares.
///
/// # Errors
/// Every difference.
pub fn same(what: &str, expected: &Value, actual: &Value) -> Result<()> {
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
