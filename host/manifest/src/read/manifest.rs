//! The top of a manifest.

use mortise_model::id::is_name;

use crate::authored::{Manifest, Spanned};
use crate::diagnostic::Code;
use crate::read::durations::{RETAIN_MAX_MS, RUN_MAX_MS, duration_ms};
use crate::read::fields::{Fields, items};
use crate::read::{grants, plugins, step, triggers, values};
use crate::source::Sink;
use crate::yaml::{Entry, Node, Value};

/// The version of the language that this program reads.
const VERSION: &str = "1";

/// Steps that a workflow may have.
const STEPS_MAX: usize = 500;

/// Words of the language that come later.
const LATER: &[&str] = &["concurrency", "deduplicate", "finally", "on-failure"];

/// Reads a whole manifest; none where it is not even a map.
pub(crate) fn manifest<'n>(node: &'n Node, sink: &mut Sink<'_>) -> Option<Manifest<'n>> {
    let mut fields = Fields::of(node, "a manifest", sink)?;
    fields.later(LATER);
    if let Some(entry) = fields.require("version", "version: 1", sink) {
        version(entry, sink);
    }
    let name = fields
        .require("name", "name: order-to-invoice", sink)
        .and_then(|entry| name(entry, sink));
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
    let steps = fields.require("steps", "steps: []", sink);
    let steps = steps.map_or(&[][..], |entry| items(&entry.value, "`steps`", sink));
    let steps = within_limit(steps, sink);
    let manifest = Manifest {
        name,
        description: description.map(|text| text.value),
        plugins,
        vars,
        triggers,
        timeout_ms,
        retain_ms,
        steps: steps
            .iter()
            .filter_map(|node| step::step(node, sink))
            .collect(),
        output: fields.take("output").map(|entry| &entry.value),
        grants: grants::grants(fields.take("grants"), sink),
    };
    // Read by `mortise test`, which knows what may stand in it.
    fields.take("tests");
    fields.finish(sink);
    check_ids(&manifest, sink);
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

fn name<'n>(entry: &'n Entry, sink: &mut Sink<'_>) -> Option<Spanned<&'n str>> {
    let name = values::text(entry, sink)?;
    if is_name(name.value) {
        return Some(name);
    }
    sink.error(
        Code::InvalidName,
        name.place,
        format!("`{}` cannot name a workflow", name.value),
        "use at most 63 lower-case letters, digits, `-` and `_`, beginning with a letter, such as `order-to-invoice`",
    );
    None
}

/// `vars` as they are: they may hold no expression.
fn vars<'n>(entry: &'n Entry, sink: &mut Sink<'_>) -> Option<&'n Node> {
    Fields::of(&entry.value, "`vars`", sink)?;
    no_expressions(&entry.value, sink);
    Some(&entry.value)
}

fn no_expressions(node: &Node, sink: &mut Sink<'_>) {
    match &node.value {
        Value::Text(_) => {
            values::text_node(node, "a value of `vars`", sink);
        }
        Value::List(items) => items.iter().for_each(|item| no_expressions(item, sink)),
        Value::Map(entries) => entries
            .iter()
            .for_each(|entry| no_expressions(&entry.value, sink)),
        _ => {}
    }
}

/// The steps that are looked at: those beyond the limit would only take time.
fn within_limit<'n>(steps: &'n [Node], sink: &mut Sink<'_>) -> &'n [Node] {
    if let Some(first) = steps.get(STEPS_MAX) {
        sink.error(
            Code::TooManySteps,
            first.place,
            format!(
                "the workflow has {} steps, over the limit of {STEPS_MAX}",
                steps.len()
            ),
            "split it into several workflows",
        );
    }
    steps.get(..STEPS_MAX).unwrap_or(steps)
}

fn check_ids(manifest: &Manifest<'_>, sink: &mut Sink<'_>) {
    let triggers = manifest.triggers.iter().map(|trigger| trigger.id);
    unique("trigger", triggers, sink);
    unique(
        "step",
        manifest.steps.iter().filter_map(|step| step.id),
        sink,
    );
}

fn unique<'n>(what: &str, ids: impl Iterator<Item = Spanned<&'n str>>, sink: &mut Sink<'_>) {
    let mut seen = std::collections::HashMap::new();
    for id in ids {
        if let Some(line) = seen.insert(id.value, id.place.line) {
            sink.error(
                Code::DuplicateId,
                id.place,
                format!("there is another {what} `{}`", id.value),
                format!("give one of the two another id; the other one is in line {line}"),
            );
        }
    }
}
