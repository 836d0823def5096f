//! Folders of plugins for daemons. A daemon reads the compiled code of every plugin that it finds, so each gets those
//! that its workflows use.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context as _, Result};
use tempfile::TempDir;

use crate::paths;

/// What workflows are made of that meet no application.
const BASIC: [&str; 3] = ["http", "jq", "record"];

/// A folder with nothing but the basic ones, which all daemons share that want no others.
///
/// # Errors
/// Where one was not built.
pub fn basic() -> Result<PathBuf> {
    // Whoever comes second must not replace what the first one uses.
    static FOLDER: Mutex<Option<PathBuf>> = Mutex::new(None);
    let mut known = FOLDER.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(folder) = &*known {
        return Ok(folder.clone());
    }
    // Beside the plugins: it outlives this process, so another one finds it as it is.
    let folder = paths::plugins()?.with_file_name("basic-plugins");
    let made = tempfile::tempdir_in(folder.parent().context("no folder above")?)?;
    fill(made.path(), BASIC.map(paths::plugin))?;
    put(made, &folder)?;
    Ok(known.insert(folder).clone())
}

/// Sees to a folder with the basic ones, with these besides, and with these guests of the tests.
///
/// # Errors
/// Where one was not built.
pub fn with(names: &[&str], guests: &[&str], to: &Path) -> Result<PathBuf> {
    fs::create_dir_all(to)?;
    let plugins = BASIC.iter().chain(names).map(|name| paths::plugin(name));
    let guests = guests.iter().map(|name| paths::guest(name));
    fill(to, plugins.chain(guests))?;
    Ok(to.to_path_buf())
}

fn fill(folder: &Path, files: impl IntoIterator<Item = Result<PathBuf>>) -> Result<()> {
    for file in files {
        let file = file?;
        let to = folder.join(file.file_name().context("no file name")?);
        if !to.exists() {
            // What is built anew gets another file, so a link is as good as a copy.
            fs::hard_link(&file, &to).or_else(|_| fs::copy(&file, &to).map(drop))?;
        }
    }
    Ok(())
}

/// Moves a folder to its place. One that is there and holds the same files stays.
fn put(made: TempDir, to: &Path) -> Result<()> {
    if inhabitants(to).is_ok_and(|there| Some(there) == inhabitants(made.path()).ok()) {
        return Ok(());
    }
    let _ = fs::remove_dir_all(to);
    fs::rename(made.keep(), to).with_context(|| format!("{}", to.display()))
}

/// Names, sizes and times of what is in a folder.
fn inhabitants(folder: &Path) -> Result<Vec<(OsString, u64, std::time::SystemTime)>> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        all.push((entry.file_name(), metadata.len(), metadata.modified()?));
    }
    all.sort();
    Ok(all)
}
