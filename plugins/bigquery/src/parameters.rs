//! What a query is given besides its text, so that no text is ever put together from values.

use mortise_sdk::{Failure, json};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// For `@name`, or for each `?` in turn.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Parameters {
    /// By name.
    Named(Map<String, Value>),
    /// In order.
    Positional(Vec<Value>),
}

impl Parameters {
    /// As `parameterMode` has it.
    pub fn mode(&self) -> &'static str {
        match self {
            Self::Named(_) => "NAMED",
            Self::Positional(_) => "POSITIONAL",
        }
    }

    /// As `queryParameters` has them; the failure names the one that cannot be sent.
    pub fn written(&self) -> Result<Vec<Value>, Failure> {
        match self {
            Self::Named(named) => {
                let each = named.iter().map(|(name, value)| {
                    let mut parameter = parameter(value, name)?;
                    parameter["name"] = name.as_str().into();
                    Ok(parameter)
                });
                each.collect()
            }
            Self::Positional(list) => {
                let each = list.iter().enumerate();
                each.map(|(n, value)| parameter(value, &n.to_string()))
                    .collect()
            }
        }
    }
}

fn parameter(value: &Value, token: &str) -> Result<Value, Failure> {
    let (kind, value) = typed(value).map_err(|why| {
        let mut pointer = "/parameters".to_owned();
        json::push_token(&mut pointer, token);
        Failure::reject(why).with_field(pointer)
    })?;
    Ok(match (kind.strip_prefix("ARRAY<"), value) {
        (Some(kind), Value::Array(items)) => {
            let kind = kind.trim_end_matches('>');
            let items: Vec<Value> = items.iter().map(scalar).collect();
            json!({ "parameterType": { "type": "ARRAY", "arrayType": { "type": kind } }, "parameterValue": { "arrayValues": items } })
        }
        (_, value) => json!({ "parameterType": { "type": kind }, "parameterValue": scalar(value) }),
    })
}

/// Its type and its value: `{type, value}` says it, anything else shows it.
fn typed(value: &Value) -> Result<(String, &Value), String> {
    if let Value::Object(object) = value {
        let kind = object.get("type").and_then(Value::as_str);
        let inner = object.get("value").filter(|_| object.len() == 2);
        let (Some(kind), Some(inner)) = (kind, inner) else {
            return Err(
                "an object is no parameter: write `{ type, value }`, where the type may be `JSON`"
                    .to_owned(),
            );
        };
        let kind = kind.to_ascii_uppercase();
        return match (
            kind.starts_with("ARRAY<"),
            inner.is_array() && kind != "JSON",
        ) {
            (true, true) | (false, false) => Ok((kind, inner)),
            (true, false) => Err(format!("`{kind}` takes a list")),
            (false, true) => Err(format!("`{kind}` takes no list: write `ARRAY<{kind}>`")),
        };
    }
    let Value::Array(items) = value else {
        return Ok((shown(value).to_owned(), value));
    };
    let mut kinds = items.iter().filter(|item| !item.is_null()).map(shown);
    let Some(first) = kinds.next() else {
        return Err(
            "an empty list has no type: write `{ type: \"ARRAY<STRING>\", value: [] }`".to_owned(),
        );
    };
    let first = kinds.try_fold(first, common);
    match first {
        Some(kind) if kind != "JSON" => Ok((format!("ARRAY<{kind}>"), value)),
        _ => Err("the items of a list are all of one simple type".to_owned()),
    }
}

fn common(kind: &'static str, other: &'static str) -> Option<&'static str> {
    match (kind, other) {
        (a, b) if a == b => Some(a),
        ("INT64", "FLOAT64") | ("FLOAT64", "INT64") => Some("FLOAT64"),
        _ => None,
    }
}

fn shown(value: &Value) -> &'static str {
    match value {
        Value::Bool(_) => "BOOL",
        Value::Number(number) if number.is_i64() => "INT64",
        Value::Number(number) if number.is_u64() => "NUMERIC",
        Value::Number(_) => "FLOAT64",
        Value::Null | Value::String(_) => "STRING",
        Value::Array(_) | Value::Object(_) => "JSON",
    }
}

/// All values are sent as text, and null as nothing.
fn scalar(value: &Value) -> Value {
    match value {
        Value::Null => json!({}),
        Value::String(text) => json!({ "value": text }),
        other => json!({ "value": other.to_string() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(parameters: &Value) -> Result<Vec<Value>, Failure> {
        serde_json::from_value::<Parameters>(parameters.clone())
            .unwrap()
            .written()
    }

    #[test]
    fn types_are_seen_or_said() {
        for (value, kind, sent) in [
            (json!("a"), "STRING", json!({ "value": "a" })),
            (json!(7), "INT64", json!({ "value": "7" })),
            (json!(1.5), "FLOAT64", json!({ "value": "1.5" })),
            (json!(true), "BOOL", json!({ "value": "true" })),
            (json!(null), "STRING", json!({})),
            (
                json!({ "type": "timestamp", "value": "2026-01-02T03:04:05Z" }),
                "TIMESTAMP",
                json!({ "value": "2026-01-02T03:04:05Z" }),
            ),
            (
                json!({ "type": "NUMERIC", "value": "0.1" }),
                "NUMERIC",
                json!({ "value": "0.1" }),
            ),
            (
                json!({ "type": "JSON", "value": { "a": [1] } }),
                "JSON",
                json!({ "value": r#"{"a":[1]}"# }),
            ),
        ] {
            let parameter = &written(&json!([value])).unwrap()[0];
            assert_eq!(
                parameter,
                &json!({ "parameterType": { "type": kind }, "parameterValue": sent })
            );
        }
    }

    #[test]
    fn lists_are_arrays() {
        for (value, kind) in [
            (json!([1, 2.5]), "FLOAT64"),
            (json!({ "type": "ARRAY<DATE>", "value": [] }), "DATE"),
        ] {
            let parameter = &written(&json!({ "ids": value })).unwrap()[0];
            assert_eq!(parameter["name"], "ids");
            assert_eq!(
                parameter["parameterType"],
                json!({ "type": "ARRAY", "arrayType": { "type": kind } })
            );
        }
    }

    #[test]
    fn what_cannot_be_sent_is_named() {
        for value in [
            json!({ "a": 1 }),
            json!([]),
            json!(["a", 1]),
            json!([[1]]),
            json!({ "type": "DATE", "value": [] }),
            json!({ "type": "ARRAY<DATE>", "value": "x" }),
        ] {
            let failure = written(&json!({ "a/b": value })).unwrap_err();
            assert_eq!(
                failure.cause.unwrap().field.as_deref(),
                Some("/parameters/a~1b")
            );
        }
    }
}
