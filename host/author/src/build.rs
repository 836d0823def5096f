//! From a plugin's folder to a component, by the tools of its language.

mod c;
mod go;
mod rust;
mod script;
mod tool;

use std::path::{Path, PathBuf};

use serde::Deserialize;
use thiserror::Error;

use crate::embedded;
use crate::language::Language;

/// What a build gave.
#[derive(Clone, Debug)]
pub struct Built {
    /// The component, without the facts of [`crate::finish`].
    pub component: Vec<u8>,
    /// What went in besides the author's own code.
    pub packages: Vec<Package>,
}

/// A package that went into a component.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub struct Package {
    /// As its registry calls it.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Package URL (ECMA-427).
    pub purl: String,
    /// SPDX expression, where it is known.
    #[serde(default)]
    pub licence: Option<String>,
}

/// Why there is no component.
#[derive(Debug, Error)]
pub enum BuildError {
    /// Nothing says which language it is.
    #[error(
        "`{}` is no plugin's folder: it has neither `Cargo.toml`, `pyproject.toml`, `package.json`, `go.mod` nor `wit/world.wit`; make one with `mortise plugin new`",
        .0.display()
    )]
    NoPlugin(PathBuf),
    /// A tool is not there.
    #[error("`{tool}` is missing: {remedy}")]
    Missing {
        /// What was called.
        tool: String,
        /// How to get it.
        remedy: String,
    },
    /// A tool says no; it said why on stderr.
    #[error("`{tool}` ended with {status}; what it said stands above")]
    Failed {
        /// What was called.
        tool: String,
        /// Its exit code.
        status: String,
    },
    /// What the tools gave is no component.
    #[error("{0}")]
    Component(String),
    /// A file cannot be read or written.
    #[error("`{}` cannot be used: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

impl BuildError {
    fn file(path: &Path) -> impl FnOnce(std::io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::File { path, source }
    }
}

/// Builds the plugin of a folder. What the tools say goes to stderr. Blocks, for a minute or more.
///
/// # Errors
/// What is missing, or what went wrong.
pub fn build(folder: &Path) -> Result<Built, BuildError> {
    let language = Language::of(folder);
    let language = language.ok_or_else(|| BuildError::NoPlugin(folder.to_owned()))?;
    let folder = folder.canonicalize().map_err(BuildError::file(folder))?;
    let work = tempfile::tempdir().map_err(BuildError::file(&std::env::temp_dir()))?;
    let mut built = match language {
        Language::Rust => rust::build(&folder),
        Language::Python => script::python(&folder, work.path()),
        Language::Javascript | Language::Typescript => script::javascript(&folder, work.path()),
        Language::Go => go::build(&folder, work.path()),
        Language::C => c::build(&folder, work.path()),
    }?;
    built.packages.sort();
    built.packages.dedup();
    Ok(built)
}

/// Writes the contract where a tool can read it.
fn unpack_contract(work: &Path) -> Result<PathBuf, BuildError> {
    let folder = work.join("wit");
    std::fs::create_dir_all(&folder).map_err(BuildError::file(&folder))?;
    for (name, text) in embedded::contract() {
        let path = folder.join(name);
        std::fs::write(&path, text).map_err(BuildError::file(&path))?;
    }
    Ok(folder)
}

fn read(path: &Path) -> Result<Vec<u8>, BuildError> {
    std::fs::read(path).map_err(BuildError::file(path))
}
