//! `mortise plugin dev`

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use clap::Args;
use mortise_sandbox::Sandbox;

use super::{build, test};
use crate::args::From;
use crate::exit::{Outcome, Stop};
use crate::progress::{error, note};
use crate::settings::{Flags, Settings};
use crate::wire;

/// Builds and tests a plugin, and again whenever a file of it changes, until it is interrupted.
#[derive(Args)]
pub struct Dev {
    /// The plugin's folder
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// Build and test once, and end
    #[arg(long)]
    once: bool,
    #[command(flatten)]
    from: From,
}

/// How often the folder is looked at.
const EVERY: Duration = Duration::from_millis(500);
/// What tools write and nobody edits.
const MADE: [&str; 7] = [
    "dist",
    "target",
    "build",
    "node_modules",
    "mortise-sdk",
    "__pycache__",
    "vendor",
];

/// Goes round until somebody interrupts it.
///
/// # Errors
/// With `--once`, what is wrong with the plugin.
pub async fn run(dev: Dev) -> Outcome {
    let settings = dev.from.resolve(&Flags::new())?.settings;
    let sandbox = wire::idle_sandbox(&settings).await?;
    if dev.once {
        return round(&sandbox, &settings, &dev.folder).await;
    }
    let mut before = None;
    let mut ticks = tokio::time::interval(EVERY);
    loop {
        ticks.tick().await;
        let now = files(&dev.folder).map_err(Stop::environment)?;
        if before.as_ref() == Some(&now) {
            continue;
        }
        before = Some(now);
        match round(&sandbox, &settings, &dev.folder).await {
            Ok(()) => note("waiting for a change"),
            Err(stop) => {
                if let Some(message) = stop.message {
                    error(message);
                }
                note("waiting for a change");
            }
        }
    }
}

async fn round(sandbox: &Arc<Sandbox>, settings: &Settings, folder: &Path) -> Outcome {
    let made = build::make(sandbox, folder, None).await?;
    note(made.text().trim_end());
    test::play(settings.clone(), made.file(), &folder.join("tests")).await
}

/// Every file that an author edits, and when that was.
fn files(folder: &Path) -> std::io::Result<BTreeMap<PathBuf, SystemTime>> {
    let mut found = BTreeMap::new();
    let mut next = vec![folder.to_owned()];
    while let Some(folder) = next.pop() {
        for entry in std::fs::read_dir(&folder)? {
            let entry = entry?;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            let kind = entry.file_type()?;
            if name.starts_with('.') || (kind.is_dir() && MADE.contains(&name.as_ref())) {
                continue;
            }
            if kind.is_dir() {
                next.push(entry.path());
            } else if kind.is_file() {
                found.insert(entry.path(), entry.metadata()?.modified()?);
            }
        }
    }
    Ok(found)
}
