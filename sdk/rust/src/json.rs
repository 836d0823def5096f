//! JSON text, kept as it is written, and how typed values come from it and go back.

use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::Failure;

/// Any JSON value as the text that it came as: no digit is lost and nothing is parsed twice.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Json(Box<RawValue>);

impl Json {
    /// Takes over a text; an error where it is not one JSON value.
    pub fn from_text(text: String) -> Result<Self, serde_json::Error> {
        RawValue::from_string(text).map(Self)
    }

    /// Writes a value.
    pub fn of<T: Serialize + ?Sized>(value: &T) -> Result<Self, serde_json::Error> {
        serde_json::value::to_raw_value(value).map(Self)
    }

    /// Reads it as a type.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(self.text())
    }

    /// As [`Json::parse`], where `what` names it in the failure: `page token`.
    pub fn read<T: DeserializeOwned>(&self, what: &str) -> Result<T, Failure> {
        read(self.text(), what)
    }

    /// The text.
    pub fn text(&self) -> &str {
        self.0.get()
    }

    /// The text, owned.
    pub fn into_text(self) -> String {
        Box::<str>::from(self.0).into_string()
    }
}

impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl PartialEq for Json {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text()
    }
}

impl JsonSchema for Json {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Json".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        Schema::from(true)
    }
}

/// Reads what the host handed over; the failure names the field by its JSON Pointer.
pub(crate) fn read<T: DeserializeOwned>(text: &str, what: &str) -> Result<T, Failure> {
    serde_json::from_str(text).map_err(|_| explain::<T>(text, what))
}

/// Parses again, slowly, to find the field: only input that failed pays for it.
#[cold]
fn explain<T: DeserializeOwned>(text: &str, what: &str) -> Failure {
    let mut reader = serde_json::Deserializer::from_str(text);
    let error = match serde_path_to_error::deserialize::<_, T>(&mut reader) {
        Ok(_) => return Failure::reject(format!("the {what} is not one JSON value")),
        Err(error) => error,
    };
    let pointer = pointer(error.path());
    Failure::reject(format!(
        "the {what} does not fit: {}",
        sentence(error.inner())
    ))
    .with_field(pointer)
}

/// What is wrong, without the line and column: they are those of a text that nobody wrote.
pub fn sentence(error: &serde_json::Error) -> String {
    let mut text = error.to_string();
    if error.line() > 0
        && let Some(at) = text.rfind(" at line ")
    {
        text.truncate(at);
    }
    text
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let mut pointer = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => push_token(&mut pointer, &index.to_string()),
            Segment::Map { key } => push_token(&mut pointer, key),
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    pointer
}

/// Appends one reference token to a JSON Pointer (RFC 6901), escaped.
pub fn push_token(pointer: &mut String, token: &str) {
    pointer.push('/');
    for c in token.chars() {
        match c {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            c => pointer.push(c),
        }
    }
}

/// As [`write`], to be kept as it is.
pub(crate) fn keep<T: Serialize + ?Sized>(value: &T) -> Result<Json, Failure> {
    Json::of(value).map_err(|error| unwritable(&error))
}

/// Writes a result; a failure where the type has no JSON (a map whose keys are no text).
pub(crate) fn write<T: Serialize>(value: &T) -> Result<String, Failure> {
    serde_json::to_string(value).map_err(|error| unwritable(&error))
}

fn unwritable(error: &serde_json::Error) -> Failure {
    Failure::reject(format!("the result cannot be written as JSON: {error}"))
}
