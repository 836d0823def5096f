//! `mortise compile-component`: the process in which the sandbox has components compiled.

use std::io::Write as _;

use clap::Args;
use mortise_sandbox::compiling;

use crate::exit::{Code, Outcome, Stop};

/// The limits, as the sandbox passes them.
#[derive(Args)]
pub struct Limits {
    /// Address space, in bytes
    memory_max_bytes: u64,
    /// Processor time, in milliseconds
    time_max_ms: u64,
}

/// Compiles what comes by stdin.
///
/// # Errors
/// Where there is no code; the sandbox reads the reason from stderr, so it stands there as it is.
pub fn run(limits: &Limits) -> Outcome {
    compiling::serve(limits.memory_max_bytes, limits.time_max_ms).map_err(|reason| {
        let _ = writeln!(std::io::stderr(), "{reason}");
        Stop::silent(Code::Failed)
    })
}
