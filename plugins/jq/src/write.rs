//! Values back to JSON. What jq knows and JSON does not is a failure, never a changed value.

use jaq_json::{Num, Val};
use mortise_sdk::Failure;

/// Deepest nesting of a result.
const DEPTH_MAX: usize = 512;

/// Longest piece of a program or a value in a message, in characters.
const MESSAGE_CHARS_MAX: usize = 300;

/// Cuts what goes into a message.
pub fn shorten(text: String) -> String {
    match text.char_indices().nth(MESSAGE_CHARS_MAX) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}

/// A value as JSON text.
pub fn to_json(value: &Val) -> Result<String, Failure> {
    let mut out = String::with_capacity(256);
    write(value, &mut out, 0)?;
    Ok(out)
}

fn write(value: &Val, out: &mut String, depth: usize) -> Result<(), Failure> {
    if depth > DEPTH_MAX {
        return Err(Failure::reject(format!(
            "the result is nested deeper than {DEPTH_MAX} levels"
        )));
    }
    match value {
        Val::Null => out.push_str("null"),
        Val::Bool(true) => out.push_str("true"),
        Val::Bool(false) => out.push_str("false"),
        Val::Num(number) => write_number(number, out)?,
        Val::TStr(text) => write_text(text, out)?,
        Val::BStr(_) => return Err(Failure::reject("the result has bytes that are no text")),
        Val::Arr(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write(item, out, depth + 1)?;
            }
            out.push(']');
        }
        Val::Obj(fields) => {
            out.push('{');
            for (index, (key, value)) in fields.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                match key {
                    Val::TStr(key) => write_text(key, out)?,
                    _ => {
                        return Err(Failure::reject(format!(
                            "the result has the key `{key}`, which is no text"
                        )));
                    }
                }
                out.push(':');
                write(value, out, depth + 1)?;
            }
            out.push('}');
        }
    }
    Ok(())
}

fn write_number(number: &Num, out: &mut String) -> Result<(), Failure> {
    let text = number.to_string();
    let bytes = text.as_bytes();
    let digits = bytes.strip_prefix(b"-").unwrap_or(bytes);
    // `+1`, `01` and `.5` can come of a text that a program made a number.
    let plain = matches!(
        digits,
        [b'0'] | [b'0', b'.' | b'e' | b'E', ..] | [b'1'..=b'9', ..]
    );
    if plain {
        out.push_str(&text);
        return Ok(());
    }
    match text.parse::<f64>() {
        Ok(float) if float.is_finite() => out.push_str(&float.to_string()),
        _ => {
            return Err(Failure::reject(format!(
                "the result has the number `{text}`, which JSON does not know"
            )));
        }
    }
    Ok(())
}

fn write_text(bytes: &[u8], out: &mut String) -> Result<(), Failure> {
    let text = std::str::from_utf8(bytes)
        .map_err(|_| Failure::reject("the result has text that is not UTF-8"))?;
    if !bytes
        .iter()
        .any(|byte| *byte < 0x20 || *byte == b'"' || *byte == b'\\')
    {
        out.push('"');
        out.push_str(text);
        out.push('"');
        return Ok(());
    }
    // Text cannot fail to be written as JSON.
    out.push_str(&serde_json::to_string(text).unwrap_or_default());
    Ok(())
}
