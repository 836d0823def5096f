//! Values as JSON, converted or as they are.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::fmt::strtime;

use crate::evaluate::{Problem, Scope, Value, Why, node_decimal};
use crate::number;
use crate::plan::Conversion;
use crate::rule::To;
use crate::tape::Kind;

/// Appends a value as JSON, converted where that is said. Null stays null.
pub fn write(
    value: &Value<'_>,
    conversion: Option<Conversion<'_>>,
    scope: Scope<'_, '_>,
    out: &mut String,
) -> Result<(), Problem> {
    if value.is_null(scope.tape) {
        out.push_str("null");
        return Ok(());
    }
    let Some(Conversion { to, format }) = conversion else {
        match value {
            Value::Node(at) => out.push_str(scope.tape.raw(*at)),
            Value::Number(decimal) => number::push(out, *decimal),
            Value::Text(text) => push_json_text(text, out),
            Value::Boolean(boolean) => out.push_str(if *boolean { "true" } else { "false" }),
            Value::Null => out.push_str("null"),
        }
        return Ok(());
    };
    match to {
        To::Number => number::push(out, as_decimal(value, scope)?),
        To::Integer => {
            let decimal = as_decimal(value, scope)?;
            if !decimal.fract().is_zero() {
                return Err(problem(value, scope, "is not a whole number"));
            }
            number::push(out, decimal);
        }
        To::String => {
            let mut text = String::new();
            push_text(value, scope, &mut text)?;
            push_json_text(&text, out);
        }
        To::Boolean => out.push_str(match as_boolean(value, scope) {
            Some(true) => "true",
            Some(false) => "false",
            None => return Err(problem(value, scope, "is not true or false")),
        }),
        To::Date => {
            let mut text = String::new();
            push_text(value, scope, &mut text)?;
            let date = match format {
                Some(format) => date_of(&text, format),
                None => date(&text),
            };
            match date {
                Ok(date) => push_json_text(&date, out),
                Err(what) => return Err(problem(value, scope, &what)),
            }
        }
    }
    Ok(())
}

/// Appends a value as text; what is null, a list or an object has none.
pub fn push_text(value: &Value<'_>, scope: Scope<'_, '_>, out: &mut String) -> Result<(), Problem> {
    match value {
        Value::Node(at) => match scope.tape.kind(*at) {
            Kind::Text | Kind::Escaped => out.push_str(&scope.tape.text(*at)),
            Kind::Number | Kind::True | Kind::False => out.push_str(scope.tape.raw(*at)),
            Kind::Null | Kind::Array | Kind::Object => {
                return Err(Why::at(scope.tape, *at, "has no text of its own"));
            }
        },
        Value::Number(decimal) => number::push(out, *decimal),
        Value::Text(text) => out.push_str(text),
        Value::Boolean(boolean) => out.push_str(if *boolean { "true" } else { "false" }),
        Value::Null => {
            return Err(Why::absent(scope, "null has no text of its own"));
        }
    }
    Ok(())
}

fn problem(value: &Value<'_>, scope: Scope<'_, '_>, what: &str) -> Problem {
    match value {
        Value::Node(at) => Why::at(scope.tape, *at, what),
        Value::Number(decimal) => Why::of_item(scope, format!("`{decimal}` {what}")),
        Value::Text(text) => Why::of_item(scope, format!("`{text}` {what}")),
        Value::Boolean(boolean) => Why::of_item(scope, format!("`{boolean}` {what}")),
        Value::Null => Why::of_item(scope, format!("null {what}")),
    }
}

fn as_decimal(value: &Value<'_>, scope: Scope<'_, '_>) -> Result<rust_decimal::Decimal, Problem> {
    match value {
        Value::Node(at) => node_decimal(scope.tape, *at),
        Value::Number(decimal) => Ok(*decimal),
        Value::Text(text) => {
            number::parse(text).ok_or_else(|| problem(value, scope, "is not a number"))
        }
        Value::Boolean(_) | Value::Null => Err(problem(value, scope, "is not a number")),
    }
}

fn as_boolean(value: &Value<'_>, scope: Scope<'_, '_>) -> Option<bool> {
    if let Value::Boolean(boolean) = value {
        return Some(*boolean);
    }
    let mut text = String::new();
    push_text(value, scope, &mut text).ok()?;
    let is = |words: [&str; 3]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    if is(["true", "yes", "1"]) {
        Some(true)
    } else if is(["false", "no", "0"]) {
        Some(false)
    } else {
        None
    }
}

/// A date as it is, or a time in UTC.
fn date(text: &str) -> Result<String, String> {
    const NOT: &str = "is not a date such as `2025-03-14` or `2025-03-14T09:26:53Z`";
    if text.len() == "2025-03-14".len() {
        return text
            .parse::<Date>()
            .map(|date| date.to_string())
            .map_err(|_| NOT.to_owned());
    }
    match text.parse::<Timestamp>() {
        Ok(time) => Ok(time.to_string()),
        Err(_) if text.parse::<DateTime>().is_ok() => {
            Err("is a time without a zone, so nobody knows when it is".to_owned())
        }
        Err(_) => Err(NOT.to_owned()),
    }
}

/// A date or a time in a format of its own.
fn date_of(text: &str, format: &str) -> Result<String, String> {
    let parsed = strtime::parse(format, text)
        .map_err(|_| format!("is not a date of the form `{format}`"))?;
    if let Ok(time) = parsed.to_timestamp() {
        return Ok(time.to_string());
    }
    if parsed.hour().is_some() {
        return Err(format!(
            "is a time, and the form `{format}` has no zone, so nobody knows when it is"
        ));
    }
    parsed
        .to_date()
        .map(|date| date.to_string())
        .map_err(|_| format!("is not a whole date in the form `{format}`"))
}

/// Appends text as JSON.
pub fn push_json_text(text: &str, out: &mut String) {
    if text
        .bytes()
        .any(|byte| byte < 0x20 || byte == b'"' || byte == b'\\')
    {
        // Text cannot fail to be written as JSON.
        out.push_str(&serde_json::to_string(text).unwrap_or_default());
        return;
    }
    out.push('"');
    out.push_str(text);
    out.push('"');
}
