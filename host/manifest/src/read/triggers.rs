//! `triggers`: one file for each kind.

mod manual;
mod schedule;
mod webhook;

use mortise_model::plan::Source;

use crate::authored::Trigger;
use crate::diagnostic::Code;
use crate::read::fields::{Fields, items};
use crate::read::values;
use crate::source::{Place, Sink};
use crate::yaml::{Entry, Node};

/// Kinds that come later.
const LATER: &[&str] = &["poll", "failure"];

/// Reads the triggers of a manifest.
pub(super) fn triggers<'n>(entry: Option<&'n Entry>, sink: &mut Sink<'_>) -> Vec<Trigger<'n>> {
    let Some(entry) = entry else {
        return Vec::new();
    };
    let items = items(&entry.value, "`triggers`", sink);
    items
        .iter()
        .filter_map(|node| trigger(node, sink))
        .collect()
}

fn trigger<'n>(node: &'n Node, sink: &mut Sink<'_>) -> Option<Trigger<'n>> {
    let mut fields = Fields::of(node, "a trigger", sink)?;
    fields.later(LATER);
    let id = fields.require("id", "id: orders", sink);
    let id = id.and_then(|entry| values::id(entry, sink));
    let kinds: Vec<_> = ["webhook", "schedule", "manual"]
        .into_iter()
        .filter_map(|kind| fields.take(kind))
        .collect();
    let is_later = fields.first_later().is_some();
    let place = fields.place();
    fields.finish(sink);
    let [kind] = kinds.as_slice() else {
        if !is_later {
            wrong_kinds(place, &kinds, sink);
        }
        return None;
    };
    let (source, path_place) = source(kind, sink)?;
    Some(Trigger {
        id: id?,
        source,
        path_place,
    })
}

fn source(entry: &Entry, sink: &mut Sink<'_>) -> Option<(Source, Place)> {
    match entry.key.as_str() {
        "webhook" => {
            webhook::webhook(entry, sink).map(|(hook, place)| (Source::Webhook(hook), place))
        }
        "schedule" => {
            schedule::schedule(entry, sink).map(|times| (Source::Schedule(times), entry.key_place))
        }
        _ => manual::manual(entry, sink).map(|source| (source, entry.key_place)),
    }
}

fn wrong_kinds(place: Place, kinds: &[&Entry], sink: &mut Sink<'_>) {
    match kinds.get(1) {
        None => sink.error(
            Code::MissingField,
            place,
            "a trigger needs one of `webhook`, `schedule` and `manual`",
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
