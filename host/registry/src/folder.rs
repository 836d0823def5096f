//! A folder of plugins.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// A file that claims to be a plugin. Nobody has looked inside yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PluginFile {
    /// Where it lies.
    pub path: PathBuf,
    /// Its size in bytes when the folder was read.
    pub size_bytes: u64,
}

impl PluginFile {
    /// Its bytes. Blocks.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn read(&self) -> Result<Vec<u8>, FolderError> {
        fs::read(&self.path).map_err(|source| FolderError {
            path: self.path.clone(),
            source,
        })
    }
}

/// Why a folder or a file of it was not read.
#[derive(Debug, Error)]
#[error("`{}` cannot be read: {source}", path.display())]
pub struct FolderError {
    /// Which.
    pub path: PathBuf,
    /// Why.
    pub source: io::Error,
}

/// The plugins of a folder, sorted by path: every file in it that ends in `.wasm`. Folders in it are
/// left alone, and so are hidden files, which are usually being written. Blocks.
///
/// # Errors
/// Where the folder cannot be read.
pub fn scan(folder: &Path) -> Result<Vec<PluginFile>, FolderError> {
    let at = |path: &Path| {
        let path = path.to_owned();
        move |source| FolderError { path, source }
    };
    let mut files = Vec::new();
    for item in fs::read_dir(folder).map_err(at(folder))? {
        let path = item.map_err(at(folder))?.path();
        if !is_plugin(&path) {
            continue;
        }
        // Follows links: a folder of links to a build's output is a common thing.
        let metadata = fs::metadata(&path).map_err(at(&path))?;
        if metadata.is_file() {
            let size_bytes = metadata.len();
            files.push(PluginFile { path, size_bytes });
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

fn is_plugin(path: &Path) -> bool {
    let hidden = path
        .file_name()
        .is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
    !hidden
        && path
            .extension()
            .is_some_and(|extension| extension == "wasm")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn only_wasm_files_of_the_folder_itself_count() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str| fs::write(folder.path().join(name), name).unwrap();
        write("b.wasm");
        write("a.wasm");
        write(".c.wasm");
        write("d.wasm.part");
        fs::create_dir(folder.path().join("e.wasm")).unwrap();

        let files = scan(folder.path()).unwrap();
        let names: Vec<_> = files
            .iter()
            .map(|file| file.path.file_name().unwrap().to_str().unwrap())
            .collect();
        assert_eq!(names, ["a.wasm", "b.wasm"]);
        assert_eq!(files[0].read().unwrap(), b"a.wasm");
        assert_eq!(files[0].size_bytes, 6);
    }

    #[test]
    fn a_missing_folder_is_named() {
        let error = scan(Path::new("/nowhere/plugins")).unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("`/nowhere/plugins` cannot be read")
        );
    }
}
