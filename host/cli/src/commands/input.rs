//! `--input FILE|-`, and files that commands are given.

use std::io::{self, Read as _};
use std::path::Path;

use crate::exit::{Code, Outcome, Stop};

/// The bytes of a file, or of stdin for `-`. Blocks.
///
/// # Errors
/// Where it cannot be read.
pub fn read(path: &Path) -> Outcome<Vec<u8>> {
    if path == Path::new("-") {
        let mut bytes = Vec::new();
        io::stdin()
            .read_to_end(&mut bytes)
            .map_err(|error| Stop::usage(format!("stdin cannot be read: {error}")))?;
        return Ok(bytes);
    }
    std::fs::read(path)
        .map_err(|error| Stop::usage(format!("`{}` cannot be read: {error}", path.display())))
}

/// The bytes of a file that a command is about. Blocks.
///
/// # Errors
/// `NotFound` where it is not there.
pub fn subject(path: &Path) -> Outcome<Vec<u8>> {
    std::fs::read(path).map_err(|error| {
        let code = match error.kind() {
            io::ErrorKind::NotFound => Code::NotFound,
            _ => Code::Environment,
        };
        Stop::new(
            code,
            format!("`{}` cannot be read: {error}", path.display()),
        )
    })
}
