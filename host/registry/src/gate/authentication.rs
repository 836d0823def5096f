//! Credentials: every secret is used, and goes to exact origins alone.

use std::collections::BTreeSet;

use mortise_model::descriptor::Plugin;
use mortise_model::origin;
use serde_json::Value;
use url::Url;

use super::Findings;
use crate::admission::reach;

pub(super) fn check(plugin: &Plugin, document: &Value, findings: &mut Findings) {
    let empty = Vec::new();
    let schemes = document.get("authentication").and_then(Value::as_array);
    let schemes = schemes.unwrap_or(&empty);
    let descriptor = &plugin.descriptor;
    for (n, origin) in descriptor.origins.iter().enumerate() {
        check_origin(origin, &format!("origins/{n}"), findings);
    }
    // Where no HTTP is spoken the host logs in: there are no requests to place a secret in.
    let mut others = descriptor.origins.iter();
    let logs_in = others.any(|origin| origin::split(origin).is_some());
    let mut seen = BTreeSet::new();
    for scheme in schemes {
        let id = text(scheme, "id");
        let place = format!("authentication/{id}");
        if !seen.insert(id) {
            let message = format!("the scheme `{id}` stands there twice");
            findings.error("scheme-twice", &place, message);
        }
        check_scheme(scheme, &place, logs_in, findings);
    }
    for host in reach::credential_hosts(plugin) {
        if !reach::allows(&plugin.descriptor.hosts, &host) {
            let message = format!(
                "a credential goes to `{host}`, which is not among the `hosts`: list it, so that people see where the plugin goes"
            );
            findings.error("undeclared-host", "hosts", message);
        }
    }
    let is_homeless = |scheme: &Value| members(scheme, "origins").next().is_none();
    if descriptor.origins.is_empty() && schemes.iter().any(is_homeless) {
        findings.advise(
            "no-origin",
            "origins",
            "nothing says where a credential may go, so every connection has to: name the application's `origins`",
        );
    } else if !schemes.is_empty() && !plugin.roles.iter().any(|role| role == "check") {
        findings.error(
            "no-check",
            "authentication",
            "there are ways to authenticate and no `check`: export it, so that a wrong credential is found when a connection is made",
        );
    }
    for operation in members(document, "operations") {
        for wanted in members(operation, "authentication").filter_map(Value::as_str) {
            if !seen.contains(wanted) {
                let place = format!("operations/{}/authentication", text(operation, "name"));
                let message = format!("there is no authentication scheme `{wanted}`");
                findings.error("unknown-scheme", &place, message);
            }
        }
    }
}

fn check_scheme(scheme: &Value, place: &str, logs_in: bool, findings: &mut Findings) {
    for (n, origin) in members(scheme, "origins")
        .filter_map(Value::as_str)
        .enumerate()
    {
        check_origin(origin, &format!("{place}/origins/{n}"), findings);
    }
    let used = templates(scheme);
    let mut declared = BTreeSet::new();
    for secret in members(scheme, "secrets") {
        let name = text(secret, "name");
        declared.insert(name);
        let is_injected = text(secret, "use") == "inject";
        let is_placed = !logs_in && text(scheme, "kind") == "secrets";
        if is_injected && is_placed && !used.contains(name) {
            let message = format!("nothing uses the secret `{name}`: place it or leave it out");
            findings.advise("unused-secret", place, message);
        }
        if !is_injected && members(secret, "algorithms").next().is_none() {
            let message = format!(
                "the secret `{name}` is for signing and allows no algorithm: list `algorithms`"
            );
            findings.error("no-algorithm", place, message);
        }
    }
    // The other kinds have secrets of their own, which nobody declares.
    if text(scheme, "kind") == "secrets" {
        for name in used.iter().filter(|name| !declared.contains(name.as_str())) {
            let message = format!("a template uses the secret `{name}`, which is not declared");
            findings.error("unknown-secret", place, message);
        }
    }
}

/// An exact HTTPS origin, or a template whose value is one when the connection is made.
fn check_origin(origin: &str, place: &str, findings: &mut Findings) {
    let is_template = origin.contains("{settings.") || origin.contains("{captured.");
    let is_exact = origin::split(origin).is_some_and(|(_, place)| !place.contains(['/', '@', '*']))
        || Url::parse(origin).is_ok_and(|url| {
            url.scheme() == "https"
                && url.host_str().is_some_and(|host| !host.contains('*'))
                && url.origin().ascii_serialization() == origin
        });
    if !is_exact && (!is_template || origin.contains('*')) {
        let message = format!(
            "a credential goes to exact origins, and `{origin}` is none: write it as `https://api.example.com`, or as a template over the settings"
        );
        findings.error("loose-origin", place, message);
    }
}

/// Names in `secrets.NAME`, wherever they stand below a scheme.
fn templates(value: &Value) -> BTreeSet<String> {
    const BEFORE: &str = "secrets.";
    match value {
        Value::String(text) => {
            let names = text.match_indices(BEFORE).map(|(at, _)| {
                let rest = &text[at + BEFORE.len()..];
                let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_'));
                rest[..end.unwrap_or(rest.len())].to_owned()
            });
            names.collect()
        }
        Value::Array(items) => items.iter().flat_map(templates).collect(),
        Value::Object(fields) => fields.values().flat_map(templates).collect(),
        _ => BTreeSet::new(),
    }
}

fn members<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    let list = value.get(name).and_then(Value::as_array);
    list.into_iter().flatten()
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}
