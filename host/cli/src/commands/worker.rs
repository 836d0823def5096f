//! `mortise worker`, which only `mortise` itself starts: see `isolate`.

use mortise_sandbox::isolate::worker::{self, WorkerError};

use crate::exit::{Outcome, Stop};

/// Works for the process that started this one.
///
/// # Errors
/// Why it does not; that process was told.
pub fn run() -> Outcome {
    worker::run().map_err(|error| match error {
        WorkerError::NotStarted => Stop::usage(error),
        error => Stop::environment(error),
    })
}
