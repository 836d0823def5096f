//! What a plain scalar means: the core schema of YAML 1.2, so `NO`, `on` and `1:30` are text.

use super::node::Value;

/// The value of a plain scalar; none where it is text.
pub(super) fn plain(text: &str) -> Option<Value> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Some(Value::Null),
        "true" | "True" | "TRUE" => Some(Value::Bool(true)),
        "false" | "False" | "FALSE" => Some(Value::Bool(false)),
        _ => number(text).map(Value::Number),
    }
}

/// The JSON text of a number. Decimal digits are kept as they are written; what JSON cannot write
/// (`.inf`, `.nan`) is text.
fn number(text: &str) -> Option<String> {
    if let Some(digits) = text.strip_prefix("0x") {
        return u64::from_str_radix(digits, 16).ok().map(|n| n.to_string());
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return u64::from_str_radix(digits, 8).ok().map(|n| n.to_string());
    }
    let (sign, unsigned) = match text.as_bytes().first()? {
        b'-' => ("-", &text[1..]),
        b'+' => ("", &text[1..]),
        _ => ("", text),
    };
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => (&unsigned[..at], Some(&unsigned[at + 1..])),
        None => (unsigned, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !fraction.is_none_or(digits) {
        return None;
    }
    if whole.is_empty() && fraction.is_none_or(str::is_empty) {
        return None;
    }
    let trimmed = whole.trim_start_matches('0');
    let mut json = format!("{sign}{}", if trimmed.is_empty() { "0" } else { trimmed });
    if let Some(fraction) = fraction.filter(|fraction| !fraction.is_empty()) {
        json.push('.');
        json.push_str(fraction);
    }
    if let Some(exponent) = exponent {
        let unsigned = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        if unsigned.is_empty() || !digits(unsigned) {
            return None;
        }
        json.push('e');
        json.push_str(exponent);
    }
    // A number that no double can hold would be refused by every reader of it.
    json.parse::<f64>()
        .is_ok_and(f64::is_finite)
        .then_some(json)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_digits_and_words_stay_text() {
        for (text, json) in [
            ("1.10", "1.10"),
            ("+7", "7"),
            ("-0.5", "-0.5"),
            (".5", "0.5"),
            ("007", "7"),
            ("1e3", "1e3"),
            ("0x1F", "31"),
            ("12345678901234567890123", "12345678901234567890123"),
        ] {
            assert_eq!(number(text).as_deref(), Some(json), "{text}");
        }
        for text in [
            "NO", "on", "1:30", "1_000", ".inf", ".nan", "-", ".", "1e", "1.2.3", "1e999",
        ] {
            assert!(plain(text).is_none(), "{text}");
        }
    }
}
