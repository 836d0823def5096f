//! `triggers`: one file for each kind.

mod failure;
mod manual;
mod poll;
mod schedule;
mod webhook;

use crate::authored::{Source, Trigger};
use crate::diagnostic::Code;
use crate::read::fields::{Fields, items};
use crate::read::values;
use crate::source::{Place, Sink};
use crate::yaml::{Entry, Node};

/// Triggers that a workflow may have.
const TRIGGERS_MAX: usize = 100;

/// The words that say how a trigger works; each trigger has one of them.
const KINDS: [&str; 5] = ["webhook", "schedule", "poll", "failure", "manual"];

/// Reads the triggers of a manifest.
pub(super) fn triggers<'n>(entry: Option<&'n Entry>, sink: &mut Sink<'_>) -> Vec<Trigger<'n>> {
    let Some(entry) = entry else {
        return Vec::new();
    };
    let items = items(&entry.value, "`triggers`", sink);
    if let Some(beyond) = items.get(TRIGGERS_MAX) {
        sink.error(
            Code::InvalidValue,
            beyond.place,
            format!(
                "the workflow has {} triggers, over the limit of {TRIGGERS_MAX}",
                items.len()
            ),
            "give some of them to another workflow that calls this one",
        );
    }
    let triggers: Vec<_> = items
        .iter()
        .take(TRIGGERS_MAX)
        .filter_map(|node| trigger(node, sink))
        .collect();
    one_by_hand(&triggers, sink);
    triggers
}

/// Whoever starts a workflow by hand names the workflow alone.
fn one_by_hand(triggers: &[Trigger<'_>], sink: &mut Sink<'_>) {
    let is_manual = |trigger: &&Trigger<'_>| matches!(trigger.source, Source::Manual(_));
    let mut manual = triggers.iter().filter(is_manual);
    let Some(first) = manual.next() else { return };
    for other in manual {
        sink.error(
            Code::DuplicateManual,
            other.id.place,
            format!(
                "the workflow is started by hand through `{}` already, and one `manual` trigger is all that it can have",
                first.id.value
            ),
            "let the schema of the first one allow both inputs, or make a second workflow that calls this one",
        );
    }
}

fn trigger<'n>(node: &'n Node, sink: &mut Sink<'_>) -> Option<Trigger<'n>> {
    let mut fields = Fields::of(node, "a trigger", sink)?;
    let id = fields.require("id", "id: orders", sink);
    let id = id.and_then(|entry| values::id(entry, sink));
    let kinds: Vec<_> = KINDS
        .into_iter()
        .filter_map(|kind| fields.take(kind))
        .collect();
    let place = fields.place();
    fields.finish(sink);
    let [kind] = kinds.as_slice() else {
        wrong_kinds(place, &kinds, sink);
        return None;
    };
    let source = source(kind, sink)?;
    Some(Trigger { id: id?, source })
}

fn source<'n>(entry: &'n Entry, sink: &mut Sink<'_>) -> Option<Source<'n>> {
    match entry.key.as_str() {
        "webhook" => webhook::webhook(entry, sink).map(|hook| Source::Webhook(Box::new(hook))),
        "schedule" => schedule::schedule(entry, sink).map(Source::Schedule),
        "poll" => poll::poll(entry, sink).map(|poll| Source::Poll(Box::new(poll))),
        "failure" => failure::failure(entry, sink).map(Source::Failure),
        _ => manual::manual(entry, sink).map(Source::Manual),
    }
}

fn wrong_kinds(place: Place, kinds: &[&Entry], sink: &mut Sink<'_>) {
    match kinds.get(1) {
        None => sink.error(
            Code::MissingField,
            place,
            format!(
                "a trigger needs one of {}",
                KINDS.map(|word| format!("`{word}`")).join(", ")
            ),
            "write `webhook: { path: /orders }`, for example",
        ),
        Some(second) => sink.error(
            Code::InvalidValue,
            second.key_place,
            format!(
                "a trigger is of one kind: `{}` stands here already",
                kinds[0].key
            ),
            "make two triggers of it, each with an id",
        ),
    }
}
