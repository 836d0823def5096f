//! Lines in the log of the step.

#[cfg(target_arch = "wasm32")]
use crate::bindings::imports::mortise::plugin::log as host;
#[cfg(not(target_arch = "wasm32"))]
use crate::fake::log as host;

pub use crate::bindings::imports::mortise::plugin::log::Level;

/// One line with fields of its own; a secret does not belong here.
pub fn write(level: Level, message: &str, fields: &[(&str, &str)]) {
    let fields: Vec<(String, String)> = fields
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    host::write(level, message, &fields);
}

/// For who writes the plugin.
pub fn debug(message: &str) {
    write(Level::Debug, message, &[]);
}

/// For who reads the run.
pub fn info(message: &str) {
    write(Level::Info, message, &[]);
}

/// Something is not as it should be, and the call goes on.
pub fn warn(message: &str) {
    write(Level::Warn, message, &[]);
}

/// Something went wrong.
pub fn error(message: &str) {
    write(Level::Error, message, &[]);
}
