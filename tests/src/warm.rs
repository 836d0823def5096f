//! Compiled plugins, kept between tests: compiling them takes seconds of every processor, and a
//! daemon with an empty data folder would do it each time.

use std::fs;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use tokio::process::Command;
use tokio::sync::OnceCell;

use crate::paths;

/// Where a command without a data folder keeps compiled code, below `XDG_CACHE_HOME`, and a daemon
/// below `DATA/cache`.
const COMPILED: &str = "compiled";

static WARMED: OnceCell<PathBuf> = OnceCell::const_new();

/// What to give commands as `XDG_CACHE_HOME`, so that tests leave nothing in the user's.
///
/// # Errors
/// Where nothing was built.
pub fn cache_home() -> Result<PathBuf> {
    let target = paths::plugins()?;
    let target = target.parent().context("a folder above the plugins")?;
    Ok(target.join("test-cache"))
}

/// Puts the compiled plugins into a data folder that has none yet.
///
/// # Errors
/// Where they cannot be compiled or copied.
pub async fn warm(data: &Path) -> Result<()> {
    let to = data.join("cache").join(COMPILED);
    if to.exists() || fs::create_dir_all(data.parent().unwrap_or(data)).is_err() {
        return Ok(());
    }
    let from = WARMED.get_or_try_init(compile).await?;
    // A data folder that cannot be made is the daemon's to complain about.
    if fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&to)
        .is_err()
    {
        return Ok(());
    }
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        if entry
            .path()
            .extension()
            .is_none_or(|extension| extension != "tmp")
        {
            fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}

/// Guests that scenarios have among the plugins.
const GUESTS: [&str; 2] = ["feed", "wasi-http"];

/// Inspecting a plugin compiles it and keeps the code.
async fn compile() -> Result<PathBuf> {
    let home = cache_home()?;
    let plugins = fs::read_dir(paths::plugins()?)?.map(|entry| Ok(entry?.path()));
    for file in plugins.chain(GUESTS.map(paths::guest)) {
        let file = file?;
        let mut command = Command::new(paths::binary()?);
        command
            .args(["plugin", "inspect"])
            .arg(&file)
            .env("XDG_CACHE_HOME", &home);
        let output = command.kill_on_drop(true).output().await?;
        ensure!(
            output.status.success(),
            "{}: {}",
            file.display(),
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(home.join("mortise").join(COMPILED))
}
