//! `mortise:plugin/log`: lines in the log of the step.

use crate::contract::mortise::plugin::log::{Host, Level};
use crate::guest::Guest;

impl Host for Guest {
    fn write(
        &mut self,
        level: Level,
        message: String,
        fields: Vec<(String, String)>,
    ) -> wasmtime::Result<()> {
        let level = match level {
            Level::Trace => "trace",
            Level::Debug => "debug",
            Level::Info => "info",
            Level::Warn => "warn",
            Level::Error => "error",
        };
        self.log.write(level, message, fields);
        Ok(())
    }
}
