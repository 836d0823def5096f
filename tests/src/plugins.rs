//! Folders of plugins for daemons. A daemon reads the compiled code of every plugin that it finds, so each gets those
//! that its workflows use.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use tempfile::TempDir;

use crate::paths;

/// What workflows are made of that meet no application.
const BASIC: [&str; 3] = ["http", "jq", "record"];

/// The folder with nothing but the basic ones, beside the built plugins, which all daemons share that want no others.
///
/// # Errors
/// Where one was not built.
pub fn basic() -> Result<PathBuf> {
    let folder = paths::plugins()?.with_file_name("basic-plugins");
    with(&[], &[], &folder)
}

/// Sees to a folder with the basic ones, with these besides, and with these guests of the tests.
///
/// # Errors
/// Where one was not built.
pub fn with(names: &[&str], guests: &[&str], to: &Path) -> Result<PathBuf> {
    fs::create_dir_all(to)?;
    let plugins = BASIC.iter().chain(names).map(|name| paths::plugin(name));
    let guests = guests.iter().map(|name| paths::guest(name));
    for file in plugins.chain(guests) {
        let file = file?;
        put(&file, &to.join(file.file_name().context("no file name")?))?;
    }
    Ok(to.to_path_buf())
}

/// Has a file be at a place as well. Others may use what is there, so it is replaced and never without anything.
fn put(file: &Path, to: &Path) -> Result<()> {
    let inode = |path: &Path| fs::metadata(path).map(|there| (there.dev(), there.ino()));
    if inode(to).is_ok_and(|there| Some(there) == inode(file).ok()) {
        return Ok(());
    }
    let beside = TempDir::new_in(to.parent().context("no folder above")?)?;
    let new = beside.path().join("new");
    // What is built anew gets another file, so a link is as good as a copy.
    fs::hard_link(file, &new).or_else(|_| fs::copy(file, &new).map(drop))?;
    fs::rename(&new, to).with_context(|| format!("{}", to.display()))
}
