//! Whether OpenAI can hold a model to a schema. It takes a part of JSON Schema for that, and refuses the
//! rest; such a schema is told to the model, and the answer is checked here alone.

use serde_json::{Map, Value};

/// What it takes.
const TAKEN: [&str; 24] = [
    "$defs",
    "$ref",
    "additionalProperties",
    "anyOf",
    "const",
    "definitions",
    "description",
    "enum",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "format",
    "items",
    "maxItems",
    "maximum",
    "minItems",
    "minimum",
    "multipleOf",
    "pattern",
    "properties",
    "required",
    "title",
    "type",
    "$comment",
    "$id",
];
/// Formats of texts that it knows.
const FORMATS: [&str; 9] = [
    "date",
    "date-time",
    "duration",
    "email",
    "hostname",
    "ipv4",
    "ipv6",
    "time",
    "uuid",
];
/// Objects within objects.
const DEPTH_MAX: usize = 10;

/// Whether OpenAI can hold a model to it.
pub fn fits(schema: &Value) -> bool {
    schema.get("anyOf").is_none() && part_fits(schema, 0)
}

fn part_fits(schema: &Value, depth: usize) -> bool {
    let Some(schema) = schema.as_object() else {
        return false;
    };
    let is_known = schema.keys().all(|name| TAKEN.contains(&name.as_str()));
    let format = schema.get("format").and_then(Value::as_str);
    is_known
        && depth <= DEPTH_MAX
        && format.is_none_or(|format| FORMATS.contains(&format))
        && object_fits(schema)
        && ["properties", "$defs", "definitions"]
            .iter()
            .filter_map(|name| schema.get(*name)?.as_object())
            .flat_map(Map::values)
            .all(|part| part_fits(part, depth + 1))
        && schema
            .get("items")
            .is_none_or(|items| part_fits(items, depth + 1))
        && schema
            .get("anyOf")
            .and_then(Value::as_array)
            .is_none_or(|parts| parts.iter().all(|part| part_fits(part, depth + 1)))
}

/// An object has all the properties that it names, and no others.
fn object_fits(schema: &Map<String, Value>) -> bool {
    let is_object = match schema.get("type") {
        Some(Value::String(kind)) => kind == "object",
        Some(Value::Array(kinds)) => kinds.iter().any(|kind| kind == "object"),
        _ => schema.contains_key("properties"),
    };
    if !is_object {
        return true;
    }
    let required = schema.get("required").and_then(Value::as_array);
    let is_required =
        |name: &String| required.is_some_and(|names| names.iter().any(|one| one == name.as_str()));
    let properties = schema.get("properties").and_then(Value::as_object);
    schema.get("additionalProperties") == Some(&Value::Bool(false))
        && properties.is_some_and(|properties| properties.keys().all(is_required))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_openai_can_hold_a_model_to_is_strict() {
        let closed = json!({
            "type": "object",
            "properties": {
                "total": { "type": ["number", "null"], "minimum": 0 },
                "lines": { "type": "array", "items": { "$ref": "#/$defs/line" } },
                "kind": { "anyOf": [{ "const": "a" }, { "type": "string", "format": "date" }] },
            },
            "required": ["total", "lines", "kind"],
            "additionalProperties": false,
            "$defs": {
                "line": {
                    "type": "object", "properties": { "sku": { "type": "string" } },
                    "required": ["sku"], "additionalProperties": false,
                },
            },
        });
        assert!(fits(&closed));
        let put = |pointer: &str, name: &str, value: Value| {
            let mut schema = closed.clone();
            schema.pointer_mut(pointer).unwrap()[name] = value;
            schema
        };
        for open in [
            put("", "required", json!(["total"])),
            put("", "additionalProperties", json!(true)),
            put("", "anyOf", json!([])),
            put("", "if", json!({})),
            put("/properties/total", "default", json!(0)),
            put("/$defs/line/properties/sku", "minLength", json!(1)),
            put("/$defs/line/properties/sku", "format", json!("uri")),
            put("/$defs/line", "required", json!([])),
            put("/properties", "other", json!(true)),
        ] {
            assert!(!fits(&open), "{open}");
        }
    }
}
