//! Folder, sink and daemon of one scenario.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

use super::account;
use super::script::{Manifests, Restart};
use super::{SINK, Script, Words};
use crate::daemon::{Daemon, Launch};
use crate::fakes::Fakes;
use crate::sink::Sink;
use crate::{paths, plugins};

/// The address of the listeners, without a scheme.
const SCHEME: &str = "http://";

/// Everything that a scenario plays with. Goes when it is dropped.
pub struct Stage {
    /// The scenario's folder.
    pub case: PathBuf,
    /// Where the manifests are, with the sink's address in them.
    pub workflows: PathBuf,
    /// The receiving server.
    pub sink: Sink,
    /// What words stand for.
    pub words: Words,
    /// The file with the key of secrets, where there are connections.
    pub key: Option<PathBuf>,
    /// The addresses of fakes, which manifests may name as well.
    applications: Words,
    calls: usize,
    launch: Launch,
    _fakes: Option<Fakes>,
    daemon: Option<Daemon>,
    _folder: TempDir,
}

impl Stage {
    /// Sets up a scenario.
    ///
    /// # Errors
    /// Where a file is missing or the daemon does not start.
    pub async fn set(case: &Path, script: &Script) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let below = |name: &str| folder.path().join(name);
        let (workflows, data) = (below("workflows"), below("data"));
        std::fs::create_dir(&workflows)?;
        let sink = Sink::start().await?;
        sink.script(script.sink.iter().cloned());
        let mut applications = Words::default();
        let fakes = account::serve(case, script, &mut applications).await?;
        for (word, meaning) in &script.words {
            applications.set(word, meaning);
        }
        copy_manifests(case, &workflows, &sink.address(), &applications)?;
        if let Some(more) = &script.workflows {
            let more = paths::root().join(more);
            copy_manifests(&more, &workflows, &sink.address(), &applications)?;
        }
        let plugins = plugins_of(script, &below("plugins"))?;
        let mut words = applications.clone();
        words.set_folders(&data, &workflows, &plugins);
        words.set("SINK", sink.address());
        sink.rules(script.rules.iter().cloned());
        let mut launch = launch(&data, &workflows, script).plugins(&plugins);
        for connection in &script.connections {
            let connection = (connection.0.as_str(), connection.1);
            account::connect((case, folder.path()), connection, fakes.as_ref(), &words).await?;
        }
        let mut key = None;
        if !script.connections.is_empty() {
            let file = key.insert(account::key(folder.path())?);
            launch = launch.setting("key-file", &file.to_string_lossy());
        }
        let mut stage = Self {
            case: case.to_path_buf(),
            workflows,
            sink,
            words,
            key,
            applications,
            calls: 0,
            launch,
            _fakes: fakes,
            daemon: None,
            _folder: folder,
        };
        if script.daemon {
            stage.start().await?;
        }
        Ok(stage)
    }

    /// Starts the daemon; from the second time on with its hooks at the address that they had, which
    /// others may know.
    async fn start(&mut self) -> Result<()> {
        let daemon = self.launch.start().await?;
        let hooks = daemon.ready.hooks.trim_start_matches(SCHEME);
        self.launch = self.launch.clone().listen(hooks);
        self.sink.aim_at(Some(daemon.pid()));
        self.words.set("HOOKS", &daemon.ready.hooks);
        self.words.set("ADMIN", &daemon.ready.admin);
        self.daemon = Some(daemon);
        Ok(())
    }

    /// The name of a workflow that nobody has.
    pub fn next_call(&mut self) -> String {
        self.calls += 1;
        format!("call-{}", self.calls)
    }

    /// The daemon.
    ///
    /// # Errors
    /// Where the scenario runs none.
    pub fn daemon(&self) -> Result<&Daemon> {
        let daemon = self.daemon.as_ref();
        daemon.context("this scenario has `daemon: false`")
    }

    /// Ends the daemon and starts it again.
    ///
    /// # Errors
    /// Where it does not end so, or does not start.
    pub async fn restart(&mut self, how: Restart) -> Result<()> {
        let mut daemon = self.daemon.take().context("there is no daemon")?;
        match how {
            Restart::Stop => {
                let status = daemon.stop().await?;
                ensure!(status.success(), "the daemon ended with {status}");
            }
            Restart::Kill => daemon.kill().await?,
            Restart::Away(ms) => {
                daemon.kill().await?;
                // Not for something to happen: what is to be seen is that time went by.
                tokio::time::sleep(Duration::from_millis(ms)).await;
            }
            Restart::Killed => {
                let status = daemon.exited().await?;
                let by_itself = status.code().is_some();
                ensure!(
                    !by_itself,
                    "the daemon ended with {status}: {}",
                    daemon.stderr()
                );
            }
        }
        self.sink.aim_at(None);
        self.start().await
    }

    /// Changes the manifests.
    ///
    /// # Errors
    /// Where a file is missing.
    pub fn change(&self, manifests: &Manifests) -> Result<()> {
        if let Some(folder) = &manifests.put {
            let from = self.case.join(folder);
            copy_manifests(
                &from,
                &self.workflows,
                &self.sink.address(),
                &self.applications,
            )?;
        }
        for name in &manifests.remove {
            let file = self.workflows.join(name);
            std::fs::remove_file(&file).with_context(|| format!("{}", file.display()))?;
        }
        Ok(())
    }

    /// What went wrong, with what the daemon said.
    #[must_use]
    pub fn explain(&self, error: anyhow::Error) -> anyhow::Error {
        match &self.daemon {
            Some(daemon) => error.context(format!("the daemon said:\n{}", daemon.stderr())),
            None => error,
        }
    }

    /// Stops the daemon, which must end with 0.
    ///
    /// # Errors
    /// Where it ends otherwise.
    pub async fn clear(self) -> Result<()> {
        if let Some(daemon) = self.daemon {
            let status = daemon.stop().await?;
            ensure!(status.success(), "the daemon ended with {status}");
        }
        Ok(())
    }
}

/// The daemon of a scenario, with its settings.
#[must_use]
pub fn launch(data: &Path, workflows: &Path, script: &Script) -> Launch {
    let launch = Launch::new(data, workflows);
    script
        .settings
        .iter()
        .fold(launch, |launch, (name, value)| match value {
            Some(value) => launch.setting(name, value),
            None => launch.without_setting(name),
        })
}

/// A folder with the plugins that a scenario uses, and with its guests.
fn plugins_of(script: &Script, to: &Path) -> Result<PathBuf> {
    let guests: Vec<&str> = script.guests.iter().map(String::as_str).collect();
    let names: Vec<&str> = script.plugins().into_iter().collect();
    match names.is_empty() && guests.is_empty() {
        true => plugins::basic(),
        false => plugins::with(&names, &guests, to),
    }
}

/// Copies the manifests of a folder, and what lies beside them, with the sink's address in place of
/// [`SINK`], and with these words filled in.
///
/// # Errors
/// Where they cannot be read or written.
pub fn copy_manifests(from: &Path, to: &Path, sink: &str, words: &Words) -> Result<()> {
    for entry in std::fs::read_dir(from).with_context(|| format!("{}", from.display()))? {
        let path = entry?.path();
        let Some(name) = path.file_name().filter(|name| *name != "scenario.yaml") else {
            continue;
        };
        if path.is_file()
            && path
                .extension()
                .is_some_and(|extension| extension == "yaml")
        {
            let text = std::fs::read_to_string(&path)?;
            std::fs::write(to.join(name), words.fill(&text.replace(SINK, sink)))?;
        }
    }
    Ok(())
}
