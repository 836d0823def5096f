//! What `describe` returned, held against what the component really is.

use std::collections::BTreeSet;

use mortise_model::descriptor::{Descriptor, OperationDescriptor, Role};
use mortise_vault::signature::declared::Declared;

/// The version of the document's structure that this host reads.
const SCHEMA_VERSION: u32 = 1;
/// A descriptor of a large connector has 200 KiB.
const MAX_BYTES: usize = 4 << 20;
const NAME_MAX_BYTES: usize = 63;

/// Reads and checks a descriptor; the error is a sentence.
pub(crate) fn read(text: &str, roles: &[String]) -> Result<Descriptor, String> {
    if text.len() > MAX_BYTES {
        return Err(format!(
            "it has {} bytes, more than {MAX_BYTES}",
            text.len()
        ));
    }
    let descriptor: Descriptor = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if descriptor.schema_version != SCHEMA_VERSION {
        return Err(format!(
            "its `schema-version` is {}, and this host reads {SCHEMA_VERSION}",
            descriptor.schema_version
        ));
    }
    let name = descriptor.name.as_str();
    let parts = name.split_once('/');
    if !parts.is_some_and(|(namespace, name)| is_name(namespace) && is_name(name)) {
        return Err(format!(
            "its `name` is `{name}`, and has to be `namespace/name` in lower-case letters, digits and `-`"
        ));
    }
    let version = descriptor.version.as_str();
    if semver::Version::parse(version).is_err() {
        return Err(format!(
            "its `version` is `{version}`, and has to be a semantic version such as `1.0.0`"
        ));
    }
    if let Some(rate) = &descriptor.rate
        && (rate.requests == 0 || rate.per_ms == 0)
    {
        return Err("its `rate` allows nothing: `requests` and `per-ms` are at least 1".to_owned());
    }
    check_operations(&descriptor, roles)?;
    Ok(descriptor)
}

fn check_operations(descriptor: &Descriptor, roles: &[String]) -> Result<(), String> {
    if descriptor.operations.is_empty() {
        return Err("it has no `operations`".to_owned());
    }
    let mut names = BTreeSet::new();
    for operation in &descriptor.operations {
        let name = operation.name.as_str();
        if !is_name(name) {
            return Err(format!(
                "the operation `{name}` has no proper name: it takes lower-case letters, digits and `-`"
            ));
        }
        if !names.insert(name) {
            return Err(format!("the operation `{name}` stands there twice"));
        }
        let interface = operation.role.interface();
        if !roles.iter().any(|role| role == interface) {
            return Err(format!(
                "the operation `{name}` needs the interface `{interface}`, which the component does not export"
            ));
        }
        check_words(operation)?;
    }
    Ok(())
}

/// Words that only one role knows: in another one they would promise what nobody keeps.
fn check_words(operation: &OperationDescriptor) -> Result<(), String> {
    let OperationDescriptor { name, role, .. } = operation;
    let words = [
        ("paging", operation.paging, Role::Action),
        ("answers", operation.answers, Role::Webhook),
        ("verifies", operation.verifies, Role::Webhook),
        ("subscribes", operation.subscribes, Role::Webhook),
    ];
    let stray = words
        .into_iter()
        .find(|(_, declared, of)| *declared && of != role);
    if let Some(declared) = &operation.verification {
        Declared::read(declared).map_err(|why| {
            format!("the operation `{name}` declares a `verification` that nobody can do: {why}")
        })?;
    }
    match stray {
        None => Ok(()),
        Some((word, _, of)) => Err(format!(
            "the operation `{name}` declares `{word}`, which belongs to the interface `{}`",
            of.interface()
        )),
    }
}

fn is_name(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_lowercase())
        && text.len() <= NAME_MAX_BYTES
        && bytes.all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const GOOD: &str = r#"{"schema-version":1,"name":"acme/crm","version":"1.0.0","title":"CRM",
        "operations":[{"name":"find","role":"action","input":true,"output":true}]}"#;

    fn refusal(from: &str, to: &str) -> String {
        assert!(GOOD.contains(from), "{from}");
        read(&GOOD.replace(from, to), &["actions".to_owned()]).unwrap_err()
    }

    #[test]
    fn a_good_one_is_read_and_unknown_keys_are_left_alone() {
        let text = GOOD.replace("\"title\"", "\"later\":{},\"title\"");
        let descriptor = read(&text, &["actions".to_owned()]).unwrap();
        assert_eq!(descriptor.operations[0].name, "find");
    }

    #[test]
    fn refusals_say_what_is_wrong() {
        let cases = [
            (
                "\"schema-version\":1",
                "\"schema-version\":2",
                "`schema-version` is 2",
            ),
            ("acme/crm", "crm", "`namespace/name`"),
            ("acme/crm", "acme/CRM", "`namespace/name`"),
            ("1.0.0", "1", "semantic version"),
            ("\"find\"", "\"Find all\"", "`Find all`"),
            ("\"action\"", "\"transform\"", "interface `transform`"),
            ("\"action\"", "\"magic\"", "magic"),
            (
                "\"role\"",
                "\"answers\":true,\"role\"",
                "interface `webhooks`",
            ),
            (
                "\"title\"",
                "\"rate\":{\"requests\":0,\"per-ms\":1},\"title\"",
                "`per-ms`",
            ),
            (
                "{\"name\":\"find\",\"role\":\"action\",\"input\":true,\"output\":true}",
                "",
                "no `operations`",
            ),
        ];
        for (from, to, expected) in cases {
            let sentence = refusal(from, to);
            assert!(sentence.contains(expected), "{sentence}");
        }
    }
}
