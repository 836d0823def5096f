//! How long something may take, as inputs say it.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::{self, Deserializer};

/// A field of an input such as `timeout: 20s`: a whole number and `ms`, `s`, `m` or `h`, as manifests write durations. It
/// goes on to [`Request::timeout_ms`](crate::http::Request::timeout_ms).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeout(u32);

impl Timeout {
    /// In milliseconds; never 0.
    pub fn as_ms(self) -> u32 {
        self.0
    }

    fn parse(text: &str) -> Option<Self> {
        let at = text.find(|c: char| !c.is_ascii_digit())?;
        let (number, unit) = text.split_at(at);
        let factor = match unit {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            _ => return None,
        };
        let timeout_ms = number.parse::<u32>().ok()?.checked_mul(factor)?;
        (timeout_ms > 0).then_some(Self(timeout_ms))
    }
}

impl<'de> Deserialize<'de> for Timeout {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| {
            de::Error::custom(format_args!(
                "`{text}` is not a duration such as `20s` or `500ms`"
            ))
        })
    }
}

impl JsonSchema for Timeout {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Timeout".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[0-9]+(ms|s|m|h)$" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeout_is_a_duration() {
        for (text, expected_ms) in [
            ("500ms", 500),
            ("20s", 20_000),
            ("2m", 120_000),
            ("1h", 3_600_000),
        ] {
            assert_eq!(Timeout::parse(text), Some(Timeout(expected_ms)));
        }
        for text in ["", "20", "s", "0s", "-1s", "1.5s", "9999999h"] {
            assert_eq!(Timeout::parse(text), None, "{text}");
        }
    }
}
