//! `foreach` and `collect`.

use mortise_model::plan::OnItemFailure;

use crate::authored::{Collect, Foreach, Step};
use crate::read::fields::Fields;
use crate::read::values;
use crate::source::Sink;
use crate::yaml::Entry;

/// Items that may be under way at the same time.
const AT_ONCE_MAX: u32 = 100;

/// Items that a name may stand for.
const BATCH_MAX: u32 = 10_000;

/// Records of a list that `collect` makes, where the manifest does not say.
const COLLECT_RECORDS: u32 = 10_000;

/// The most that it may say: the list is one value, and has to fit into memory.
const COLLECT_RECORDS_MAX: u32 = 100_000;

/// Reads a `foreach`.
pub(super) fn foreach<'n>(
    entry: &'n Entry,
    steps: Vec<Step<'n>>,
    sink: &mut Sink<'_>,
) -> Option<Foreach<'n>> {
    let mut fields = Fields::of(&entry.value, "`foreach`", sink)?;
    let items = fields.require("in", "in: \"${{ .event.lines }}\"", sink);
    let name = fields.require("as", "as: line", sink);
    let words = [
        ("stop", OnItemFailure::Stop),
        ("collect", OnItemFailure::Collect),
        ("continue", OnItemFailure::Continue),
    ];
    let foreach = Foreach {
        items: items.map(|entry| &entry.value),
        name: name.and_then(|entry| values::item_name(entry, sink)),
        at_once: fields
            .take("at-once")
            .and_then(|entry| values::whole(entry, 1, AT_ONCE_MAX, sink))
            .unwrap_or(1),
        batch: fields
            .take("batch")
            .and_then(|entry| values::whole(entry, 1, BATCH_MAX, sink)),
        on_failure: fields
            .take("on-failure")
            .and_then(|entry| values::choice(entry, &words, sink))
            .unwrap_or(OnItemFailure::Stop),
        steps,
    };
    fields.finish(sink);
    Some(foreach)
}

/// Reads a `collect`.
pub(super) fn collect<'n>(entry: &'n Entry, sink: &mut Sink<'_>) -> Option<Collect<'n>> {
    let mut fields = Fields::of(&entry.value, "`collect`", sink)?;
    let items = fields.require("in", "in: \"${{ .steps.fetch.output }}\"", sink);
    let max = fields.take("max");
    let max = max.and_then(|entry| values::whole(entry, 1, COLLECT_RECORDS_MAX, sink));
    fields.finish(sink);
    Some(Collect {
        items: items.map(|entry| &entry.value),
        records_max: max.unwrap_or(COLLECT_RECORDS),
    })
}
