//! `mortise plugin test`

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use mortise_kit::Report;
use mortise_kit::application::Application;
use mortise_kit::lab::Lab;
use mortise_ports::Plugins as _;
use mortise_runner::clock::{Clock as _, SystemClock};

use super::built;
use crate::args::From;
use crate::commands::input;
use crate::exit::{Code, Outcome, Stop};
use crate::progress::progress;
use crate::settings::{Flags, Settings};
use crate::{output, wire};

/// The conformance kit: plays a plugin in the sandbox against the application that its tests describe.
#[derive(Args)]
pub struct Test {
    /// A WebAssembly component, or the folder of a plugin that is built
    #[arg(default_value = ".")]
    plugin: PathBuf,
    /// Folder of the scripts [default: `tests` beside the plugin]
    #[arg(long, value_name = "DIR")]
    tests: Option<PathBuf>,
    /// Write the report as JUnit XML as well
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    #[command(flatten)]
    from: From,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Plays every script and prints what was found.
///
/// # Errors
/// `Failed` where something does not hold.
pub async fn run(test: Test) -> Outcome {
    let settings = test.from.resolve(&Flags::new())?.settings;
    let file = built(&test.plugin)?;
    let folder = test.tests.clone().unwrap_or_else(|| beside(&test.plugin));
    let report = report(settings, &file, &folder).await?;
    if let Some(path) = &test.junit {
        std::fs::write(path, report.junit()).map_err(|error| {
            Stop::environment(format!("`{}` cannot be written: {error}", path.display()))
        })?;
    }
    match test.json {
        true => output::json(&report)?,
        false => output::text(&report.text())?,
    }
    match report.is_passed() {
        true => Ok(()),
        false => Err(Stop::silent(Code::Failed)),
    }
}

/// Plays and prints for people: a round of `mortise plugin dev`.
///
/// # Errors
/// As [`run`].
pub async fn play(settings: Settings, file: &Path, folder: &Path) -> Outcome {
    let report = report(settings, file, folder).await?;
    output::text(&report.text())?;
    match report.is_passed() {
        true => Ok(()),
        false => Err(Stop::silent(Code::Failed)),
    }
}

async fn report(settings: Settings, file: &Path, folder: &Path) -> Outcome<Report> {
    let lab = lab(settings, file).await?;
    let _progress = progress("playing");
    mortise_kit::play(&lab, folder).await.map_err(Stop::usage)
}

/// `tests` in a plugin's folder; for a component the one beside it, or beside its `dist`.
fn beside(plugin: &Path) -> PathBuf {
    if plugin.is_dir() {
        return plugin.join("tests");
    }
    let folder = plugin.parent().unwrap_or(Path::new(""));
    match folder.file_name().is_some_and(|name| name == "dist") {
        true => folder.with_file_name("tests"),
        false => folder.join("tests"),
    }
}

/// A sandbox that may reach loopback, which is where the application of the scripts is.
async fn lab(mut settings: Settings, file: &Path) -> Outcome<Lab<mortise_sandbox::Sandbox>> {
    let bytes = input::subject(file)?;
    settings.egress.allow_private = wire::LOOPBACK.into();
    settings.sandbox.isolate.is_on = false;
    let connections = Arc::default();
    let application = Application::start().await.map_err(Stop::environment)?;
    let calls = Arc::clone(&connections);
    let plugins = wire::rehearsing_sandbox(&settings, calls, &application).await?;
    let loaded = {
        let _progress = progress("compiling");
        plugins.load(bytes).await
    };
    let plugin = loaded.map_err(|error| Stop::failed(format!("`{}`: {error}", file.display())))?;
    Ok(Lab {
        plugins,
        connections,
        plugin,
        application,
        now: SystemClock.time_of_day(),
    })
}
