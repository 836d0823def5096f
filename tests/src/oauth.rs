//! The authorization server of tests/oauth.

use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::client::{ANSWER_MAX, Client};
use crate::paths;

/// A server that ends with it.
pub struct Server {
    _child: Child,
    ready: Ready,
    client: Client,
}

#[derive(Deserialize)]
struct Ready {
    issuer: String,
    private_key: String,
}

impl Server {
    /// Starts one whose access tokens live so long.
    ///
    /// # Errors
    /// Where its packages are not there, or it does not start.
    pub async fn start(access_token_secs: u32) -> Result<Self> {
        let folder = paths::oauth_server()?;
        let mut child = Command::new("node")
            .arg(folder.join("server.mjs"))
            .env("ACCESS_TOKEN_SECS", access_token_secs.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .context("starting node")?;
        let stdout = child.stdout.take().context("no stdout")?;
        let mut lines = BufReader::new(stdout).lines();
        let line = timeout(ANSWER_MAX, lines.next_line()).await??;
        let line = line.context("the authorization server ended")?;
        Ok(Self {
            _child: child,
            ready: serde_json::from_str(&line)?,
            client: Client::default(),
        })
    }

    /// Its address.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.ready.issuer
    }

    /// The key that the clients `signed` and `service` sign with, in PEM.
    #[must_use]
    pub fn private_key(&self) -> &str {
        &self.ready.private_key
    }

    /// How often something happened, such as `grant.refresh_token`.
    ///
    /// # Errors
    /// Where the server does not answer.
    pub async fn count(&self, what: &str) -> Result<u64> {
        let counts = self.desk("counts").await?;
        Ok(counts["counts"][what].as_u64().unwrap_or(0))
    }

    /// Waits until something happened so often.
    ///
    /// # Errors
    /// Where it does not.
    pub async fn wait(&self, what: &str, number: u64) -> Result<()> {
        let path = format!("wait?for={what}&number={number}");
        self.desk(&path).await.map(drop)
    }

    /// Every token that it gave.
    ///
    /// # Errors
    /// Where the server does not answer.
    pub async fn secrets(&self) -> Result<Vec<String>> {
        let told = self.desk("secrets").await?;
        Ok(serde_json::from_value(told["secrets"].clone())?)
    }

    /// Takes back all that it gave.
    ///
    /// # Errors
    /// Where the server does not answer.
    pub async fn take_back(&self) -> Result<()> {
        self.desk("take-back").await.map(drop)
    }

    async fn desk(&self, path: &str) -> Result<Value> {
        let url = format!("{}/desk/{path}", self.issuer());
        let answer = self.client.get(&url).await?;
        ensure!(answer.status == 200, "the server's desk: {}", answer.text());
        answer.json()
    }
}
