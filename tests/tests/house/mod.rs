//! The rules of the house that no compiler checks: who may know whom, what the map says, how
//! large a file may be, which words have no place, and that the contract with plugins only grows.

use std::path::{Path, PathBuf};
use std::process::Command;

mod contract;
mod edges;
mod files;
mod guests;
mod map;
mod sabotage;

/// The folder of the workspace.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// The folder that cargo builds into: this binary lies in its `release/deps`.
fn target() -> PathBuf {
    let binary = std::env::current_exe().unwrap();
    binary.ancestors().nth(3).unwrap().to_owned()
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The names of the folders in a folder, without hidden ones; none where the folder is not there.
fn folders(of: &str) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(root().join(of)) else {
        return Vec::new();
    };
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.file_type().unwrap().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .filter(|name| !name.starts_with('.'))
        .collect();
    names.sort();
    names
}

/// Every file of the repository, relative to its root, without what git leaves out. Links are not followed:
/// what they lead to is seen where it lies.
fn repository() -> Vec<PathBuf> {
    let list = [
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ];
    let listed = Command::new("git")
        .args(list)
        .current_dir(root())
        .output()
        .unwrap();
    assert!(listed.status.success(), "{listed:?}");
    let listed = String::from_utf8(listed.stdout).unwrap();
    let is_file = |path: &PathBuf| {
        let found = root().join(path).symlink_metadata();
        found.is_ok_and(|found| found.is_file())
    };
    let files = listed.split_terminator('\0').map(PathBuf::from);
    let mut files: Vec<_> = files.filter(is_file).collect();
    files.sort();
    files
}

/// Fails with every complaint at once, so that one run shows all there is to mend.
fn no_complaints(complaints: Vec<String>) {
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}
