//! Other versions of a plugin: a component whose words were changed where it keeps them, each for one that
//! is as long.

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};

/// A component with other words. Every word has to be there, and is changed wherever it is.
///
/// # Errors
/// Where one is not, or is of another length.
pub fn changed(component: &Path, words: &[(&str, &str)]) -> Result<Vec<u8>> {
    let mut bytes = std::fs::read(component)?;
    for (old, new) in words {
        ensure!(old.len() == new.len(), "`{new}` is not as long as `{old}`");
        let found: Vec<usize> = bytes
            .windows(old.len())
            .enumerate()
            .filter(|(_, window)| *window == old.as_bytes())
            .map(|(at, _)| at)
            .collect();
        ensure!(!found.is_empty(), "`{old}` is not there");
        for at in found {
            bytes[at..at + new.len()].copy_from_slice(new.as_bytes());
        }
    }
    Ok(bytes)
}

/// Writes a component with other words into a folder as `NAME.wasm`.
///
/// # Errors
/// As [`changed`].
pub fn write(
    folder: &Path,
    name: &str,
    component: &Path,
    words: &[(&str, &str)],
) -> Result<PathBuf> {
    let bytes = changed(component, words)?;
    let file = folder.join(format!("{name}.wasm"));
    // Under another name first, so that nobody reads half of it.
    let part = folder.join(format!(".{name}.part"));
    std::fs::write(&part, bytes)?;
    std::fs::rename(&part, &file)?;
    Ok(file)
}
