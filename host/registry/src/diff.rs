//! What changes for those who use a plugin when another version takes its place.

use std::collections::BTreeSet;

use mortise_model::descriptor::{OperationDescriptor, Plugin, Repeat};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// What it means for them.
    pub kind: Kind,
    /// Where in the descriptor: `operations/find/input`.
    #[serde(rename = "where")]
    pub place: String,
    /// One sentence: lower case, no full stop.
    pub message: String,
}

/// What a difference means, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A workflow that works with the old version may not work with the new one.
    Breaks,
    /// It wants to reach or to be trusted with more.
    Asks,
    /// It can do more.
    Adds,
}

/// All differences, the worst first.
#[must_use]
pub fn diff(old: &Plugin, new: &Plugin) -> Vec<Difference> {
    let mut found = Found::default();
    if old.descriptor.name != new.descriptor.name {
        let (old, new) = (&old.descriptor.name, &new.descriptor.name);
        found.put(Kind::Breaks, "name", format!("`{old}` became `{new}`"));
    }
    operations(old, new, &mut found);
    reach(old, new, &mut found);
    let settings = |plugin: &Plugin| {
        plugin
            .descriptor
            .settings
            .as_ref()
            .and_then(|json| json.read().ok())
    };
    let (before, after) = (settings(old), settings(new));
    if let Some(after) = &after {
        input(
            before.as_ref().unwrap_or(&Value::Null),
            after,
            "settings",
            &mut found,
        );
    }
    found.0.sort_by_key(|difference| difference.kind);
    found.0
}

#[derive(Default)]
struct Found(Vec<Difference>);

impl Found {
    fn put(&mut self, kind: Kind, place: &str, message: String) {
        let place = place.to_owned();
        self.0.push(Difference {
            kind,
            place,
            message,
        });
    }
}

fn operations(old: &Plugin, new: &Plugin, found: &mut Found) {
    let of = |plugin: &'_ Plugin, name: &str| -> Option<OperationDescriptor> {
        let mut all = plugin.descriptor.operations.iter();
        all.find(|operation| operation.name == name).cloned()
    };
    for before in &old.descriptor.operations {
        let place = format!("operations/{}", before.name);
        match of(new, &before.name) {
            None => found.put(Kind::Breaks, &place, format!("`{}` is gone", before.name)),
            Some(after) => operation(before, &after, &place, found),
        }
    }
    for after in &new.descriptor.operations {
        if of(old, &after.name).is_none() {
            let place = format!("operations/{}", after.name);
            found.put(
                Kind::Adds,
                &place,
                format!("`{}` is new: {}", after.name, after.summary),
            );
        }
    }
}

fn operation(
    before: &OperationDescriptor,
    after: &OperationDescriptor,
    place: &str,
    found: &mut Found,
) {
    if before.role != after.role || before.paging != after.paging {
        found.put(
            Kind::Breaks,
            place,
            "it is called in another way".to_owned(),
        );
    }
    let strength = |repeat: Repeat| match repeat {
        Repeat::Duplicates => 0,
        Repeat::Keyed => 1,
        Repeat::Safe => 2,
    };
    if strength(after.repeat) < strength(before.repeat) {
        let message = "repeating it is less safe than it was: more runs park after a crash";
        found.put(Kind::Breaks, place, message.to_owned());
    }
    let schemas = |operation: &OperationDescriptor| -> (Value, Value) {
        let (input, output) = (&operation.input, &operation.output);
        (
            input.read().unwrap_or_default(),
            output.read().unwrap_or_default(),
        )
    };
    let ((old_input, old_output), (new_input, new_output)) = (schemas(before), schemas(after));
    input(&old_input, &new_input, &format!("{place}/input"), found);
    output(&old_output, &new_output, &format!("{place}/output"), found);
}

fn properties(schema: &Value) -> Map<String, Value> {
    let properties = schema.get("properties").and_then(Value::as_object);
    properties.cloned().unwrap_or_default()
}

fn required(schema: &Value) -> BTreeSet<&str> {
    let required = schema.get("required").and_then(Value::as_array);
    required
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

/// What workflows write: it must not need more, and must not take less.
fn input(before: &Value, after: &Value, place: &str, found: &mut Found) {
    let (old, new) = (properties(before), properties(after));
    for name in required(after).difference(&required(before)) {
        found.put(Kind::Breaks, place, format!("`{name}` has to be there now"));
    }
    for (name, was) in &old {
        match new.get(name) {
            None => found.put(
                Kind::Breaks,
                place,
                format!("`{name}` is not known any more"),
            ),
            Some(is) => narrowed(name, was, is, place, found),
        }
    }
    for name in new.keys().filter(|name| !old.contains_key(*name)) {
        found.put(Kind::Adds, place, format!("`{name}` may be given"));
    }
}

/// What workflows read: it must not be less.
fn output(before: &Value, after: &Value, place: &str, found: &mut Found) {
    let (old, new) = (properties(before), properties(after));
    for name in required(before).difference(&required(after)) {
        if new.contains_key(*name) {
            found.put(Kind::Breaks, place, format!("`{name}` may be missing now"));
        }
    }
    for (name, was) in &old {
        match new.get(name) {
            None => found.put(Kind::Breaks, place, format!("`{name}` is gone")),
            Some(is) if was.get("type") != is.get("type") => {
                found.put(Kind::Breaks, place, format!("`{name}` is of another type"));
            }
            Some(_) => {}
        }
    }
    for name in new.keys().filter(|name| !old.contains_key(*name)) {
        found.put(Kind::Adds, place, format!("`{name}` is given"));
    }
}

/// Another type, or choices that are gone.
fn narrowed(name: &str, was: &Value, is: &Value, place: &str, found: &mut Found) {
    if was.get("type") != is.get("type") {
        found.put(Kind::Breaks, place, format!("`{name}` is of another type"));
    }
    let choices =
        |schema: &Value| -> Option<Vec<Value>> { schema.get("enum")?.as_array().cloned() };
    match (choices(was), choices(is)) {
        (Some(was), Some(is)) => {
            for choice in was.iter().filter(|choice| !is.contains(choice)) {
                found.put(
                    Kind::Breaks,
                    place,
                    format!("`{name}` cannot be `{choice}` any more"),
                );
            }
        }
        (None, Some(_)) => {
            found.put(
                Kind::Breaks,
                place,
                format!("`{name}` has a list of choices now"),
            );
        }
        _ => {}
    }
}

/// Hosts, origins, interfaces and secrets.
fn reach(old: &Plugin, new: &Plugin, found: &mut Found) {
    let (before, after) = (&old.descriptor, &new.descriptor);
    let mut list = |place: &str, before: &[String], after: &[String], what: &str| {
        for item in after.iter().filter(|item| !before.contains(item)) {
            found.put(Kind::Asks, place, format!("{what} `{item}`"));
        }
    };
    list("hosts", &before.hosts, &after.hosts, "it wants to reach");
    list(
        "origins",
        &before.origins,
        &after.origins,
        "its credential may go to",
    );
    list("imports", &old.imports, &new.imports, "it imports");
    let (secrets, asked) = (secrets(old), secrets(new));
    for secret in asked.difference(&secrets) {
        found.put(
            Kind::Asks,
            "authentication",
            format!("it wants the secret `{secret}`"),
        );
    }
    for secret in secrets.difference(&asked) {
        let message = format!("it does not take the secret `{secret}` any more");
        found.put(Kind::Breaks, "authentication", message);
    }
}

/// `scheme/secret` of every scheme.
fn secrets(plugin: &Plugin) -> BTreeSet<String> {
    let schemes = plugin.descriptor.authentication.iter();
    let schemes = schemes.filter_map(|scheme| scheme.read::<Value>().ok());
    let names = schemes.flat_map(|scheme| {
        let text =
            |value: &Value, name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
        let id = text(&scheme, "id").unwrap_or_default();
        let secrets = scheme.get("secrets").and_then(Value::as_array).cloned();
        let secrets = secrets.unwrap_or_default().into_iter();
        let named = secrets.filter_map(|secret| text(&secret, "name"));
        named.map(|name| format!("{id}/{name}")).collect::<Vec<_>>()
    });
    names.collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use mortise_model::Json;
    use mortise_model::id::Digest;
    use serde_json::json;

    use super::*;

    fn plugin(change: impl FnOnce(&mut Value)) -> Plugin {
        let mut document = json!({
            "schema-version": 1, "name": "acme/crm", "version": "1.0.0", "title": "CRM",
            "hosts": ["api.acme.example"], "origins": ["https://api.acme.example"],
            "authentication": [{ "id": "key", "title": "Key", "kind": "secrets", "secrets": [{ "name": "token", "use": "inject" }] }],
            "operations": [{
                "name": "find", "role": "action", "summary": "finds", "repeat": "safe",
                "input": { "properties": { "name": { "type": "string" }, "kind": { "enum": ["a", "b"] } }, "required": ["name"] },
                "output": { "properties": { "id": { "type": "string" } }, "required": ["id"] },
            }],
        });
        change(&mut document);
        let document = Json::of(&document).unwrap();
        Plugin {
            digest: Digest::of(b"a"),
            size_bytes: 1,
            roles: Vec::new(),
            imports: Vec::new(),
            descriptor: document.read().unwrap(),
            document,
        }
    }

    #[test]
    #[allow(clippy::too_many_lines, reason = "a table")]
    fn each_change_says_what_it_means() {
        let cases: [(&str, Value, Option<(Kind, &str)>); 12] = [
            ("/version", json!("1.0.1"), None),
            ("/name", json!("acme/shop"), Some((Kind::Breaks, "became"))),
            (
                "/operations/0/name",
                json!("seek"),
                Some((Kind::Breaks, "`find` is gone")),
            ),
            (
                "/operations/0/repeat",
                json!("duplicates"),
                Some((Kind::Breaks, "less safe")),
            ),
            (
                "/operations/0/input/required",
                json!(["name", "kind"]),
                Some((Kind::Breaks, "`kind` has to be there")),
            ),
            (
                "/operations/0/input/properties/kind/enum",
                json!(["a"]),
                Some((Kind::Breaks, "cannot be `\"b\"`")),
            ),
            (
                "/operations/0/input/properties/name",
                json!({ "type": "integer" }),
                Some((Kind::Breaks, "another type")),
            ),
            (
                "/operations/0/output/properties/id",
                json!({ "type": "integer" }),
                Some((Kind::Breaks, "another type")),
            ),
            (
                "/operations/0/output/required",
                json!([]),
                Some((Kind::Breaks, "may be missing")),
            ),
            (
                "/hosts",
                json!(["api.acme.example", "cdn.acme.example"]),
                Some((Kind::Asks, "`cdn.acme.example`")),
            ),
            (
                "/origins/0",
                json!("https://evil.example"),
                Some((Kind::Asks, "`https://evil.example`")),
            ),
            (
                "/authentication/0/secrets/0/name",
                json!("key"),
                Some((Kind::Breaks, "`key/token`")),
            ),
        ];
        for (pointer, value, expected) in cases {
            let new = plugin(|document| *document.pointer_mut(pointer).unwrap() = value.clone());
            let found = diff(&plugin(|_| {}), &new);
            match (found.first(), expected) {
                (None, None) => {}
                (Some(found), Some((kind, message))) => {
                    assert_eq!(found.kind, kind, "{pointer}: {found:?}");
                    assert!(found.message.contains(message), "{pointer}: {found:?}");
                }
                (found, _) => panic!("{pointer}: {found:?}"),
            }
        }
    }

    #[test]
    fn what_is_new_adds() {
        let new = plugin(|document| {
            document["operations"][0]["input"]["properties"]["more"] = json!({ "type": "string" });
        });
        let found = diff(&plugin(|_| {}), &new);
        assert_eq!((found.len(), found[0].kind), (1, Kind::Adds));
    }
}
