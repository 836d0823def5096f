//! Where compiled code is kept.

use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

/// The folder of compiled code: in the data folder where there is one, else the user's cache.
/// None where neither can be made: then code is compiled each time.
pub fn folder(data: Option<&Path>) -> Option<PathBuf> {
    let folder = match data {
        Some(data) => data.join("cache"),
        None => user_cache()?.join("mortise"),
    };
    let folder = folder.join("compiled");
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&folder)
        .ok()?;
    Some(folder)
}

fn user_cache() -> Option<PathBuf> {
    let variable = |name: &str| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    variable("XDG_CACHE_HOME").or_else(|| variable("HOME").map(|home| home.join(".cache")))
}
