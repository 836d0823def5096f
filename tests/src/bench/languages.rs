//! What the sample connector costs in each language, by the sandbox's own example program.

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use super::example;
use crate::paths;

/// The sample connector in one language.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Language {
    /// `python`
    pub language: String,
    /// The component's size.
    pub size_bytes: u64,
    /// What compiling it takes, once for each host.
    pub compile_ms: f64,
    /// A call of its webhook in a fresh instance, as every run has it.
    pub fresh_us: f64,
    /// The same in an instance that made one before, as no run has it.
    pub warm_us: f64,
}

/// Builds and runs the program over the samples of `scripts/samples`.
///
/// # Errors
/// Where it does not work.
pub fn measure() -> Result<Vec<Language>> {
    example::run("languages", [paths::samples()?]).context("the costs of a language")
}

/// The table for people.
#[must_use]
pub fn table(languages: &[Language]) -> String {
    let mut text = format!(
        "\n{:12} {:>9} {:>12} {:>9} {:>9}\n",
        "language", "MiB", "compile s", "fresh µs", "warm µs"
    );
    for one in languages {
        let mib = one.size_bytes as f64 / f64::from(1 << 20);
        text += &format!(
            "{:12} {:>9.1} {:>12.1} {:>9.0} {:>9.0}\n",
            one.language,
            mib,
            one.compile_ms / 1e3,
            one.fresh_us,
            one.warm_us
        );
    }
    text
}
