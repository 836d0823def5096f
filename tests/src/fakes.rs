//! The fakes of applications in `tests/fakes`, served for one test.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result};
use serde::Deserialize;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::paths;

/// Longest wait until they are ready.
const READY_MAX: Duration = Duration::from_secs(60);

/// Fakes that end with it.
pub struct Fakes {
    _child: Child,
    ready: Ready,
}

#[derive(Deserialize)]
struct Ready {
    desk: String,
    applications: BTreeMap<String, String>,
}

impl Fakes {
    /// Serves these applications. What is said to them and what they answer is written to the file `exchanges`, for
    /// the validator.
    ///
    /// # Errors
    /// Where their packages are not there, or they do not start.
    pub async fn start(names: &[String], exchanges: &Path) -> Result<Self> {
        let mut child = Command::new(paths::fakes()?.join("bin/python"))
            .arg(paths::checked_in("tests/fakes/serve.py")?)
            .args(names)
            .env("FAKES_EXCHANGES", exchanges)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .kill_on_drop(true)
            .spawn()
            .context("starting the fakes")?;
        let stdout = child.stdout.take().context("no stdout")?;
        let mut lines = BufReader::new(stdout).lines();
        let line = timeout(READY_MAX, lines.next_line()).await??;
        let line = line.context("the fakes ended before they were ready")?;
        Ok(Self {
            _child: child,
            ready: serde_json::from_str(&line)?,
        })
    }

    /// Where tests say what happens.
    #[must_use]
    pub fn desk(&self) -> &str {
        &self.ready.desk
    }

    /// The applications and their addresses.
    pub fn applications(&self) -> impl Iterator<Item = (&str, &str)> {
        let applications = self.ready.applications.iter();
        applications.map(|(name, address)| (name.as_str(), address.as_str()))
    }

    /// The address of one.
    ///
    /// # Errors
    /// Where it is not served.
    pub fn address(&self, name: &str) -> Result<&str> {
        let address = self.ready.applications.get(name);
        address
            .map(String::as_str)
            .with_context(|| format!("the fake `{name}` is not among the `fakes` of the scenario"))
    }
}
