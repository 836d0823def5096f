//! The types that a value may have.

use std::fmt;
use std::ops::{BitAnd, BitOr};

use serde_json::Value;

/// A set of the six types of JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kinds(u8);

impl Kinds {
    pub const NONE: Self = Self(0);
    pub const NULL: Self = Self(1);
    pub const BOOLEAN: Self = Self(2);
    pub const NUMBER: Self = Self(4);
    pub const STRING: Self = Self(8);
    pub const ARRAY: Self = Self(16);
    pub const OBJECT: Self = Self(32);
    pub const ANY: Self = Self(63);

    /// Whether the two have a type in common.
    pub fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// The types of this set that are not in the other.
    pub fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// The types that a schema's own keywords allow.
    pub fn of_schema(schema: &Value) -> Self {
        match schema {
            Value::Bool(false) => Self::NONE,
            Value::Object(schema) => {
                if let Some(value) = schema.get("const") {
                    return Self::of_value(value);
                }
                if let Some(Value::Array(values)) = schema.get("enum") {
                    return values
                        .iter()
                        .fold(Self::NONE, |all, value| all | Self::of_value(value));
                }
                match schema.get("type") {
                    Some(Value::String(name)) => Self::of_name(name),
                    Some(Value::Array(names)) => names.iter().fold(Self::NONE, |all, name| {
                        all | Self::of_name(name.as_str().unwrap_or_default())
                    }),
                    _ => Self::ANY,
                }
            }
            _ => Self::ANY,
        }
    }

    /// The type of a value.
    pub fn of_value(value: &Value) -> Self {
        match value {
            Value::Null => Self::NULL,
            Value::Bool(_) => Self::BOOLEAN,
            Value::Number(_) => Self::NUMBER,
            Value::String(_) => Self::STRING,
            Value::Array(_) => Self::ARRAY,
            Value::Object(_) => Self::OBJECT,
        }
    }

    fn of_name(name: &str) -> Self {
        match name {
            "null" => Self::NULL,
            "boolean" => Self::BOOLEAN,
            "number" | "integer" => Self::NUMBER,
            "string" => Self::STRING,
            "array" => Self::ARRAY,
            "object" => Self::OBJECT,
            _ => Self::ANY,
        }
    }
}

impl BitOr for Kinds {
    type Output = Self;
    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitAnd for Kinds {
    type Output = Self;
    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl fmt::Display for Kinds {
    /// `a number`, `text or null`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = [
            (Self::STRING, "text"),
            (Self::NUMBER, "a number"),
            (Self::BOOLEAN, "a boolean"),
            (Self::ARRAY, "a list"),
            (Self::OBJECT, "an object"),
            (Self::NULL, "null"),
        ];
        let named = names.iter().filter(|(kind, _)| self.meets(*kind));
        let names: Vec<_> = named.map(|(_, name)| *name).collect();
        match names.split_last() {
            None => f.write_str("nothing"),
            Some((last, [])) => f.write_str(last),
            Some((last, others)) => write!(f, "{} or {last}", others.join(", ")),
        }
    }
}
