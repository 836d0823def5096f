//! Parameters as Stripe takes them: fields of a form, nested ones in brackets.
//!
//! `{"metadata": {"order": 7}, "items": [{"price": "p"}]}` is `metadata[order]=7` and `items[0][price]=p`.

use mortise_sdk::http::push_encoded;
use serde_json::Value;

/// Names and values, in order: the same input gives the same bytes, which an idempotency key wants.
pub type Parameters = Vec<(String, String)>;

/// The parameters of an object; what is `null` is left out.
pub fn parameters(value: &Value) -> Parameters {
    let mut out = Vec::new();
    if let Value::Object(fields) = value {
        for (name, field) in fields {
            flatten(name.clone(), field, &mut out);
        }
    }
    out
}

fn flatten(name: String, value: &Value, out: &mut Parameters) {
    match value {
        Value::Null => {}
        Value::Bool(flag) => out.push((name, flag.to_string())),
        Value::Number(number) => out.push((name, number.to_string())),
        Value::String(text) => out.push((name, text.clone())),
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                flatten(format!("{name}[{at}]"), item, out);
            }
        }
        Value::Object(fields) => {
            for (key, field) in fields {
                flatten(format!("{name}[{key}]"), field, out);
            }
        }
    }
}

/// As the body of a request.
pub fn encode(parameters: &Parameters) -> String {
    let mut out = String::new();
    for (name, value) in parameters {
        if !out.is_empty() {
            out.push('&');
        }
        push_encoded(&mut out, name);
        out.push('=');
        push_encoded(&mut out, value);
    }
    out
}

/// The parts of a parameter's name: `shipping[address][line1]` has three.
pub fn segments(name: &str) -> impl Iterator<Item = &str> {
    name.split('[').map(|part| part.trim_end_matches(']'))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nested_fields_are_in_brackets() {
        let value = json!({
            "metadata": { "order id": "7 & 8", "weight": 1.5 },
            "items": [{ "price": "p1" }, { "price": "p2" }],
            "expand": ["customer"],
            "confirm": true,
            "none": null,
        });
        let text = encode(&parameters(&value));
        let mut fields: Vec<&str> = text.split('&').collect();
        fields.sort_unstable();
        assert_eq!(
            fields,
            [
                "confirm=true",
                "expand%5B0%5D=customer",
                "items%5B0%5D%5Bprice%5D=p1",
                "items%5B1%5D%5Bprice%5D=p2",
                "metadata%5Border%20id%5D=7%20%26%208",
                "metadata%5Bweight%5D=1.5",
            ]
        );
    }

    #[test]
    fn a_name_comes_apart_again() {
        let parts: Vec<&str> = segments("shipping[address][line1]").collect();
        assert_eq!(parts, ["shipping", "address", "line1"]);
    }
}
