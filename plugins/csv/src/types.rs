//! From the text of a field to a value of JSON.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::fmt::strtime;
use plugin_fields::push_text;
use schemars::JsonSchema;
use serde::Deserialize;

/// What a column holds: a name, or a name with its details.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(
    untagged,
    expecting = "`text`, `number`, `boolean`, `date`, or an object with one of them as `type`, such as {type: number, decimal: \",\"}"
)]
pub enum Type {
    /// As everybody writes it.
    Plain(Kind),
    /// In a form of its own.
    Detailed(Details),
}

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// As it is.
    Text,
    /// A number with every digit that is written.
    Number,
    /// `true`, `yes`, `1` or `false`, `no`, `0`.
    Boolean,
    /// A date or a time as ISO 8601.
    Date,
}

/// How it is written.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Details {
    /// What it is.
    #[serde(rename = "type")]
    kind: Kind,
    /// Of a number: what stands before its fraction, `.` without it.
    #[serde(default)]
    decimal: Option<char>,
    /// Of a number: what stands between groups of three digits, nothing without it.
    #[serde(default)]
    group: Option<char>,
    /// Of a date: its form in the words of strftime, such as `%d.%m.%Y`.
    #[serde(default)]
    format: Option<String>,
}

impl Type {
    /// Appends a value; the error says what it is not. Nothing is null, except as text.
    pub fn push(&self, text: &str, out: &mut String) -> Result<(), String> {
        let (kind, details) = match self {
            Self::Plain(kind) => (*kind, None),
            Self::Detailed(details) => (details.kind, Some(details)),
        };
        if kind == Kind::Text {
            push_text(text, out);
            return Ok(());
        }
        let text = text.trim();
        if text.is_empty() {
            out.push_str("null");
            return Ok(());
        }
        match kind {
            Kind::Text => push_text(text, out),
            Kind::Number => {
                let (decimal, group) = details.map_or((None, None), |d| (d.decimal, d.group));
                let number = number(text, decimal.unwrap_or('.'), group);
                out.push_str(&number.ok_or("is not a number")?);
            }
            Kind::Boolean => out.push_str(match boolean(text) {
                Some(true) => "true",
                Some(false) => "false",
                None => return Err("is not true or false".to_owned()),
            }),
            Kind::Date => {
                let format = details.and_then(|details| details.format.as_deref());
                push_text(&date(text, format)?, out);
            }
        }
        Ok(())
    }
}

/// A number as JSON writes it.
fn number(text: &str, decimal: char, group: Option<char>) -> Option<String> {
    let (sign, text) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let (text, exponent) = match text.split_once(['e', 'E']) {
        Some((text, exponent)) => (text, Some(exponent)),
        None => (text, None),
    };
    let (whole, fraction) = text.split_once(decimal).unwrap_or((text, ""));
    let whole = ungroup(whole, group)?;
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_digits(&whole) || !is_digits(fraction) || whole.len() + fraction.len() == 0 {
        return None;
    }
    let mut number = format!("{sign}{}", whole.trim_start_matches('0'));
    if number.len() == sign.len() {
        number.push('0');
    }
    if !fraction.is_empty() {
        number.push('.');
        number.push_str(fraction);
    }
    if let Some(exponent) = exponent {
        let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        if digits.is_empty() || !is_digits(digits) {
            return None;
        }
        number.push('e');
        number.push_str(exponent);
    }
    Some(number)
}

/// Without what stands between groups; none where the groups are not of three digits.
fn ungroup(whole: &str, group: Option<char>) -> Option<String> {
    let Some(group) = group.filter(|group| whole.contains(*group)) else {
        return Some(whole.to_owned());
    };
    let mut parts = whole.split(group);
    let first = parts
        .next()
        .filter(|first| (1..=3).contains(&first.len()))?;
    let mut digits = first.to_owned();
    for part in parts {
        if part.len() != 3 {
            return None;
        }
        digits.push_str(part);
    }
    Some(digits)
}

fn boolean(text: &str) -> Option<bool> {
    let is = |words: [&str; 3]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    match text {
        _ if is(["true", "yes", "1"]) => Some(true),
        _ if is(["false", "no", "0"]) => Some(false),
        _ => None,
    }
}

/// A date, a time in UTC where the text tells a zone, else a time without one.
fn date(text: &str, format: Option<&str>) -> Result<String, String> {
    let Some(format) = format else {
        let date = text.parse::<Date>().ok().filter(|_| text.len() <= 10);
        let date = date.map(|date| date.to_string());
        let time = || text.parse::<Timestamp>().ok().map(|time| time.to_string());
        let local = || text.parse::<DateTime>().ok().map(|time| time.to_string());
        return date.or_else(time).or_else(local).ok_or_else(|| {
            "is not a date such as `2025-03-14` or `2025-03-14T09:26:53Z`; another form is said with `format`"
                .to_owned()
        });
    };
    let not = |_| format!("is not a date of the form `{format}`");
    let parsed = strtime::parse(format, text).map_err(not)?;
    if let Ok(time) = parsed.to_timestamp() {
        return Ok(time.to_string());
    }
    match parsed.hour() {
        Some(_) => parsed.to_datetime().map(|time| time.to_string()),
        None => parsed.to_date().map(|date| date.to_string()),
    }
    .map_err(|_| format!("is not a whole date in the form `{format}`"))
}

#[cfg(test)]
mod tests;
