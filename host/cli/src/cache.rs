//! Where compiled code is kept.

use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

/// The folder of compiled code in a data folder. Whoever compiles makes it, once the store is open.
pub fn in_data(data: &Path) -> PathBuf {
    data.join("cache").join(COMPILED)
}

/// The folder of compiled code of this user. None where it cannot be made: then code is compiled
/// each time.
pub fn of_user() -> Option<PathBuf> {
    let folder = user_cache()?.join("mortise").join(COMPILED);
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&folder)
        .ok()?;
    Some(folder)
}

const COMPILED: &str = "compiled";

fn user_cache() -> Option<PathBuf> {
    let variable = |name: &str| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    variable("XDG_CACHE_HOME").or_else(|| variable("HOME").map(|home| home.join(".cache")))
}
