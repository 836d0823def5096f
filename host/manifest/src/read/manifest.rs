//! The top of a manifest.

use crate::authored::Manifest;
use crate::diagnostic::Code;
use crate::read::durations::{RETAIN_MAX_MS, RUN_MAX_MS, duration_ms};
use crate::read::fields::Fields;
use crate::read::steps::Reader;
use crate::read::{grants, ids, keys, plugins, triggers, values};
use crate::source::Sink;
use crate::yaml::{Entry, Node, Value};

/// The version of the language that this program reads.
const VERSION: &str = "1";

/// Reads a whole manifest; none where it is not even a map.
pub(crate) fn manifest<'n>(node: &'n Node, sink: &mut Sink<'_>) -> Option<Manifest<'n>> {
    let mut fields = Fields::of(node, "a manifest", sink)?;
    if let Some(entry) = fields.require("version", "version: 1", sink) {
        version(entry, sink);
    }
    let name = fields
        .require("name", "name: order-to-invoice", sink)
        .and_then(|entry| values::workflow_name(&entry.value, "`name`", sink));
    let description = fields
        .take("description")
        .and_then(|entry| values::text(entry, sink));
    let plugins = plugins::plugins(fields.take("plugins"), sink);
    let vars = fields.take("vars").and_then(|entry| vars(entry, sink));
    let triggers = triggers::triggers(fields.take("triggers"), sink);
    let timeout_ms = fields
        .take("timeout")
        .and_then(|entry| duration_ms(entry, RUN_MAX_MS, sink));
    let retain_ms = fields
        .take("retain")
        .and_then(|entry| duration_ms(entry, RETAIN_MAX_MS, sink));
    let mut reader = Reader::new();
    let steps = fields.require("steps", "steps: []", sink);
    let mut list = |entry: Option<&'n Entry>, sink: &mut Sink<'_>| {
        entry.map_or_else(Vec::new, |entry| {
            reader.list(&entry.value, &format!("`{}`", entry.key), sink)
        })
    };
    let manifest = Manifest {
        name,
        description: description.map(|text| text.value),
        plugins,
        vars,
        triggers,
        concurrency: keys::concurrency(fields.take("concurrency"), sink),
        deduplicate: keys::deduplicate(fields.take("deduplicate"), sink),
        timeout_ms,
        retain_ms,
        steps: list(steps, sink),
        finally: list(fields.take("finally"), sink),
        output: fields.take("output").map(|entry| &entry.value),
        grants: grants::grants(fields.take("grants"), sink),
        tests: fields.take("tests").map(|entry| &entry.value),
    };
    fields.finish(sink);
    ids::check_ids(&manifest, sink);
    Some(manifest)
}

fn version(entry: &Entry, sink: &mut Sink<'_>) {
    if !matches!(&entry.value.value, Value::Number(number) if number == VERSION) {
        sink.error(
            Code::UnsupportedVersion,
            entry.value.place,
            "this program reads manifests of version 1 alone",
            "write `version: 1`",
        );
    }
}

/// `vars` as they are: they may hold no expression.
fn vars<'n>(entry: &'n Entry, sink: &mut Sink<'_>) -> Option<&'n Node> {
    Fields::of(&entry.value, "`vars`", sink)?;
    values::no_expressions(&entry.value, "a value of `vars`", sink);
    values::check_depth(&entry.value, sink);
    Some(&entry.value)
}
