//! The document as a whole, and what it says of the plugin itself.

use std::sync::LazyLock;

use jsonschema::Validator;
use mortise_model::descriptor::Plugin;
use serde_json::Value;

use super::{Findings, schemas, words};

/// Components of this size take many seconds to compile, also where they are small in memory.
const LARGE_BYTES: u64 = 32 << 20;

/// The schema that stands in `wit/` for everybody to read.
static DOCUMENT: LazyLock<Option<Validator>> = LazyLock::new(|| {
    let schema = include_str!("../../../../wit/descriptor.schema.json");
    let schema: Value = serde_json::from_str(schema).ok()?;
    jsonschema::draft202012::new(&schema).ok()
});

pub(super) fn check(plugin: &Plugin, document: &Value, findings: &mut Findings) {
    let Some(validator) = &*DOCUMENT else {
        return findings.error(
            "bad-descriptor",
            "",
            "the schema of descriptors is not usable",
        );
    };
    for error in validator.iter_errors(document) {
        let place = error.instance_path().as_str().trim_start_matches('/');
        let message = format!("the descriptor does not fit its schema: {error}");
        findings.error("bad-descriptor", place, message);
    }
    let descriptor = &plugin.descriptor;
    if descriptor.title.trim().is_empty() {
        findings.error(
            "no-title",
            "title",
            "there is no `title`: write the application's own name",
        );
    }
    words::summary(&descriptor.summary, "summary", findings);
    if descriptor.licence.is_none() {
        findings.advise(
            "no-licence",
            "licence",
            "there is no `licence`: name it, such as `Apache-2.0`, so that people know whether they may use it",
        );
    }
    hosts(&descriptor.hosts, findings);
    settings(plugin, document, findings);
    if plugin.size_bytes > LARGE_BYTES {
        let message = format!(
            "the component has {} MiB: compiling it takes long, and every host does it once",
            plugin.size_bytes >> 20
        );
        findings.advise("large", "", message);
    }
    let used = |role: &str| {
        let mut operations = descriptor.operations.iter();
        operations.any(|operation| operation.role.interface() == role)
    };
    let roles = ["actions", "batch", "polling", "webhooks", "transform"];
    for role in plugin
        .roles
        .iter()
        .filter(|role| roles.contains(&role.as_str()))
    {
        if !used(role) {
            let message =
                format!("the component exports `{role}`, and no operation is served by it");
            findings.advise("unused-role", "", message);
        }
    }
}

fn hosts(hosts: &[String], findings: &mut Findings) {
    for (n, host) in hosts.iter().enumerate() {
        let place = format!("hosts/{n}");
        if host.contains("://") || host.contains('/') {
            let message = format!("`{host}` is no host: write it without scheme and path");
            findings.error("bad-host", &place, message);
        } else if host.contains('*') {
            let message = format!(
                "`{host}` takes in hosts that nobody listed: operators grant exact ones more readily"
            );
            findings.advise("loose-host", &place, message);
        }
    }
}

/// Settings are a schema, and let the operator say where the application is.
fn settings(plugin: &Plugin, document: &Value, findings: &mut Findings) {
    let schema = document.get("settings").filter(|schema| !schema.is_null());
    schemas::validator(schema, "settings", findings);
    let has_base_url = schema
        .is_some_and(|schema| schemas::properties(schema).any(|(name, _)| name == "base-url"));
    if !plugin.descriptor.hosts.is_empty() && !has_base_url {
        findings.advise(
            "no-base-url",
            "settings",
            "there is no setting `base-url`: with it, operators can point the plugin at a test system or a proxy",
        );
    }
}
