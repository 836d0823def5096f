//! The admin listener in a few words.

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use tokio::time::Instant;

use crate::client::Answer;
use crate::daemon::Daemon;

/// Longest wait for a run to come to rest.
pub const REST_MAX: Duration = Duration::from_secs(90);

/// How long one question about a run may stay open on the server.
const POLL_S: u64 = 20;

/// The statuses in which a run stays.
const REST: [&str; 5] = ["succeeded", "failed", "cancelled", "skipped", "parked"];

impl Daemon {
    /// The address of a route below `/api/v1`.
    #[must_use]
    pub fn route(&self, path: &str) -> String {
        format!("{}/api/v1{path}", self.ready.admin)
    }

    /// GET of a route below `/api/v1`, which must answer 200.
    ///
    /// # Errors
    /// Where it answers otherwise.
    pub async fn read(&self, path: &str) -> Result<Value> {
        let answer = self.admin.get(&self.route(path)).await?;
        ensure!(
            answer.status == 200,
            "GET {path}: {} {}",
            answer.status,
            answer.text()
        );
        answer.json()
    }

    /// Posts JSON to a hook.
    ///
    /// # Errors
    /// Where there is no answer.
    pub async fn post(&self, path: &str, body: impl Into<bytes::Bytes>) -> Result<Answer> {
        self.client.post(&self.hook(path), body).await
    }

    /// Posts JSON to a hook, which must accept it, and gives the run's id.
    ///
    /// # Errors
    /// Where it does not.
    pub async fn accept(&self, path: &str, body: impl Into<bytes::Bytes>) -> Result<String> {
        accepted(&self.post(path, body).await?)
    }

    /// A run as it is now.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub async fn run(&self, id: &str) -> Result<Value> {
        self.read(&format!("/runs/{id}")).await
    }

    /// A run once it has come to rest: the server answers when it has.
    ///
    /// # Errors
    /// Where it has not within [`REST_MAX`].
    pub async fn rest(&self, id: &str) -> Result<Value> {
        let started = Instant::now();
        loop {
            let run = self.read(&format!("/runs/{id}?wait={POLL_S}s")).await?;
            if is_rest(&run) {
                return Ok(run);
            }
            if started.elapsed() > REST_MAX {
                bail!("not at rest after {REST_MAX:?}: {run:#}\n{}", self.stderr());
            }
        }
    }

    /// A run once it has come to rest, which must be `succeeded`.
    ///
    /// # Errors
    /// Where it came to rest otherwise.
    pub async fn succeeded(&self, id: &str) -> Result<Value> {
        let run = self.rest(id).await?;
        ensure!(
            run["status"] == "succeeded",
            "run {id} came to rest as {run:#}"
        );
        Ok(run)
    }

    /// A number of `/metrics`.
    ///
    /// # Errors
    /// Where there is none of this name.
    pub async fn metric(&self, name: &str) -> Result<u64> {
        let url = format!("{}/metrics", self.ready.admin);
        let text = self.admin.get(&url).await?.text();
        let value = text
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        let value = value.with_context(|| format!("no {name} in /metrics: {text}"))?;
        value.trim().parse().context(name.to_owned())
    }

    /// Every run of a status, page by page.
    ///
    /// # Errors
    /// Where they cannot be read.
    pub async fn runs(&self, status: &str) -> Result<Vec<Value>> {
        let mut runs = Vec::new();
        let mut cursor = String::new();
        loop {
            let mut page = self
                .read(&format!("/runs?status={status}&limit=500{cursor}"))
                .await?;
            let items = page["items"].as_array_mut().context("no items")?;
            runs.append(items);
            match page["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return Ok(runs),
            }
        }
    }
}

/// The run's id in the answer of a hook, which must have accepted.
///
/// # Errors
/// Where it did not.
pub fn accepted(answer: &Answer) -> Result<String> {
    ensure!(
        answer.status == 202,
        "not accepted: {} {}",
        answer.status,
        answer.text()
    );
    let body = answer.json()?;
    let id = body["runs"][0]["id"]
        .as_str()
        .with_context(|| format!("no run in {body}"))?;
    Ok(id.to_owned())
}

/// Whether a run stays as it is.
#[must_use]
pub fn is_rest(run: &Value) -> bool {
    run["status"]
        .as_str()
        .is_some_and(|status| REST.contains(&status))
}

/// Longest wait for a hook to answer differently.
const CHANGE_MAX: Duration = Duration::from_secs(60);

impl Daemon {
    /// Posts to a hook, one request after the other, until one is answered with this status.
    ///
    /// # Errors
    /// Where none is within a minute.
    pub async fn until_hook_answers(&self, path: &str, body: &str, status: u16) -> Result<Answer> {
        let started = Instant::now();
        loop {
            let answer = self.post(path, body.to_owned()).await?;
            if answer.status == status {
                return Ok(answer);
            }
            ensure!(
                started.elapsed() < CHANGE_MAX,
                "still {} {}",
                answer.status,
                answer.text()
            );
        }
    }
}
