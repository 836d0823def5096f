//! `poll: { uses, connection, every, start, with }`.

use mortise_model::plan::PollStart;

use crate::authored::Poll;
use crate::read::durations::{POLL_MAX_MS, POLL_MIN_MS, duration_between_ms};
use crate::read::fields::Fields;
use crate::read::step::of_trigger;
use crate::read::values;
use crate::source::Sink;
use crate::yaml::Entry;

/// Time between two polls where the manifest does not say: a minute.
const EVERY_MS: u64 = 60_000;

/// Reads a poll.
pub(super) fn poll<'n>(entry: &'n Entry, sink: &mut Sink<'_>) -> Option<Poll<'n>> {
    let mut fields = Fields::of(&entry.value, "a `poll`", sink)?;
    fields.require("uses", "uses: shop/new-orders", sink);
    let operation = of_trigger(&mut fields, sink);
    let every_ms = fields
        .take("every")
        .and_then(|entry| duration_between_ms(entry, POLL_MIN_MS, POLL_MAX_MS, sink));
    let words = [("now", PollStart::Now), ("beginning", PollStart::Beginning)];
    let start = fields
        .take("start")
        .and_then(|entry| values::choice(entry, &words, sink));
    fields.finish(sink);
    Some(Poll {
        operation,
        every_ms: every_ms.unwrap_or(EVERY_MS),
        start: start.unwrap_or(PollStart::Now),
    })
}
