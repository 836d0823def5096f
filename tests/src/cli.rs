//! The commands other than `serve`.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::daemon::clear_environment;
use crate::{paths, warm};

/// Longest run of a command: it may compile plugins.
const COMMAND_MAX: Duration = Duration::from_secs(120);

/// What a command did.
#[derive(Clone, Debug)]
pub struct Output {
    /// Its exit code; none where a signal ended it.
    pub code: Option<i32>,
    /// Data.
    pub stdout: String,
    /// Everything else.
    pub stderr: String,
}

impl Output {
    /// stdout as JSON.
    ///
    /// # Errors
    /// Where it is none.
    pub fn json(&self) -> Result<Value> {
        serde_json::from_str(&self.stdout).with_context(|| format!("not JSON: {self:?}"))
    }

    /// The same output, which must have ended with 0.
    ///
    /// # Errors
    /// Where it ended otherwise.
    pub fn ok(self) -> Result<Self> {
        ensure!(
            self.code == Some(0),
            "ended with {:?}\nstdout: {}\nstderr: {}",
            self.code,
            self.stdout,
            self.stderr
        );
        Ok(self)
    }
}

/// Runs `mortise` with these arguments.
///
/// # Errors
/// Where it cannot be started or does not end.
pub async fn mortise<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Result<Output> {
    mortise_in(&paths::root(), arguments, "").await
}

/// Runs `mortise` in a folder, with something on stdin.
///
/// # Errors
/// As [`mortise`].
pub async fn mortise_in<S: AsRef<OsStr>>(
    folder: &Path,
    arguments: impl IntoIterator<Item = S>,
    stdin: &str,
) -> Result<Output> {
    mortise_with(folder, arguments, stdin, &[]).await
}

/// Runs `mortise` in a folder, with something on stdin and these variables.
///
/// # Errors
/// As [`mortise`].
pub async fn mortise_with<S: AsRef<OsStr>>(
    folder: &Path,
    arguments: impl IntoIterator<Item = S>,
    stdin: &str,
    variables: &[(&str, &str)],
) -> Result<Output> {
    let mut child = begin(folder, arguments, variables)?;
    let mut input = child.stdin.take().context("no stdin")?;
    // A command that reads nothing may have closed it already.
    let _ = input.write_all(stdin.as_bytes()).await;
    drop(input);
    let output = timeout(COMMAND_MAX, child.wait_with_output())
        .await
        .context("the command does not end")??;
    Ok(Output {
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}

/// Runs a command of `mortise` that prints a link first, which somebody opens.
///
/// # Errors
/// As [`mortise`], or where the link cannot be opened.
pub async fn mortise_with_link<S: AsRef<OsStr>>(
    folder: &Path,
    arguments: impl IntoIterator<Item = S>,
    variables: &[(&str, &str)],
    open: impl AsyncFnOnce(&str) -> Result<()>,
) -> Result<Output> {
    let mut child = begin(folder, arguments, variables)?;
    let mut lines = BufReader::new(child.stdout.take().context("no stdout")?);
    let mut stderr = child.stderr.take().context("no stderr")?;
    let ending = async {
        let (mut stdout, mut said) = (String::new(), String::new());
        if lines.read_line(&mut stdout).await? > 0 {
            open(stdout.trim_end()).await?;
        }
        lines.read_to_string(&mut stdout).await?;
        stderr.read_to_string(&mut said).await?;
        Ok(Output {
            code: child.wait().await?.code(),
            stdout,
            stderr: said,
        })
    };
    let ended = timeout(COMMAND_MAX, ending).await;
    ended.context("the command does not end")?
}

fn begin<S: AsRef<OsStr>>(
    folder: &Path,
    arguments: impl IntoIterator<Item = S>,
    variables: &[(&str, &str)],
) -> Result<Child> {
    let mut command = Command::new(paths::binary()?);
    clear_environment(&mut command);
    command
        .args(arguments)
        .current_dir(folder)
        .env("MORTISE_EGRESS_ALLOW_PRIVATE", "127.0.0.0/8")
        .env("XDG_CACHE_HOME", warm::cache_home()?)
        .envs(variables.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command.spawn().context("starting mortise")
}
