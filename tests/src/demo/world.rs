//! Daemon and receiving server of the demo, in a temporary folder, on free ports.

use std::path::PathBuf;
use std::process::ExitStatus;

use anyhow::Result;
use tempfile::TempDir;
use tokio::time::Instant;

use super::screen::Screen;
use crate::daemon::{Daemon, Launch};
use crate::paths;
use crate::scenario::Words;
use crate::scenario::stage::copy_manifests;
use crate::sink::Sink;

/// Everything that runs.
pub struct World {
    /// The receiving server.
    pub sink: Sink,
    /// The daemon.
    pub daemon: Daemon,
    launch: Launch,
    data: PathBuf,
    _folder: TempDir,
}

impl World {
    /// Starts both.
    ///
    /// # Errors
    /// Where something was not built, or the daemon refuses to start.
    pub async fn start(screen: &mut Screen) -> Result<Self> {
        screen.scene("A daemon on an embedded store, and a server that receives");
        let folder = tempfile::tempdir()?;
        let (data, workflows) = (folder.path().join("data"), folder.path().join("workflows"));
        std::fs::create_dir(&workflows)?;
        let sink = Sink::start().await?;
        copy_manifests(
            &paths::checked_in("demo/workflows")?,
            &workflows,
            &sink.address(),
            &Words::default(),
        )?;
        let launch = Launch::new(&data, &workflows)
            .cold_plugins(&paths::plugins()?)
            .without_setting("egress.allow-private")
            .settings_file(&paths::checked_in("demo/settings.yaml")?);
        screen.note("compiling the plugins for this machine, once: some seconds");
        let begun = Instant::now();
        let daemon = launch.start().await?;
        screen.good(&format!(
            "ready after {:.1} s, with {} plugins compiled",
            begun.elapsed().as_secs_f64(),
            plugins()?
        ));
        screen.note(&format!("events go to  {}/hooks/…", daemon.ready.hooks));
        screen.note(&format!("the admin API {}/api/v1", daemon.ready.admin));
        screen.note(&format!("deliveries to http://{}", sink.address()));
        Ok(Self {
            sink,
            daemon,
            launch,
            data,
            _folder: folder,
        })
    }

    /// SIGKILL, and starts again on the same folder. Gives the seconds until it was ready.
    ///
    /// # Errors
    /// Where it does not come back.
    pub async fn kill_and_restart(&mut self) -> Result<f64> {
        self.daemon.kill().await?;
        let begun = Instant::now();
        self.daemon = self.launch.start().await?;
        Ok(begun.elapsed().as_secs_f64())
    }

    /// SIGTERM.
    ///
    /// # Errors
    /// Where it does not end.
    pub async fn stop(self) -> Result<ExitStatus> {
        self.daemon.stop().await
    }

    /// Says how to try it by hand, and stays up until Ctrl-C.
    ///
    /// # Errors
    /// Where the daemon does not end after it.
    pub async fn keep(mut self, screen: &mut Screen) -> Result<()> {
        let root = paths::root();
        let payloads = root.join("demo/payloads");
        screen.scene("Kept up, to be tried by hand; Ctrl-C ends it");
        screen.note(&format!(
            "curl -d @{}/push.branch.json {}",
            payloads.display(),
            self.daemon.hook("/pushes")
        ));
        screen.note(&format!(
            "curl -d @{}/issues.opened.json {}",
            payloads.display(),
            self.daemon.hook("/github")
        ));
        let binary = paths::binary()?;
        screen.note(&format!(
            "{} runs list --data {}",
            binary.display(),
            self.data.display()
        ));
        screen.note(&format!(
            "admin API {}/api/v1, its token is in {}/daemon.json",
            self.daemon.ready.admin,
            self.data.display()
        ));
        tokio::signal::ctrl_c().await?;
        // On a terminal the daemon got the same signal; where it did not, this one stops it.
        let _ = self.daemon.terminate();
        self.daemon.exited().await?;
        Ok(())
    }
}

fn plugins() -> Result<usize> {
    Ok(std::fs::read_dir(paths::plugins()?)?
        .filter_map(Result::ok)
        .filter(|entry| entry.path().extension().is_some_and(|is| is == "wasm"))
        .count())
}
