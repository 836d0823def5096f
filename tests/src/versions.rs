//! Other versions of a plugin: a component whose words were changed where it keeps them, each for one that
//! is as long.

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};

/// Writes a component with other words into a folder as `NAME.wasm`. Every word has to be there exactly
/// once.
///
/// # Errors
/// Where one is not, or is of another length.
pub fn write(
    folder: &Path,
    name: &str,
    component: &Path,
    words: &[(&str, &str)],
) -> Result<PathBuf> {
    let mut bytes = std::fs::read(component)?;
    for (old, new) in words {
        ensure!(old.len() == new.len(), "`{new}` is not as long as `{old}`");
        let found: Vec<usize> = bytes
            .windows(old.len())
            .enumerate()
            .filter(|(_, window)| *window == old.as_bytes())
            .map(|(at, _)| at)
            .collect();
        ensure!(found.len() == 1, "`{old}` is there {} times", found.len());
        bytes[found[0]..found[0] + new.len()].copy_from_slice(new.as_bytes());
    }
    let file = folder.join(format!("{name}.wasm"));
    // Under another name first, so that nobody reads half of it.
    let part = folder.join(format!(".{name}.part"));
    std::fs::write(&part, bytes)?;
    std::fs::rename(&part, &file)?;
    Ok(file)
}
