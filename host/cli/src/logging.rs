//! Logs, which go to stderr.

use std::io;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::time::SystemTime;

use crate::exit::{Outcome, Stop};
use crate::settings::{LogFormat, Settings};

/// Starts logging for the life of the process.
///
/// # Errors
/// Where `log.level` makes no sense.
pub fn start(settings: &Settings) -> Outcome {
    let filter = EnvFilter::try_new(&settings.log_level).map_err(|error| {
        Stop::usage(format!(
            "`log.level` is `{}`: {error}; write `error`, `warn`, `info`, `debug` or `trace`",
            settings.log_level
        ))
    })?;
    let logs = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_timer(SystemTime);
    let started = match settings.log_format {
        LogFormat::Text => logs.with_ansi(false).try_init(),
        LogFormat::Json => logs.json().flatten_event(true).try_init(),
    };
    started.map_err(Stop::defect)
}
