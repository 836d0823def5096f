//! Values that can be compared: null, booleans, numbers and texts.

use std::cmp::Ordering;

use mortise_sdk::{Failure, Json};
use plugin_fields::{Pointer, number};
use rust_decimal::Decimal;

/// A value without parts. `1` and `1.0` are the same number; a number and a text are never the same.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scalar {
    /// False comes before true.
    Boolean(bool),
    /// Exact.
    Number(Decimal),
    /// By its characters.
    Text(String),
    /// Also what is not there; it comes last.
    Null,
}

impl Scalar {
    /// The value of a field; the failure names record and field.
    pub fn of(record: &Json, field: &Pointer, index: usize) -> Result<Self, Failure> {
        let Some(value) = field.get(record) else {
            return Ok(Self::Null);
        };
        let refuse = |what: &str| refuse(&value, field, index, what);
        match value.text() {
            "null" => Ok(Self::Null),
            "true" => Ok(Self::Boolean(true)),
            "false" => Ok(Self::Boolean(false)),
            text => match text.as_bytes().first() {
                Some(b'"') => value.read("field").map(Self::Text),
                Some(b'-' | b'0'..=b'9') => number::parse(text)
                    .map(Self::Number)
                    .ok_or_else(|| refuse(LONG)),
                _ => Err(refuse("is a list or an object, which cannot be compared")),
            },
        }
    }

    /// Of one kind.
    pub fn is_like(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }
}

const LONG: &str = "is not a number of at most 28 digits";

/// The number of a field, also where it is written as a text; none for null and for what is not there.
pub fn number_of(record: &Json, field: &Pointer, index: usize) -> Result<Option<Decimal>, Failure> {
    match Scalar::of(record, field, index)? {
        Scalar::Number(number) => Ok(Some(number)),
        Scalar::Null => Ok(None),
        Scalar::Text(text) => match number::parse(text.trim()) {
            Some(number) => Ok(Some(number)),
            None => Err(wrong(record, field, index, LONG)),
        },
        Scalar::Boolean(_) => Err(wrong(record, field, index, LONG)),
    }
}

/// A failure about the value of a field.
pub fn wrong(record: &Json, field: &Pointer, index: usize, what: &str) -> Failure {
    match field.get(record) {
        Some(value) => refuse(&value, field, index, what),
        None => Failure::reject(format!("record {}: nothing is at `{field}`", index + 1))
            .with_record(index)
            .with_field(field.text()),
    }
}

fn refuse(value: &Json, field: &Pointer, index: usize, what: &str) -> Failure {
    let shown: String = value.text().chars().take(100).collect();
    Failure::reject(format!(
        "record {}: `{shown}` at `{field}` {what}",
        index + 1
    ))
    .with_record(index)
    .with_field(field.text())
}

/// The values of several fields.
pub type Key = Vec<Scalar>;

pub fn key(record: &Json, fields: &[Pointer], index: usize) -> Result<Key, Failure> {
    fields
        .iter()
        .map(|field| Scalar::of(record, field, index))
        .collect()
}

/// Appends a value as JSON.
pub fn push(value: &Scalar, out: &mut String) {
    match value {
        Scalar::Null => out.push_str("null"),
        Scalar::Boolean(true) => out.push_str("true"),
        Scalar::Boolean(false) => out.push_str("false"),
        Scalar::Number(decimal) => number::push(out, *decimal),
        Scalar::Text(text) => plugin_fields::push_text(text, out),
    }
}

/// Nothing comes last in either direction.
pub fn compare(a: &Scalar, b: &Scalar, is_descending: bool) -> Ordering {
    match (a, b) {
        (Scalar::Null, _) | (_, Scalar::Null) => a.cmp(b),
        _ if is_descending => b.cmp(a),
        _ => a.cmp(b),
    }
}
