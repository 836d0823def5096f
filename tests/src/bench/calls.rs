//! What a single call costs, by the sandbox's own example program.

use anyhow::{Context, Result};
use serde::Deserialize;

use super::example;
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

/// Builds and runs the program.
///
/// # Errors
/// Where it does not work.
pub fn measure() -> Result<Calls> {
    let (plugins, order) = (paths::plugins()?, paths::checked_in("bench/order.json")?);
    example::run("calls", [plugins, order]).context("the costs of a call")
}
