//! Durations within bounds.

use mortise_model::duration::parse_ms;

use crate::diagnostic::Code;
use crate::read::values;
use crate::source::Sink;
use crate::yaml::{Entry, Value};

/// Longest time for one attempt of a step, and longest pause between two: a day.
pub(crate) const ATTEMPT_MAX_MS: u64 = 86_400_000;

/// Longest time that the sender of a webhook may wait: five minutes.
pub(super) const RESPOND_MAX_MS: u64 = 300_000;

/// Longest time of a run: a year.
pub(super) const RUN_MAX_MS: u64 = 365 * 86_400_000;

/// Longest time that a finished run may be kept: ten years.
pub(super) const RETAIN_MAX_MS: u64 = 3_650 * 86_400_000;

/// Longest time between two polls: a week.
pub(super) const POLL_MAX_MS: u64 = 7 * 86_400_000;

/// Shortest time between two polls.
pub(super) const POLL_MIN_MS: u64 = 1_000;

/// Longest time that a key is remembered: each one takes room until then.
pub(super) const KEY_MAX_MS: u64 = 90 * 86_400_000;

/// What durations look like, for messages.
const FORM: &str = "write a whole number and a unit, such as `500ms`, `30s`, `15m`, `24h` or `30d`";

/// A duration of at least a millisecond and at most `max_ms`, in milliseconds.
pub(crate) fn duration_ms(entry: &Entry, max_ms: u64, sink: &mut Sink<'_>) -> Option<u64> {
    duration_between_ms(entry, 1, max_ms, sink)
}

/// A duration within bounds, in milliseconds.
pub(super) fn duration_between_ms(
    entry: &Entry,
    min_ms: u64,
    max_ms: u64,
    sink: &mut Sink<'_>,
) -> Option<u64> {
    if let Value::Number(number) = &entry.value.value {
        let message = format!("`{number}` is not a duration: it has no unit");
        sink.error(Code::InvalidDuration, entry.value.place, message, FORM);
        return None;
    }
    let text = values::text(entry, sink)?;
    let bounds = (display(min_ms), display(max_ms));
    let help = format!("write at least `{}` and at most `{}`", bounds.0, bounds.1);
    match parse_ms(text.value) {
        Ok(ms) if (min_ms..=max_ms).contains(&ms) => return Some(ms),
        Ok(_) => {
            let message = format!("`{}` cannot be `{}`", entry.key, text.value);
            sink.error(Code::InvalidDuration, text.place, message, help);
        }
        Err(_) => {
            let message = format!("`{}` is not a duration", text.value);
            sink.error(Code::InvalidDuration, text.place, message, FORM);
        }
    }
    None
}

fn display(ms: u64) -> String {
    for (unit, factor) in [
        ("d", 86_400_000),
        ("h", 3_600_000),
        ("m", 60_000),
        ("s", 1_000),
    ] {
        if ms.is_multiple_of(factor) {
            return format!("{}{unit}", ms / factor);
        }
    }
    format!("{ms}ms")
}
