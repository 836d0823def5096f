//! JSON Schemas of a descriptor, and values against them.

use jsonschema::{Draft, Validator};
use serde_json::Value;

use super::Findings;

/// Errors of one value that are told; the rest follows from them as a rule.
const TOLD_MAX: usize = 5;

/// Makes the validator of a schema, or says why there is none.
pub(super) fn validator(
    schema: Option<&Value>,
    place: &str,
    findings: &mut Findings,
) -> Option<Validator> {
    let schema = schema?;
    match jsonschema::options()
        .with_draft(Draft::Draft202012)
        .build(schema)
    {
        Ok(validator) => Some(validator),
        Err(error) => {
            let message = format!("this is not a JSON Schema (2020-12): {error}");
            findings.error("bad-schema", place, message);
            None
        }
    }
}

/// What a schema has against a value: each as `at /field: …`.
pub(super) fn errors(validator: &Validator, value: &Value) -> Vec<String> {
    let errors = validator.iter_errors(value).take(TOLD_MAX);
    errors
        .map(|error| match error.instance_path().as_str() {
            "" => error.to_string(),
            pointer => format!("at `{pointer}`: {error}"),
        })
        .collect()
}

/// The properties of an object's schema.
pub(super) fn properties(schema: &Value) -> impl Iterator<Item = (&String, &Value)> {
    schema
        .get("properties")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
}
