//! The rules of the house that no compiler checks: who may know whom, what the map says, how
//! large a file may be, which words have no place, and that the contract with plugins only grows.

use std::path::{Path, PathBuf};

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

/// Every file of the repository, relative to its root, without what git or a build keeps there.
fn repository() -> Vec<PathBuf> {
    fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let relative = path.strip_prefix(root()).unwrap();
            let left_out = [".git", "target", "bench/out"].map(Path::new);
            if left_out.contains(&relative) || path.ends_with("__pycache__") {
                continue;
            }
            if path.is_dir() {
                walk(&path, files);
            } else {
                files.push(relative.to_owned());
            }
        }
    }
    let mut files = Vec::new();
    walk(root(), &mut files);
    files.sort();
    files
}

/// Fails with every complaint at once, so that one run shows all there is to mend.
fn no_complaints(complaints: Vec<String>) {
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}
