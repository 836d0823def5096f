//! `mortise plugin build`

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use clap::Args;
use mortise_author::{BuildError, Facts};
use mortise_model::descriptor::Plugin;
use mortise_ports::Plugins as _;
use mortise_sandbox::Sandbox;
use serde::Serialize;

use crate::args::From;
use crate::exit::{Outcome, Stop};
use crate::progress::progress;
use crate::settings::Flags;
use crate::{output, wire};

/// Makes the component of a plugin's folder.
#[derive(Args)]
pub struct Build {
    /// The plugin's folder
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// Where the component goes [default: `dist/NAME.wasm` in the folder]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    from: From,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What was made.
#[derive(Serialize)]
pub struct Made {
    file: PathBuf,
    name: String,
    version: String,
    digest: String,
    size_bytes: u64,
    packages: usize,
}

/// Builds once and says what came of it.
///
/// # Errors
/// Where a tool is missing or says no, or what it made is no plugin.
pub async fn run(build: Build) -> Outcome {
    let settings = build.from.resolve(&Flags::new())?.settings;
    let sandbox = wire::idle_sandbox(&settings).await?;
    let made = make(&sandbox, &build.folder, build.out.as_deref()).await?;
    match build.json {
        true => output::json(&made),
        false => output::text(&made.text()),
    }
}

/// Builds a folder into a file.
///
/// # Errors
/// As [`run`].
pub async fn make(sandbox: &Arc<Sandbox>, folder: &Path, out: Option<&Path>) -> Outcome<Made> {
    let of = folder.to_owned();
    let built = {
        let _progress = progress("building");
        tokio::task::spawn_blocking(move || mortise_author::build(&of)).await
    };
    let built = built.map_err(Stop::defect)?.map_err(refused)?;
    let what = {
        let _progress = progress("compiling");
        sandbox.load(built.component.clone()).await
    };
    let what =
        what.map_err(|error| Stop::failed(format!("what was built is no plugin: {error}")))?;
    let packages = built.packages.len();
    let facts = facts(&what, built.packages, revision(folder));
    let finished = mortise_author::finish(&built.component, &facts).map_err(Stop::failed)?;
    let short = facts.name.rsplit('/').next().unwrap_or_default();
    let file = out.map_or_else(
        || folder.join("dist").join(format!("{short}.wasm")),
        Path::to_owned,
    );
    write(&file, &finished)?;
    // Loading it is what proves that it is still a plugin; its code is compiled by then.
    let loaded = sandbox.load(finished).await;
    let loaded =
        loaded.map_err(|error| Stop::defect(format!("the finished component: {error}")))?;
    Ok(Made {
        file,
        name: facts.name,
        version: facts.version,
        digest: loaded.digest.to_string(),
        size_bytes: loaded.size_bytes,
        packages,
    })
}

fn facts(
    plugin: &Plugin,
    packages: Vec<mortise_author::Package>,
    revision: Option<String>,
) -> Facts {
    let descriptor = &plugin.descriptor;
    Facts {
        name: descriptor.name.clone(),
        version: descriptor.version.clone(),
        summary: descriptor.summary.clone(),
        licence: descriptor.licence.clone(),
        revision,
        packages,
    }
}

/// The commit of the folder; none where something in it differs from that.
fn revision(folder: &Path) -> Option<String> {
    let git = |arguments: &[&str]| {
        let output = Command::new("git")
            .args(arguments)
            .current_dir(folder)
            .output()
            .ok()?;
        let text = String::from_utf8(output.stdout).ok()?;
        output.status.success().then(|| text.trim().to_owned())
    };
    let is_clean = git(&["status", "--porcelain", "--", "."])?.is_empty();
    git(&["rev-parse", "HEAD"]).filter(|_| is_clean)
}

fn write(file: &Path, bytes: &[u8]) -> Outcome {
    let unwritable =
        |error| Stop::environment(format!("`{}` cannot be written: {error}", file.display()));
    if let Some(parent) = file.parent() {
        std::fs::create_dir_all(parent).map_err(unwritable)?;
    }
    std::fs::write(file, bytes).map_err(unwritable)
}

fn refused(error: BuildError) -> Stop {
    match error {
        BuildError::NoPlugin(_) => Stop::usage(error),
        BuildError::Missing { .. } | BuildError::File { .. } => Stop::environment(error),
        BuildError::Failed { .. } | BuildError::Component(_) => Stop::failed(error),
    }
}

impl Made {
    /// Where it lies.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// For people.
    pub fn text(&self) -> String {
        format!(
            "{}  {}@{}  {}  {} bytes, {} packages inside\n",
            self.file.display(),
            self.name,
            self.version,
            self.digest,
            self.size_bytes,
            self.packages
        )
    }
}
