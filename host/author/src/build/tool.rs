//! Tools of others: what they say goes to stderr, for stdout is this program's data.

use std::io;
use std::process::{Command, Output, Stdio};

use super::BuildError;

/// A tool that says itself what is missing ends with this code.
const MISSING: i32 = 5;

/// Runs a tool to its end.
///
/// # Errors
/// Where it is missing or says no.
pub fn run(command: &mut Command, remedy: &str) -> Result<(), BuildError> {
    output(command.stdout(io::stderr()), remedy).map(drop)
}

/// Runs a tool, and gives what it says on stdout.
///
/// # Errors
/// Where it is missing or says no.
pub fn output(command: &mut Command, remedy: &str) -> Result<Vec<u8>, BuildError> {
    let tool = command.get_program().to_string_lossy().into_owned();
    command.stdin(Stdio::null()).stderr(Stdio::inherit());
    let Output { status, stdout, .. } = command.output().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => BuildError::Missing {
            tool: tool.clone(),
            remedy: remedy.to_owned(),
        },
        _ => BuildError::File {
            path: tool.clone().into(),
            source: error,
        },
    })?;
    match status.code() {
        Some(0) => Ok(stdout),
        Some(MISSING) => Err(BuildError::Missing {
            tool,
            remedy: "what it said stands above".to_owned(),
        }),
        _ => Err(BuildError::Failed {
            tool,
            status: status.to_string(),
        }),
    }
}
