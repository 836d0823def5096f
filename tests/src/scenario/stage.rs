//! Folder, sink and daemon of one scenario.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

use super::{SINK, Script};
use crate::daemon::{Daemon, Launch};
use crate::paths;
use crate::sink::Sink;

/// Everything that a scenario plays with. Goes when it is dropped.
pub struct Stage {
    /// The scenario's folder.
    pub case: PathBuf,
    /// Where the manifests are, with the sink's address in them.
    pub workflows: PathBuf,
    /// The daemon's data.
    pub data: PathBuf,
    /// The receiving server.
    pub sink: Sink,
    /// The last run that was started.
    pub run: String,
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
        let workflows = folder.path().join("workflows");
        let data = folder.path().join("data");
        std::fs::create_dir(&workflows)?;
        let sink = Sink::start().await?;
        sink.script(script.sink.iter().cloned());
        copy_manifests(case, &workflows, &sink.address())?;
        if let Some(more) = &script.workflows {
            copy_manifests(&paths::root().join(more), &workflows, &sink.address())?;
        }
        let daemon = if script.daemon {
            Some(launch(&data, &workflows, script).start().await?)
        } else {
            None
        };
        Ok(Self {
            case: case.to_path_buf(),
            workflows,
            data,
            sink,
            run: String::new(),
            daemon,
            _folder: folder,
        })
    }

    /// The daemon.
    ///
    /// # Errors
    /// Where the scenario runs none.
    pub fn daemon(&self) -> Result<&Daemon> {
        self.daemon
            .as_ref()
            .context("this scenario has `daemon: false`")
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

/// Copies the manifests of a folder, and what lies beside them, with the sink's address in place of
/// [`SINK`].
///
/// # Errors
/// Where they cannot be read or written.
pub fn copy_manifests(from: &Path, to: &Path, sink: &str) -> Result<()> {
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
            std::fs::write(to.join(name), text.replace(SINK, sink))?;
        }
    }
    Ok(())
}
