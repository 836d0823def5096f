//! What a single call costs, by the sandbox's own example program.

use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use crate::paths;

/// The costs, in microseconds.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Calls {
    /// A fresh instance with a trivial call in it.
    pub fresh_call_us: f64,
    /// A call from the guest into the host and back.
    pub host_crossing_us: f64,
    /// The trivial call beside four neighbours that never end.
    pub beside_endless_us: f64,
    /// The trivial call beside four neighbours that take all memory that they get.
    pub beside_greedy_us: f64,
}

/// Builds and runs the program. The whole workspace is selected, as in every other build:
/// otherwise cargo would build its dependencies once more with other features.
///
/// # Errors
/// Where it does not work, or prints something else than one JSON object.
pub fn measure() -> Result<Calls> {
    let arguments = [
        "build",
        "--release",
        "--locked",
        "--quiet",
        "--workspace",
        "--example",
        "calls",
    ];
    let built = Command::new("cargo")
        .args(arguments)
        .current_dir(paths::root())
        .status();
    ensure!(
        built.context("cargo")?.success(),
        "`cargo build --example calls` failed"
    );
    let binary = paths::binary()?;
    let program = binary.with_file_name("examples").join("calls");
    let output = Command::new(&program)
        .arg(paths::plugins()?)
        .arg(paths::checked_in("bench/order.json")?)
        .output()
        .with_context(|| format!("{}", program.display()))?;
    ensure!(
        output.status.success(),
        "`calls` failed: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().rev().find(|line| line.starts_with('{'));
    serde_json::from_str(line.with_context(|| format!("no JSON in: {text}"))?)
        .context("the costs of a call")
}
