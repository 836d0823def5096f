//! Reads a lock back.

use std::collections::{BTreeMap, BTreeSet};

use mortise_model::id::Digest;

use super::{Lock, LockedPlugin};
use crate::diagnostic::Code;
use crate::read::{Fields, items};
use crate::source::{Place, Sink};
use crate::yaml::{Entry, Node, Value, read};

/// Reads a lock; none, with diagnostics, where it is not one.
pub(crate) fn read_lock(sink: &mut Sink<'_>) -> Option<Lock> {
    let node = read(sink)?;
    let mut fields = Fields::of(&node, "`mortise.lock`", sink)?;
    fields.take("version");
    let plugins = fields.require("plugins", "plugins: {}", sink)?;
    let workflows = fields.require("workflows", "workflows: {}", sink)?;
    fields.finish(sink);
    let mut digests = BTreeMap::new();
    for entry in map(&plugins.value, "`plugins`", sink) {
        if let Some(digest) = digest(entry, sink) {
            digests.insert(entry.key.as_str(), (digest, entry.value.place.line));
        }
    }
    let mut lock = Lock::default();
    for workflow in map(&workflows.value, "`workflows`", sink) {
        for alias in map(&workflow.value, "a workflow", sink) {
            if let Some(pin) = pin(alias, &digests, sink) {
                lock.pins
                    .insert((workflow.key.clone(), alias.key.clone()), pin);
            }
        }
    }
    Some(lock)
}

fn map<'n>(node: &'n Node, what: &'static str, sink: &mut Sink<'_>) -> &'n [Entry] {
    Fields::of(node, what, sink)
        .and(node.entries())
        .unwrap_or_default()
}

fn digest(entry: &Entry, sink: &mut Sink<'_>) -> Option<Digest> {
    let digest = text(&entry.value).and_then(|text| text.parse().ok());
    if digest.is_none() {
        invalid(entry.value.place, "this is not a digest", sink);
    }
    digest
}

fn pin(
    entry: &Entry,
    digests: &BTreeMap<&str, (Digest, u32)>,
    sink: &mut Sink<'_>,
) -> Option<LockedPlugin> {
    let mut fields = Fields::of(&entry.value, "an alias", sink)?;
    let plugin = fields.require("plugin", "plugin: mortise/http@1.0.0", sink)?;
    let mut list = |name| -> BTreeSet<String> {
        let nodes = fields.take(name).map_or(&[][..], |entry| {
            items(&entry.value, "a list of hosts", sink)
        });
        nodes.iter().filter_map(text).map(str::to_owned).collect()
    };
    let (hosts, origins) = (list("hosts"), list("origins"));
    fields.finish(sink);
    let reference = text(&plugin.value).unwrap_or_default();
    let (Some((name, version)), Some((digest, line))) =
        (reference.split_once('@'), digests.get(reference))
    else {
        invalid(
            plugin.value.place,
            "this plugin has no digest in `plugins`",
            sink,
        );
        return None;
    };
    Some(LockedPlugin {
        name: name.to_owned(),
        version: version.to_owned(),
        digest: *digest,
        line: *line,
        hosts,
        origins,
    })
}

fn text(node: &Node) -> Option<&str> {
    match &node.value {
        Value::Text(text) => Some(&text.text),
        _ => None,
    }
}

fn invalid(place: Place, message: &str, sink: &mut Sink<'_>) {
    sink.error(
        Code::InvalidValue,
        place,
        message,
        "run `mortise lock` to write the file anew",
    );
}
