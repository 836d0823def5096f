//! What a value passes over when it is kept as text, and what whoever reads it later stumbles over:
//! half of a surrogate pair, which is no character, and a number that no `f64` holds.

use memchr::{memchr, memchr2, memchr2_iter, memmem};

/// Digits in a row from which on a number may be too large without an exponent of three digits.
const DIGITS_MANY: usize = 200;

/// Why well-formed JSON cannot be read: none where it can.
pub(super) fn flaw(text: &str) -> Option<String> {
    is_suspect(text.as_bytes()).then(|| search(text)).flatten()
}

/// Whether a flaw is possible at all, without telling texts from numbers: most data has none of
/// the signs, and this costs a fraction of reading it.
fn is_suspect(text: &[u8]) -> bool {
    let is_digit = |at: usize| text.get(at).is_some_and(u8::is_ascii_digit);
    let has_halves =
        memmem::find_iter(text, b"\\u").any(|at| matches!(text.get(at + 2), Some(b'd' | b'D')));
    let has_exponent = || {
        memchr2_iter(b'e', b'E', text).any(|at| {
            let digits = at + 1 + usize::from(text.get(at + 1) == Some(&b'+'));
            at > 0 && is_digit(at - 1) && (digits..digits + 3).all(is_digit)
        })
    };
    // One look in so many bytes meets every row that is as long.
    let has_row = || {
        (0..text.len()).step_by(DIGITS_MANY).any(|at| {
            let after = (at..text.len()).take_while(|at| is_digit(*at)).count();
            let before = (0..at).rev().take_while(|at| is_digit(*at)).count();
            after > 0 && before + after >= DIGITS_MANY
        })
    };
    has_halves || has_exponent() || has_row()
}

/// Looks at what stands between the texts for large numbers, and into the texts behind each backslash.
fn search(text: &str) -> Option<String> {
    let mut rest = text.as_bytes();
    while let Some(open) = memchr(b'"', rest) {
        let (between, text) = rest.split_at(open);
        if let Some(number) = too_large(between) {
            return Some(number);
        }
        rest = text.get(1..)?;
        while let Some(at) = memchr2(b'"', b'\\', rest) {
            if rest[at] == b'"' {
                rest = &rest[at + 1..];
                break;
            }
            rest = match escape(&rest[at..]) {
                Ok(length) => rest.get(at + length..)?,
                Err(half) => return Some(half),
            };
        }
    }
    too_large(rest)
}

/// How long an escape is that the text begins with.
fn escape(text: &[u8]) -> Result<usize, String> {
    match unit(text) {
        None => Ok(2),
        Some(0xD800..=0xDBFF) if matches!(text.get(6..).and_then(unit), Some(0xDC00..=0xDFFF)) => {
            Ok(12)
        }
        Some(half @ 0xD800..=0xDFFF) => Err(format!(
            "`\\u{half:04x}` is half of a surrogate pair, and its other half is missing"
        )),
        Some(_) => Ok(6),
    }
}

/// `\uXXXX` at the beginning of a text.
fn unit(text: &[u8]) -> Option<u16> {
    let digits = text.strip_prefix(b"\\u")?.get(..4)?;
    u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

/// A number that is infinite once it is read, among brackets, commas and words.
fn too_large(between: &[u8]) -> Option<String> {
    if between.len() < DIGITS_MANY && memchr2(b'e', b'E', between).is_none() {
        return None;
    }
    let is_part = |byte: &u8| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E');
    let mut parts = between.split(|byte| !is_part(byte));
    parts.find_map(|part| {
        let text = std::str::from_utf8(part).ok()?;
        let number = text.parse::<f64>().ok()?;
        number.is_infinite().then(|| {
            let shown: String = text.chars().take(20).collect();
            format!("the number `{shown}` is too large")
        })
    })
}

#[cfg(test)]
mod tests {
    use crate::Json;

    #[test]
    fn what_nobody_can_read_later_is_refused_at_once() {
        let long = "9".repeat(400);
        for bad in [
            r#""\ud800""#,
            r#"{"a":"x\uD83dx"}"#,
            r#"{"\udc00":1}"#,
            r#"["a","\\\ud800\n"]"#,
            r#"["\ud800\ud800"]"#,
            r#"["\ud83d\u0041"]"#,
            r#"["\ud83d","\ude00"]"#,
            r#"["\ude00\ud83d"]"#,
            "1e999",
            "1e+400",
            "0.1E0400",
            &format!("[1,{}e150]", "9".repeat(199)),
            &format!("{}e99", "9".repeat(250)),
            r#"{"a":[true,-1E400]}"#,
            r#"["x",1.5e309]"#,
            &long,
            &format!(r#"{{"a":-{long}.5,"b":"x"}}"#),
        ] {
            assert!(
                serde_json::from_str::<serde_json::Value>(bad).is_err(),
                "{bad}"
            );
            assert!(Json::parse(bad).is_err(), "{bad}");
        }
        let error = Json::parse(r#"{"a":"\ud800x"}"#).err();
        let error = error.map(|error| error.to_string()).unwrap_or_default();
        assert!(
            error.contains(r"`\ud800` is half of a surrogate pair"),
            "{error}"
        );
    }

    #[test]
    fn what_only_looks_like_it_is_kept_as_it_is() {
        for good in [
            r#""\ud83d\ude00""#,
            r#"{"\uD83D\uDE00":"a\"\\ud800"}"#,
            r#""\\ud800""#,
            r#""\\\\ud800""#,
            r#""ud800 \u0041 \t\" 1e999""#,
            r#"["1e999","x\\"]"#,
            "[1e308,1e-999,-0.0E+5,true,false,null]",
            r#"{"one":1e2,"e":"E"}"#,
            "\"\u{1f600}\"",
            "12345678901234567890123",
        ] {
            assert!(
                serde_json::from_str::<serde_json::Value>(good).is_ok(),
                "{good}"
            );
            let kept = Json::parse(good).ok();
            assert_eq!(kept.as_ref().map(Json::as_str), Some(good));
        }
    }
}
