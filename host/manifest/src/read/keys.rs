//! `concurrency` and `deduplicate`.

use mortise_model::plan::WhenFull;

use crate::authored::{Concurrency, Deduplicate};
use crate::read::durations::{KEY_MAX_MS, duration_ms};
use crate::read::fields::Fields;
use crate::read::values;
use crate::source::Sink;
use crate::yaml::Entry;

/// Runs of one key that may be under way at the same moment.
const LIMIT_MAX: u32 = 10_000;

/// How long a key is remembered where the manifest does not say: a day.
const WITHIN_MS: u64 = 86_400_000;

/// Reads `concurrency`.
pub(super) fn concurrency<'n>(
    entry: Option<&'n Entry>,
    sink: &mut Sink<'_>,
) -> Option<Concurrency<'n>> {
    let mut fields = Fields::of(&entry?.value, "`concurrency`", sink)?;
    let key = fields.require("key", "key: \"${{ .event.customer }}\"", sink);
    let limit = fields.take("limit");
    let words = [("queue", WhenFull::Queue), ("skip", WhenFull::Skip)];
    let when_full = fields
        .take("when-full")
        .and_then(|entry| values::choice(entry, &words, sink));
    fields.finish(sink);
    let limit = limit.and_then(|entry| values::whole(entry, 1, LIMIT_MAX, sink));
    Some(Concurrency {
        key: &key?.value,
        limit: limit.unwrap_or(1),
        when_full: when_full.unwrap_or(WhenFull::Queue),
    })
}

/// Reads `deduplicate`.
pub(super) fn deduplicate<'n>(
    entry: Option<&'n Entry>,
    sink: &mut Sink<'_>,
) -> Option<Deduplicate<'n>> {
    let mut fields = Fields::of(&entry?.value, "`deduplicate`", sink)?;
    let key = fields.require("key", "key: \"${{ .event.id }}\"", sink);
    let within = fields.take("within");
    fields.finish(sink);
    let within_ms = within.and_then(|entry| duration_ms(entry, KEY_MAX_MS, sink));
    Some(Deduplicate {
        key: &key?.value,
        within_ms: within_ms.unwrap_or(WITHIN_MS),
    })
}
