//! A new folder of files that a command makes.

use std::path::{Path, PathBuf};

use crate::exit::{Outcome, Stop};

/// Writes files by their paths into a folder that is not there yet, or empty.
///
/// # Errors
/// Where it has something in it, or cannot be written.
pub fn write<P: Into<PathBuf>, B: AsRef<[u8]>>(
    folder: &Path,
    files: impl IntoIterator<Item = (P, B)>,
) -> Outcome<usize> {
    let is_taken = std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some());
    if is_taken {
        return Err(Stop::usage(format!(
            "`{}` is there already and not empty: nothing was written",
            folder.display()
        )));
    }
    let mut count = 0;
    for (path, bytes) in files {
        let path = folder.join(path.into());
        let unwritable =
            |error| Stop::environment(format!("`{}` cannot be written: {error}", path.display()));
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(unwritable)?;
        }
        std::fs::write(&path, bytes.as_ref()).map_err(unwritable)?;
        count += 1;
    }
    Ok(count)
}
