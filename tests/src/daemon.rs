//! A `mortise serve` of one's own: started on free ports, found through what it prints and
//! writes, ended with it.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use rustix::process::{Pid, Signal, kill_process};
use serde::Deserialize;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::client::Client;
use crate::faults::preload::Preload;
use crate::{paths, plugins, warm};

/// Longest wait for the line that says it is ready: the first start compiles the plugins, on a
/// machine that may be busy.
pub const READY_MAX: Duration = Duration::from_secs(120);

/// Longest wait for the end of a process that was told to end.
pub const EXIT_MAX: Duration = Duration::from_secs(60);

/// Longest wait for a line of its log.
pub const SAID_MAX: Duration = Duration::from_secs(60);

/// The variable that has every daemon run plugins in worker processes: `ISOLATE=true`.
const ISOLATE: &str = "ISOLATE";

/// How to start a daemon.
#[derive(Clone, Debug)]
pub struct Launch {
    data: PathBuf,
    workflows: PathBuf,
    plugins: Option<PathBuf>,
    cold: bool,
    listen: String,
    settings_file: Option<PathBuf>,
    environment: BTreeMap<String, String>,
}

/// A daemon that did not become ready.
#[derive(Debug)]
pub struct Refused {
    /// Its exit code; none where a signal ended it.
    pub code: Option<i32>,
    /// What it said.
    pub stderr: String,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the daemon ended with {:?} before it was ready:\n{}",
            self.code, self.stderr
        )
    }
}

impl std::error::Error for Refused {}

/// The line that says it is ready.
#[derive(Clone, Debug, Deserialize)]
pub struct Ready {
    /// Always true.
    pub ready: bool,
    /// The process.
    pub pid: u32,
    /// The binary's version.
    pub version: String,
    /// Address of the hooks listener.
    pub hooks: String,
    /// Address of the admin listener.
    pub admin: String,
    /// Address of the registry, where one is served.
    #[serde(default)]
    pub registry: Option<String>,
}

/// A daemon that is ready. Dropping it kills the process.
#[derive(Debug)]
pub struct Daemon {
    child: Child,
    stderr: watch::Receiver<String>,
    data: PathBuf,
    /// What it said when it was ready.
    pub ready: Ready,
    /// For the hooks: without a token.
    pub client: Client,
    /// For the admin listener: with the token.
    pub admin: Client,
}

impl Launch {
    /// A daemon with this data folder and these workflows, that may reach this machine.
    #[must_use]
    pub fn new(data: &Path, workflows: &Path) -> Self {
        let launch = Self {
            data: data.to_path_buf(),
            workflows: workflows.to_path_buf(),
            plugins: None,
            cold: false,
            listen: "127.0.0.1:0".to_owned(),
            settings_file: None,
            environment: BTreeMap::new(),
        };
        let launch = launch.setting("egress.allow-private", "127.0.0.0/8");
        match std::env::var(ISOLATE) {
            Ok(is_on) => launch.setting("isolate", &is_on),
            Err(_) => launch,
        }
    }

    /// The same with a setting, given through the environment.
    #[must_use]
    pub fn setting(mut self, name: &str, value: &str) -> Self {
        let variable = name.to_uppercase().replace(['.', '-'], "_");
        self.environment
            .insert(format!("MORTISE_{variable}"), value.to_owned());
        self
    }

    /// The same without a setting.
    #[must_use]
    pub fn without_setting(mut self, name: &str) -> Self {
        let variable = name.to_uppercase().replace(['.', '-'], "_");
        self.environment.remove(&format!("MORTISE_{variable}"));
        self
    }

    /// The same with a variable of the environment that is no setting.
    #[must_use]
    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.environment.insert(name.to_owned(), value.to_owned());
        self
    }

    /// The same under a preloaded library. One [`Preload`] serves one start.
    ///
    /// # Errors
    /// Where the library was not built.
    pub fn preload(mut self, preload: &Preload) -> Result<Self> {
        for (name, value) in preload.variables()? {
            let value = value.into_os_string().into_string();
            let value = value.map_err(|value| anyhow!("{} is no text", value.display()))?;
            self.environment.insert(name.to_owned(), value);
        }
        Ok(self)
    }

    /// The same with a settings file.
    #[must_use]
    pub fn settings_file(mut self, file: &Path) -> Self {
        self.settings_file = Some(file.to_path_buf());
        self
    }

    /// The same with another folder of plugins, not compiled yet.
    #[must_use]
    pub fn cold_plugins(self, folder: &Path) -> Self {
        self.plugins(folder).cold()
    }

    /// The same with another folder of plugins than [`plugins::basic`].
    #[must_use]
    pub fn plugins(mut self, folder: &Path) -> Self {
        self.plugins = Some(folder.to_path_buf());
        self
    }

    /// The same, compiling the plugins at the first start as a new user would.
    #[must_use]
    pub fn cold(mut self) -> Self {
        self.cold = true;
        self
    }

    /// The same with hooks at another address.
    #[must_use]
    pub fn listen(mut self, address: &str) -> Self {
        address.clone_into(&mut self.listen);
        self
    }

    /// Where its plugins are.
    ///
    /// # Errors
    /// Where they were not built.
    pub fn plugins_folder(&self) -> Result<PathBuf> {
        self.plugins.clone().map_or_else(plugins::basic, Ok)
    }

    fn command(&self) -> Result<Command> {
        let mut command = Command::new(paths::binary()?);
        clear_environment(&mut command);
        command
            .args([
                "serve",
                "--admin",
                "127.0.0.1:0",
                "--listen",
                &self.listen,
                "--data",
            ])
            .arg(&self.data)
            .arg("--workflows")
            .arg(&self.workflows)
            .arg("--plugins")
            .arg(self.plugins_folder()?)
            .envs(&self.environment)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        if let Some(file) = &self.settings_file {
            command.arg("--settings").arg(file);
        }
        Ok(command)
    }

    /// Starts it and waits until it is ready.
    ///
    /// # Errors
    /// [`Refused`] where it ends instead.
    pub async fn start(&self) -> Result<Daemon> {
        if !self.cold {
            warm::warm(&self.data, &self.plugins_folder()?).await?;
        }
        let mut child = self.command()?.spawn().context("starting the daemon")?;
        let stdout = child.stdout.take().context("no stdout")?;
        let stderr = collect(child.stderr.take().context("no stderr")?);
        let mut lines = BufReader::new(stdout).lines();
        let line = timeout(READY_MAX, lines.next_line()).await;
        let line = line.with_context(|| {
            format!(
                "the daemon is not ready after {READY_MAX:?}: {}",
                *stderr.borrow()
            )
        })??;
        let Some(line) = line else {
            let code = timeout(EXIT_MAX, child.wait()).await??.code();
            let stderr = whole(stderr).await;
            bail!(Refused { code, stderr });
        };
        let ready: Ready =
            serde_json::from_str(&line).with_context(|| format!("the ready line {line}"))?;
        let found: Value = serde_json::from_slice(&std::fs::read(self.data.join("daemon.json"))?)?;
        let token = found["token"].as_str().context("no token in daemon.json")?;
        let client = Client::default();
        let admin = client.clone().with_token(token)?;
        Ok(Daemon {
            child,
            stderr,
            data: self.data.clone(),
            ready,
            client,
            admin,
        })
    }

    /// Starts it and gives what it said when it ended instead of becoming ready.
    ///
    /// # Errors
    /// Where it becomes ready.
    pub async fn refused(&self) -> Result<Refused> {
        match self.start().await {
            Ok(_) => bail!("the daemon became ready"),
            Err(error) => error.downcast::<Refused>(),
        }
    }
}

impl Daemon {
    /// The process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.ready.pid
    }

    /// Its data folder.
    #[must_use]
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// The address of a hook.
    #[must_use]
    pub fn hook(&self, path: &str) -> String {
        format!("{}/hooks{path}", self.ready.hooks)
    }

    /// What it has said on stderr so far.
    #[must_use]
    pub fn stderr(&self) -> String {
        self.stderr.borrow().clone()
    }

    /// Asks it to stop, without waiting.
    ///
    /// # Errors
    /// Where there is no such process any more.
    pub fn terminate(&self) -> Result<()> {
        self.signal(Signal::TERM)
    }

    /// Sends it a signal.
    ///
    /// # Errors
    /// Where there is no such process any more.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        let pid = i32::try_from(self.pid())
            .ok()
            .and_then(Pid::from_raw)
            .context("no such process id")?;
        kill_process(pid, signal).with_context(|| format!("{signal:?}"))
    }

    /// Waits until it has said this on stderr.
    ///
    /// # Errors
    /// Where it has not within [`SAID_MAX`], or has ended.
    pub async fn until_said(&self, text: &str) -> Result<()> {
        let mut stderr = self.stderr.clone();
        let said = stderr.wait_for(|said| said.contains(text));
        let said = timeout(SAID_MAX, said).await;
        said.with_context(|| format!("it has not said `{text}` after {SAID_MAX:?}"))?
            .with_context(|| format!("it ended without having said `{text}`"))?;
        Ok(())
    }

    /// Waits until the process has ended.
    ///
    /// # Errors
    /// Where it has not within [`EXIT_MAX`].
    pub async fn exited(&mut self) -> Result<ExitStatus> {
        let status = timeout(EXIT_MAX, self.child.wait()).await;
        Ok(status
            .with_context(|| format!("still running after {EXIT_MAX:?}: {}", self.stderr()))??)
    }

    /// Waits until the process has ended, however long that takes.
    ///
    /// # Errors
    /// Where nobody can tell.
    pub async fn ended(&mut self) -> Result<ExitStatus> {
        Ok(self.child.wait().await?)
    }

    /// SIGTERM, and waits for the end.
    ///
    /// # Errors
    /// As [`Self::exited`].
    pub async fn stop(mut self) -> Result<ExitStatus> {
        self.terminate()?;
        self.exited().await
    }

    /// SIGKILL, and waits for the end.
    ///
    /// # Errors
    /// Where it had ended already.
    pub async fn kill(&mut self) -> Result<()> {
        self.child.start_kill()?;
        self.exited().await?;
        Ok(())
    }
}

/// Removes what the person who runs the tests has set for a daemon of their own.
pub fn clear_environment(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("MORTISE_") {
            command.env_remove(name);
        }
    }
}

fn collect(stderr: tokio::process::ChildStderr) -> watch::Receiver<String> {
    let (sender, receiver) = watch::channel(String::new());
    tokio::spawn(async move {
        let mut lines = BufReader::new(stderr).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            sender.send_modify(|text| {
                text.push_str(&line);
                text.push('\n');
            });
        }
    });
    receiver
}

/// Everything it said, once it has ended.
async fn whole(mut stderr: watch::Receiver<String>) -> String {
    while stderr.changed().await.is_ok() {}
    stderr.borrow().clone()
}
