//! One text for all ways to write a value.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

/// More digits than these are not the same any more once an `f64` has held them.
const DIGITS_EXACT: usize = 15;

/// Writes a value that is well formed. What cannot be read after all is written as it is.
pub(super) fn write(text: &str, out: &mut String) {
    let is_written = match text.as_bytes().first() {
        Some(b'{') => object(text, out),
        Some(b'[') => array(text, out),
        Some(b'"') => serde_json::from_str::<String>(text)
            .map(|text| push_text(&text, out))
            .is_ok(),
        Some(b'-' | b'0'..=b'9') => {
            out.push_str(&number(text));
            true
        }
        _ => false,
    };
    if !is_written {
        out.push_str(text);
    }
}

fn object(text: &str, out: &mut String) -> bool {
    let Ok(fields) = serde_json::from_str::<BTreeMap<String, &RawValue>>(text) else {
        return false;
    };
    out.push('{');
    for (n, (name, value)) in fields.iter().enumerate() {
        out.push_str(if n > 0 { "," } else { "" });
        push_text(name, out);
        out.push(':');
        write(value.get(), out);
    }
    out.push('}');
    true
}

fn array(text: &str, out: &mut String) -> bool {
    let Ok(items) = serde_json::from_str::<Vec<&RawValue>>(text) else {
        return false;
    };
    out.push('[');
    for (n, item) in items.iter().enumerate() {
        out.push_str(if n > 0 { "," } else { "" });
        write(item.get(), out);
    }
    out.push(']');
    true
}

fn push_text(text: &str, out: &mut String) {
    out.push_str(&serde_json::Value::from(text).to_string());
}

/// `1`, `1.0` and `10e-1` are one number; what an `f64` would cut is left as it is written.
fn number(text: &str) -> String {
    let (sign, unsigned) = match text.strip_prefix('-') {
        Some(unsigned) => ("-", unsigned),
        None => ("", text),
    };
    let mantissa = unsigned.split(['e', 'E']).next().unwrap_or_default();
    let digits = mantissa.bytes().filter(u8::is_ascii_digit);
    let digits = digits.skip_while(|digit| *digit == b'0').count();
    match text.parse::<f64>() {
        Ok(0.0) if digits == 0 => "0".to_owned(),
        // Rust writes the shortest text that is read as the same number, and never an exponent.
        Ok(number) if digits <= DIGITS_EXACT && number.is_normal() => number.to_string(),
        _ if mantissa.len() == unsigned.len() && mantissa.contains('.') => {
            let trimmed = mantissa.trim_end_matches('0').trim_end_matches('.');
            format!("{sign}{trimmed}")
        }
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use crate::Json;

    #[track_caller]
    fn canonical(text: &str) -> String {
        let json = Json::parse(text).ok();
        json.map(|json| json.canonical()).unwrap_or_default()
    }

    #[test]
    fn equal_values_have_one_text() {
        for (expected, all) in [
            ("1", &["1", "1.0", "10e-1", "0.1E1", " 1 "][..]),
            ("0", &["0", "-0", "0.00", "0e9"]),
            ("-1500", &["-1500", "-1.5e3"]),
            ("0.1", &["0.1", "1e-1", "0.10"]),
            (
                "12345678901234567890123",
                &["12345678901234567890123", "12345678901234567890123.0"],
            ),
            (
                r#"{"a":1,"b":[true,null]}"#,
                &[
                    r#"{ "b": [true, null], "a": 1.0 }"#,
                    r#"{"\u0061":1,"b":[true,null]}"#,
                ],
            ),
            (r#""a/é""#, &[r#""a\/\u00e9""#, r#""a/é""#]),
            ("[]", &["[ ]"]),
            ("{}", &["{\n}"]),
        ] {
            for text in all {
                assert_eq!(canonical(text), expected, "{text}");
            }
        }
    }

    #[test]
    fn different_values_have_different_texts() {
        for (a, b) in [
            ("1", "\"1\""),
            ("12345678901234567890123", "12345678901234567890124"),
            ("0.12345678901234567", "0.12345678901234568"),
            ("1e-400", "0"),
            ("1e-320", "2e-320"),
            ("[1,2]", "[2,1]"),
            ("null", "\"null\""),
            (r#"{"a":{}}"#, r#"{"a":[]}"#),
        ] {
            assert_ne!(canonical(a), canonical(b), "{a} {b}");
        }
    }
}
