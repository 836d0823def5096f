//! Values from Rust and JSON, and back.

use std::fmt::Write as _;

use serde_json::Value as Json;

use super::Value;

impl Value {
    /// As JSON. What JSON has no word for is text: `numeric`, so that no digit is lost, bytes as `\x0a`, as
    /// PostgreSQL writes and reads them, and `NaN`.
    #[must_use]
    pub fn into_json(self) -> Json {
        match self {
            Self::Null => Json::Null,
            Self::Boolean(is_true) => Json::Bool(is_true),
            Self::Integer(number) => Json::from(number),
            Self::Float(number) => match number.is_finite() {
                true => Json::from(number),
                false if number.is_nan() => Json::from("NaN"),
                false if number > 0.0 => Json::from("Infinity"),
                false => Json::from("-Infinity"),
            },
            Self::Text(text) | Self::Timestamp(text) | Self::Numeric(text) => Json::String(text),
            Self::Json(text) => serde_json::from_str(&text).unwrap_or(Json::String(text)),
            Self::Bytes(bytes) => {
                let mut text = "\\x".to_owned();
                for byte in bytes {
                    let _ = write!(text, "{byte:02x}");
                }
                Json::String(text)
            }
        }
    }
}

/// Lists and objects are JSON, a text is text, whatever the column's type: the database reads it.
impl From<Json> for Value {
    fn from(value: Json) -> Self {
        match value {
            Json::Null => Self::Null,
            Json::Bool(is_true) => Self::Boolean(is_true),
            Json::String(text) => Self::Text(text),
            Json::Number(number) => match (number.as_i64(), number.is_f64()) {
                (Some(number), _) => Self::Integer(number),
                (None, true) => Self::Float(number.as_f64().unwrap_or(f64::NAN)),
                (None, false) => Self::Numeric(number.to_string()),
            },
            Json::Array(_) | Json::Object(_) => Self::Json(value.to_string()),
        }
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Boolean(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl From<i32> for Value {
    fn from(value: i32) -> Self {
        Self::Integer(value.into())
    }
}

impl From<u32> for Value {
    fn from(value: u32) -> Self {
        Self::Integer(value.into())
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::Float(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<Vec<u8>> for Value {
    fn from(value: Vec<u8>) -> Self {
        Self::Bytes(value)
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn json_comes_back_as_it_went() {
        for value in [
            json!(null),
            json!(true),
            json!(-7),
            json!(0.1),
            json!("a"),
            json!([1, "x"]),
            json!({"a": null}),
        ] {
            assert_eq!(Value::from(value.clone()).into_json(), value);
        }
        assert_eq!(
            Value::from(json!(u64::MAX)),
            Value::Numeric("18446744073709551615".to_owned())
        );
        assert_eq!(Value::Bytes(vec![0, 255]).into_json(), "\\x00ff");
        assert_eq!(Value::Float(f64::NEG_INFINITY).into_json(), "-Infinity");
        assert_eq!(Value::from(None::<&str>), Value::Null);
    }
}
