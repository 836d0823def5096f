//! Each operation: its schemas, its words, what it promises.

use mortise_model::descriptor::{OperationDescriptor, Plugin, Records, Repeat, Role};
use serde_json::Value;

use super::examples::{self, Shapes};
use super::{Findings, schemas, words};

/// What a transform may import besides WASI: it reaches nothing.
const HARMLESS: [&str; 2] = ["mortise:plugin/log@", "mortise:plugin/types@"];

pub(super) fn check(plugin: &Plugin, document: &Value, findings: &mut Findings) {
    let empty = Vec::new();
    let raw = document.get("operations").and_then(Value::as_array);
    let operations = &plugin.descriptor.operations;
    for (operation, raw) in operations.iter().zip(raw.unwrap_or(&empty)) {
        one(operation, raw, findings);
    }
    if operations
        .iter()
        .all(|operation| operation.role == Role::Transform)
    {
        reaches_nothing(&plugin.imports, findings);
    }
}

fn one(operation: &OperationDescriptor, raw: &Value, findings: &mut Findings) {
    let place = format!("operations/{}", operation.name);
    words::summary(&operation.summary, &place, findings);
    let mut schema = |name: &str| {
        let schema = raw.get(name).filter(|schema| !schema.is_null());
        schemas::validator(schema, &format!("{place}/{name}"), findings)
    };
    let shapes = Shapes {
        input: schema("input"),
        output: schema("output"),
        record: schema("record"),
        is_listed: operation.paging
            || (operation.role == Role::Transform && operation.records == Records::Each),
    };
    fields(raw, &place, findings);
    examples::check(raw, &shapes, &place, findings);
    match operation.role {
        Role::Webhook if operation.verification.is_none() && !operation.verifies => {
            findings.advise(
                "unverified-webhook",
                &place,
                "anybody who knows its address can send to this webhook: declare a `verification`",
            );
        }
        Role::Action | Role::Batch if operation.repeat == Repeat::Duplicates => {
            findings.advise(
                "duplicates",
                &place,
                "repeating it happens twice, so a crash at the wrong moment parks the run: use the application's idempotency key and say `keyed`, or `safe` where it only reads",
            );
        }
        _ => {}
    }
}

/// Whoever writes a step reads the schema of its input.
fn fields(raw: &Value, place: &str, findings: &mut Findings) {
    let Some(input) = raw.get("input") else {
        return;
    };
    if input == &Value::Bool(true) {
        let message =
            "the input takes anything, so no mistake is found before it runs: give it a schema";
        findings.advise("open-schema", &format!("{place}/input"), message);
    }
    for (name, property) in schemas::properties(input) {
        let is_described = ["description", "title", "$ref", "const"]
            .iter()
            .any(|word| property.get(*word).is_some());
        if !is_described && property.is_object() {
            let message = format!("the field `{name}` has no `description`");
            findings.advise("undescribed-field", &format!("{place}/input"), message);
        }
    }
}

fn reaches_nothing(imports: &[String], findings: &mut Findings) {
    let ours = imports
        .iter()
        .filter(|import| import.starts_with("mortise:plugin/"));
    for import in ours.filter(|import| !HARMLESS.iter().any(|name| import.starts_with(name))) {
        let message = format!(
            "a transform reaches nothing, and this one imports `{import}`: build it for the world `transformer`"
        );
        findings.error("transform-reaches", "", message);
    }
}
