//! Compiled plugins, kept between tests: compiling them takes seconds of every processor, and a
//! daemon with an empty data folder would do it each time.

use std::collections::HashSet;
use std::fs;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use sha2::{Digest as _, Sha256};
use tokio::process::Command;
use tokio::sync::Mutex;

use crate::paths;

/// Where a command without a data folder keeps compiled code, below `XDG_CACHE_HOME`, and a daemon
/// below `DATA/cache`.
const COMPILED: &str = "compiled";

/// The digests of the plugins that were compiled, which stand at the beginning of the names of what came of it.
static WARMED: Mutex<Option<HashSet<String>>> = Mutex::const_new(None);

/// What to give commands as `XDG_CACHE_HOME`, so that tests leave nothing in the user's.
///
/// # Errors
/// Where nothing was built.
pub fn cache_home() -> Result<PathBuf> {
    let target = paths::plugins()?;
    let target = target.parent().context("a folder above the plugins")?;
    Ok(target.join("test-cache"))
}

/// Puts the compiled code of these plugins into a data folder that has none yet.
///
/// # Errors
/// Where they cannot be compiled or copied.
pub async fn warm(data: &Path, plugins: &Path) -> Result<()> {
    let to = data.join("cache").join(COMPILED);
    if to.exists() || fs::create_dir_all(data.parent().unwrap_or(data)).is_err() {
        return Ok(());
    }
    // What evaluates expressions is the plugin `jq`, in the binary.
    let mut digests = vec![compiled(&paths::plugin("jq")?).await?];
    for entry in fs::read_dir(plugins)? {
        let file = entry?.path();
        if file.extension().is_some_and(|is| is == "wasm") {
            digests.push(compiled(&file).await?);
        }
    }
    // A data folder that cannot be made is the daemon's to complain about.
    if fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&to)
        .is_err()
    {
        return Ok(());
    }
    for entry in fs::read_dir(cache_home()?.join("mortise").join(COMPILED))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if digests
            .iter()
            .any(|digest| name.starts_with(digest.as_str()))
        {
            fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}

/// Sees that a plugin is compiled, and gives its digest. Inspecting it compiles it and keeps the code.
async fn compiled(file: &Path) -> Result<String> {
    let digest = Sha256::digest(fs::read(file)?);
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut warmed = WARMED.lock().await;
    let warmed = warmed.get_or_insert_default();
    if warmed.contains(&digest) {
        return Ok(digest);
    }
    let mut command = Command::new(paths::binary()?);
    command
        .args(["plugin", "inspect"])
        .arg(file)
        .env("XDG_CACHE_HOME", cache_home()?);
    let output = command.kill_on_drop(true).output().await?;
    ensure!(
        output.status.success(),
        "{}: {}",
        file.display(),
        String::from_utf8_lossy(&output.stderr)
    );
    warmed.insert(digest.clone());
    Ok(digest)
}
