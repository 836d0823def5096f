//! Expected against actual JSON.
//!
//! An expected object names the members that matter, and with `"$exact": true` all of them; a list
//! is compared member by member. Among the expected texts `<any>`, `<ulid>`, `<time>`, `<digest>`
//! stand for what cannot be known before, and `~text` for whatever contains the text.
//!
//! `{"$some": [...]}` is a list with such members among others, `{"$unordered": [...]}` one with
//! them and no others, `{"$count": 3}` one of so many, `{"$not": ...}` whatever is not so.

use serde_json::{Map, Value};

const EXACT: &str = "$exact";

/// Every difference, each with a JSON Pointer to it. Empty where all is as expected.
#[must_use]
pub fn differences(expected: &Value, actual: &Value) -> Vec<String> {
    let mut differences = Vec::new();
    compare(expected, actual, "", &mut differences);
    differences
}

fn compare(expected: &Value, actual: &Value, at: &str, out: &mut Vec<String>) {
    if let Some(holds) = rule(expected, actual) {
        if !holds {
            out.push(format!("at `{at}`: expected {expected}, got {actual}"));
        }
        return;
    }
    match (expected, actual) {
        (Value::Object(expected), Value::Object(actual)) => {
            compare_objects(expected, actual, at, out)
        }
        (Value::Array(expected), Value::Array(actual)) if expected.len() == actual.len() => {
            for (index, (expected, actual)) in expected.iter().zip(actual).enumerate() {
                compare(expected, actual, &format!("{at}/{index}"), out);
            }
        }
        (Value::String(pattern), actual) if fits(pattern, actual) => {}
        (Value::Number(expected), Value::Number(actual))
            if expected.as_f64() == actual.as_f64() => {}
        (expected, actual) if expected == actual => {}
        (expected, actual) => out.push(format!("at `{at}`: expected {expected}, got {actual}")),
    }
}

/// Whether a rule holds, where what is expected is one.
fn rule(expected: &Value, actual: &Value) -> Option<bool> {
    let expected = expected.as_object().filter(|members| members.len() == 1)?;
    let (name, wanted) = expected.iter().next()?;
    let items = actual.as_array().map(Vec::as_slice);
    let wanted_items = || wanted.as_array().map(Vec::as_slice).unwrap_or_default();
    match name.as_str() {
        "$not" => Some(!differences(wanted, actual).is_empty()),
        "$count" => Some(items.is_some_and(|items| wanted.as_u64() == Some(items.len() as u64))),
        "$some" => Some(items.is_some_and(|items| are_among(wanted_items(), items))),
        "$unordered" => Some(items.is_some_and(|items| {
            wanted_items().len() == items.len() && are_among(wanted_items(), items)
        })),
        _ => None,
    }
}

/// Whether each of these fits a member of its own.
fn are_among(expected: &[Value], actual: &[Value]) -> bool {
    let mut left: Vec<&Value> = actual.iter().collect();
    expected.iter().all(|expected| {
        let found = left
            .iter()
            .position(|actual| differences(expected, actual).is_empty());
        found.map(|index| left.swap_remove(index)).is_some()
    })
}

fn compare_objects(
    expected: &Map<String, Value>,
    actual: &Map<String, Value>,
    at: &str,
    out: &mut Vec<String>,
) {
    for (name, expected) in expected.iter().filter(|(name, _)| *name != EXACT) {
        match actual.get(name) {
            Some(actual) => compare(expected, actual, &format!("{at}/{name}"), out),
            None => out.push(format!(
                "at `{at}/{name}`: expected {expected}, got nothing"
            )),
        }
    }
    if expected.contains_key(EXACT) {
        let unexpected = actual
            .iter()
            .filter(|(name, _)| !expected.contains_key(*name));
        out.extend(
            unexpected
                .map(|(name, value)| format!("at `{at}/{name}`: got {value}, expected nothing")),
        );
    }
}

fn fits(pattern: &str, actual: &Value) -> bool {
    let text = actual.as_str();
    match pattern {
        "<any>" => true,
        "<ulid>" => text.is_some_and(is_ulid),
        "<time>" => text.is_some_and(is_time),
        "<digest>" => text.is_some_and(is_digest),
        _ => match (pattern.strip_prefix('~'), text) {
            (Some(part), Some(text)) => text.contains(part),
            (Some(part), None) => actual.to_string().contains(part),
            (None, _) => false,
        },
    }
}

fn is_ulid(text: &str) -> bool {
    text.len() == 26
        && text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
}

fn is_digest(text: &str) -> bool {
    let hex = text.strip_prefix("sha256:").unwrap_or_default();
    hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// RFC 3339 in UTC with milliseconds: `2025-03-14T09:26:53.000Z`.
fn is_time(text: &str) -> bool {
    let digit_or = |(byte, like): (u8, u8)| {
        if like == b'0' {
            byte.is_ascii_digit()
        } else {
            byte == like
        }
    };
    text.len() == 24 && text.bytes().zip(*b"0000-00-00T00:00:00.000Z").all(digit_or)
}

#[cfg(test)]
mod tests {
    use super::differences;
    use serde_json::json;

    #[test]
    fn members_that_are_not_named_do_not_matter() {
        assert!(differences(&json!({ "a": 1 }), &json!({ "a": 1, "b": 2 })).is_empty());
    }

    #[test]
    fn exact_objects_have_no_other_members() {
        let found = differences(
            &json!({ "$exact": true, "a": 1 }),
            &json!({ "a": 1, "b": 2 }),
        );
        assert_eq!(found, ["at `/b`: got 2, expected nothing"]);
    }

    #[test]
    fn rules_look_at_lists_as_a_whole() {
        let list = json!([{ "a": 1 }, { "a": 2 }, { "a": 2 }]);
        for (rule, holds) in [
            (json!({ "$some": [{ "a": 2 }, { "a": 2 }] }), true),
            (json!({ "$some": [{ "a": 1 }, { "a": 1 }] }), false),
            (
                json!({ "$unordered": [{ "a": 2 }, { "a": 1 }, { "a": 2 }] }),
                true,
            ),
            (json!({ "$unordered": [{ "a": 2 }, { "a": 1 }] }), false),
            (json!({ "$count": 3 }), true),
            (json!({ "$count": 2 }), false),
            (json!({ "$not": { "$count": 2 } }), true),
        ] {
            assert_eq!(differences(&rule, &list).is_empty(), holds, "{rule}");
        }
    }

    #[test]
    fn every_difference_is_named() {
        let found = differences(
            &json!({ "a": [1, { "b": "x" }], "c": 1 }),
            &json!({ "a": [2, { "b": "y" }] }),
        );
        assert_eq!(found.len(), 3, "{found:?}");
        assert!(found[1].contains("/a/1/b"), "{found:?}");
    }

    #[test]
    fn patterns_fit_what_they_stand_for_and_nothing_else() {
        let pattern = json!({ "id": "<ulid>", "at": "<time>", "text": "~grants" });
        let fits = json!({ "id": "01JZ0000000000000000000000", "at": "2025-03-14T09:26:53.000Z", "text": "add it to `grants`" });
        assert!(differences(&pattern, &fits).is_empty());
        let differs = json!({ "id": "1", "at": "2025-03-14T09:26:53Z", "text": "no" });
        assert_eq!(differences(&pattern, &differs).len(), 3);
    }
}
