//! The text of a lock: sorted, one line for each fact, so that a difference shows what changed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use mortise_model::id::Digest;

use crate::resolve::Resolved;

/// The text that pins what these workflows use.
pub(crate) fn write_lock(resolved: &[&Resolved]) -> String {
    let mut plugins: BTreeMap<String, Digest> = BTreeMap::new();
    let mut workflows = BTreeMap::new();
    for resolved in resolved {
        for pin in resolved.pins.values() {
            plugins.insert(reference(pin), pin.plugin.digest);
        }
        workflows.insert(resolved.plan.workflow.as_str(), &resolved.pins);
    }
    let mut text = String::from(
        "# written by `mortise lock`: commit it, and change it with that command alone\nversion: 1\n",
    );
    text.push_str(if plugins.is_empty() {
        "plugins: {}\n"
    } else {
        "plugins:\n"
    });
    for (plugin, digest) in &plugins {
        line(&mut text, &format!("  {plugin}: {digest}"));
    }
    text.push_str(if workflows.is_empty() {
        "workflows: {}\n"
    } else {
        "workflows:\n"
    });
    for (workflow, pins) in workflows {
        line(
            &mut text,
            &format!("  {workflow}:{}", if pins.is_empty() { " {}" } else { "" }),
        );
        for (alias, pin) in pins {
            line(&mut text, &format!("    {alias}:"));
            line(&mut text, &format!("      plugin: {}", reference(pin)));
            list(&mut text, "hosts", &pin.hosts);
            list(&mut text, "origins", &pin.origins);
        }
    }
    text
}

fn reference(pin: &crate::resolve::Pin) -> String {
    let descriptor = &pin.plugin.descriptor;
    format!("{}@{}", descriptor.name, descriptor.version)
}

fn list(text: &mut String, name: &str, items: &BTreeSet<String>) {
    if items.is_empty() {
        return;
    }
    line(text, &format!("      {name}:"));
    for item in items {
        line(
            text,
            &format!("        - {}", serde_json::Value::from(item.as_str())),
        );
    }
}

fn line(text: &mut String, line: &str) {
    // Writing to a text cannot fail.
    let _ = writeln!(text, "{line}");
}
