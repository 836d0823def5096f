//! What is not as a case expects, in words.

use std::fmt::Write as _;

use mortise_manifest::cases::{Case, ExpectFailure, ExpectStep, StepEnd, without_indexes};
use mortise_model::{Json, StepPath};
use serde_json::Value;

use super::play::Record;

/// The longest value that is shown whole.
const SHOWN_MAX: usize = 200;

/// Everything that is not as the case expects, and, where the run did not end as it should, why.
pub fn differences(case: &Case, record: &Record) -> Vec<String> {
    let run = &record.run;
    let mut found = Vec::new();
    let status = text(run, "status");
    let expected = case.expect.status.word();
    if status != expected {
        found.push(format!("status: expected {expected}, got {status}"));
        if let Some(sentence) = run.pointer("/failure/sentence").and_then(Value::as_str) {
            found.push(format!("because: {sentence}"));
        }
    }
    if let Some(output) = &case.expect.output {
        compare("output", output, run.get("output"), &mut found);
    }
    if let Some(failure) = &case.expect.failure {
        compare_failure(failure, run, &mut found);
    }
    for (step, expected) in &case.expect.steps {
        compare_step(step, expected, record, &mut found);
    }
    found
}

fn compare_failure(expected: &ExpectFailure, run: &Value, found: &mut Vec<String>) {
    let failure = run.get("failure").cloned().unwrap_or_default();
    let fields = [
        ("step", expected.step.as_deref()),
        ("code", expected.code.as_deref()),
        ("disposition", expected.disposition),
    ];
    for (field, expected) in fields {
        let Some(expected) = expected else { continue };
        let mut actual = text(&failure, field).to_owned();
        if field == "step" {
            actual = without_indexes(&StepPath::from(actual.as_str()));
        }
        if actual != expected {
            let actual = if actual.is_empty() { "none" } else { &actual };
            found.push(format!(
                "failure.{field}: expected {expected}, got {actual}"
            ));
        }
    }
}

fn compare_step(name: &str, expected: &ExpectStep, record: &Record, found: &mut Vec<String>) {
    let steps: Vec<&Value> = record
        .run
        .get("steps")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter(|step| without_indexes(&StepPath::from(text(step, "path"))) == name)
        .collect();
    if let Some(ran) = expected.ran {
        let seen = steps
            .iter()
            .filter(|step| !matches!(text(step, "status"), "skipped" | "pending"))
            .count();
        let begun = record.begun.get(name).copied().unwrap_or(0) as usize;
        // Parts of a `foreach` that are done may be forgotten, and blocks make no calls.
        let actual = seen.max(begun);
        if actual != ran as usize {
            found.push(format!("steps.{name}.ran: expected {ran}, got {actual}"));
        }
    }
    if let Some(status) = expected.status {
        let word = StepEnd::WORDS
            .iter()
            .find(|(_, end)| *end == status)
            .map_or("", |(word, _)| *word);
        if steps.is_empty() {
            found.push(format!(
                "steps.{name}.status: expected {word}, but it never began"
            ));
        }
        for step in steps.iter().filter(|step| text(step, "status") != word) {
            let (path, actual) = (text(step, "path"), text(step, "status"));
            found.push(format!(
                "steps.{path}.status: expected {word}, got {actual}"
            ));
        }
    }
    let last = steps.last();
    for (field, expected) in [("input", &expected.input), ("output", &expected.output)] {
        if let Some(expected) = expected {
            let actual = last.and_then(|step| step.get(field));
            compare(&format!("steps.{name}.{field}"), expected, actual, found);
        }
    }
}

fn compare(place: &str, expected: &Json, actual: Option<&Value>, found: &mut Vec<String>) {
    match (expected.read::<Value>(), actual) {
        (Ok(expected), Some(actual)) => walk(place, &expected, actual, found),
        (Ok(expected), None) => {
            found.push(format!(
                "{place}: expected {}, got nothing",
                shown(&expected)
            ));
        }
        (Err(error), _) => found.push(format!("{place}: {error}")),
    }
}

/// Names each place where two values differ, and not both values whole.
fn walk(place: &str, expected: &Value, actual: &Value, found: &mut Vec<String>) {
    match (expected, actual) {
        (Value::Object(expected), Value::Object(actual)) => {
            for (name, value) in expected {
                let place = format!("{place}.{name}");
                match actual.get(name) {
                    Some(other) => walk(&place, value, other, found),
                    None => found.push(format!(
                        "{place}: expected {}, but it is missing",
                        shown(value)
                    )),
                }
            }
            for (name, value) in actual
                .iter()
                .filter(|(name, _)| !expected.contains_key(*name))
            {
                found.push(format!(
                    "{place}.{name}: not expected, got {}",
                    shown(value)
                ));
            }
        }
        (Value::Array(expected), Value::Array(actual)) => {
            for (n, (value, other)) in expected.iter().zip(actual).enumerate() {
                walk(&format!("{place}[{n}]"), value, other, found);
            }
            if expected.len() != actual.len() {
                let (wanted, got) = (expected.len(), actual.len());
                found.push(format!("{place}: expected {wanted} elements, got {got}"));
            }
        }
        (expected, actual) if same(expected, actual) => {}
        (expected, actual) => {
            found.push(format!(
                "{place}: expected {}, got {}",
                shown(expected),
                shown(actual)
            ));
        }
    }
}

/// `1` and `1.0` are the same number to whoever writes a test.
fn same(expected: &Value, actual: &Value) -> bool {
    match (expected.as_f64(), actual.as_f64()) {
        (Some(a), Some(b)) => a.to_bits() == b.to_bits() || expected == actual,
        _ => expected == actual,
    }
}

fn shown(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() <= SHOWN_MAX {
        return text;
    }
    let mut cut: String = text.chars().take(SHOWN_MAX).collect();
    let _ = write!(cut, "… ({} bytes)", text.len());
    cut
}

fn text<'v>(value: &'v Value, field: &str) -> &'v str {
    value.get(field).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_difference_names_its_place_and_no_more() {
        let mut found = Vec::new();
        let expected = json!({"id": 1, "lines": [{"qty": 2}, {"qty": 3}], "gone": true});
        let actual = json!({"id": 1.0, "lines": [{"qty": 2}, {"qty": 4}, {}], "new": null});
        walk("output", &expected, &actual, &mut found);
        assert_eq!(
            found,
            [
                "output.lines[1].qty: expected 3, got 4",
                "output.lines: expected 2 elements, got 3",
                "output.gone: expected true, but it is missing",
                "output.new: not expected, got null",
            ]
        );
    }
}
