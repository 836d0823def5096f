//! Examples: what a person copies has to work.

use jsonschema::Validator;
use serde_json::Value;

use super::{Findings, schemas};

/// The schemas of one operation, where they are sound.
pub(super) struct Shapes {
    pub input: Option<Validator>,
    pub output: Option<Validator>,
    pub record: Option<Validator>,
    /// The output of an example is a list of what `output` describes.
    pub is_listed: bool,
}

pub(super) fn check(operation: &Value, shapes: &Shapes, place: &str, findings: &mut Findings) {
    let empty = Vec::new();
    let examples = operation.get("examples").and_then(Value::as_array);
    let examples = examples.unwrap_or(&empty);
    let role = operation.get("role").and_then(Value::as_str);
    if examples.is_empty() && matches!(role, Some("action" | "batch" | "transform")) {
        findings.advise(
            "no-example",
            place,
            "there is no example: people copy them, and `mortise plugin test` plays them",
        );
    }
    for (n, example) in examples.iter().enumerate() {
        let place = format!("{place}/examples/{n}");
        fits(
            shapes.input.as_ref(),
            example.get("input"),
            "input",
            &place,
            findings,
        );
        let records = example.get("records").and_then(Value::as_array);
        for record in records.into_iter().flatten() {
            fits(
                shapes.record.as_ref(),
                Some(record),
                "record",
                &place,
                findings,
            );
        }
        match example.get("output") {
            Some(Value::Array(outputs)) if shapes.is_listed => {
                for output in outputs {
                    fits(
                        shapes.output.as_ref(),
                        Some(output),
                        "output",
                        &place,
                        findings,
                    );
                }
            }
            output => fits(shapes.output.as_ref(), output, "output", &place, findings),
        }
    }
}

fn fits(
    validator: Option<&Validator>,
    value: Option<&Value>,
    what: &str,
    place: &str,
    findings: &mut Findings,
) {
    let (Some(validator), Some(value)) = (validator, value) else {
        return;
    };
    for error in schemas::errors(validator, value) {
        let message = format!("the {what} of this example does not fit its schema: {error}");
        findings.error("bad-example", place, message);
    }
}
