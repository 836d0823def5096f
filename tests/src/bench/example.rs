//! The sandbox's own example programs, which measure what is inside of it.

use std::ffi::OsStr;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde::de::DeserializeOwned;

use crate::paths;

/// Builds and runs one, and reads the last line that it prints. The whole workspace is selected, as in every
/// other build: otherwise cargo would build its dependencies once more with other features.
///
/// # Errors
/// Where it does not work, or its last line is not such JSON.
pub fn run<T: DeserializeOwned>(
    name: &str,
    arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
) -> Result<T> {
    let build = [
        "build",
        "--release",
        "--locked",
        "--quiet",
        "--workspace",
        "--example",
        name,
    ];
    let built = Command::new("cargo")
        .args(build)
        .current_dir(paths::root())
        .status();
    ensure!(
        built.context("cargo")?.success(),
        "`cargo build --example {name}` failed"
    );
    let program = paths::binary()?.with_file_name("examples").join(name);
    let output = Command::new(&program)
        .args(arguments)
        .output()
        .with_context(|| format!("{}", program.display()))?;
    ensure!(
        output.status.success(),
        "`{name}` failed: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().last().unwrap_or_default();
    serde_json::from_str(line).with_context(|| format!("no such JSON at the end of: {text}"))
}
