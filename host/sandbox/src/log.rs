//! What an attempt says, within limits.

use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError};

use mortise_model::Timestamp;
use mortise_model::entry::LogLine;
use mortise_model::text::printable;
use tokio::time::Instant;

use crate::failure::cut;
use crate::settings::Settings;

/// What a field counts beside its text: millions of empty ones have no text and take memory all the
/// same.
const FIELD_BYTES: usize = 16;

/// What the name of a level may have: the longest that there is has five.
const LEVEL_MAX_BYTES: usize = 8;

/// The log of one attempt; clones write to the same one.
#[derive(Clone)]
pub(crate) struct Log(Arc<Mutex<Lines>>);

struct Lines {
    lines: Vec<LogLine>,
    /// What is left of the limits; at zero nothing more is kept.
    lines_left: usize,
    bytes_left: usize,
    /// When the call was made, and the same moment on the clock that deadlines use.
    made_at: Timestamp,
    begun: Instant,
}

impl Log {
    pub fn new(settings: &Settings, made_at: Timestamp, begun: Instant) -> Self {
        Self(Arc::new(Mutex::new(Lines {
            lines: Vec::new(),
            lines_left: settings.log_lines_max,
            bytes_left: settings.log_max_bytes,
            made_at,
            begun,
        })))
    }

    /// Adds a line, or says once that there are too many.
    pub fn write(&self, level: &str, message: String, fields: Vec<(String, String)>) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.write(level, message, fields);
    }

    /// Adds lines that were said in a worker, within the same limits.
    pub fn admit(&self, said: Vec<LogLine>) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for line in said {
            lines.write_at(line.at, &line.level, line.message, line.fields);
        }
    }

    /// What was said, leaving nothing.
    pub fn take(&self) -> Vec<LogLine> {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut lines.lines)
    }
}

impl Lines {
    fn write(&mut self, level: &str, message: String, fields: Vec<(String, String)>) {
        let passed_ms = u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.write_at(self.made_at.plus_ms(passed_ms), level, message, fields);
    }

    fn write_at(
        &mut self,
        at: Timestamp,
        level: &str,
        message: String,
        fields: Vec<(String, String)>,
    ) {
        if self.lines_left == 0 {
            return;
        }
        let in_field = |(name, value): &(String, String)| FIELD_BYTES + name.len() + value.len();
        let in_fields: usize = fields.iter().map(in_field).sum();
        let size = message.len() + in_fields;
        if self.lines_left == 1 || size > self.bytes_left {
            self.lines_left = 0;
            let text = "the rest of the log is left out: see the limits `sandbox.log-lines-max` \
                        and `sandbox.log-max-bytes`";
            return self.push(at, "warn", text.to_owned(), Vec::new());
        }
        self.lines_left -= 1;
        self.bytes_left -= size;
        let fields = fields.into_iter();
        let fields = fields.map(|(name, value)| (harmless(name), harmless(value)));
        let fields = fields.collect();
        self.push(at, level, harmless(message), fields);
    }

    fn push(&mut self, at: Timestamp, level: &str, message: String, fields: Vec<(String, String)>) {
        self.lines.push(LogLine {
            at,
            level: harmless(cut(level.to_owned(), LEVEL_MAX_BYTES)),
            message,
            fields,
        });
    }
}

/// What people read, they read in terminals.
pub(crate) fn harmless(text: String) -> String {
    match printable(&text) {
        Cow::Borrowed(_) => text,
        Cow::Owned(text) => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(lines_max: usize, max_bytes: usize) -> Log {
        let settings = Settings {
            log_lines_max: lines_max,
            log_max_bytes: max_bytes,
            ..Settings::default()
        };
        Log::new(&settings, Timestamp(0), Instant::now())
    }

    #[test]
    fn a_log_ends_with_a_word_about_its_limit() {
        let log = log(3, 1_000);
        for n in 0..10 {
            log.write("info", format!("line {n}"), Vec::new());
        }
        let lines = log.take();
        assert_eq!(lines.len(), 3);
        assert_eq!(lines[1].message, "line 1");
        assert!(lines[2].message.contains("`sandbox.log-lines-max`"));
    }

    #[test]
    fn fields_count() {
        let log = log(10, FIELD_BYTES + 8);
        log.write("info", "1234".to_owned(), Vec::new());
        log.write("info", "1".to_owned(), vec![("22".into(), "333".into())]);
        log.write("info", "1".to_owned(), Vec::new());
        let lines = log.take();
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert_eq!(lines[1].level, "warn");
    }
}
