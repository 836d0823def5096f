//! What every step of GraphQL says.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::{self, Deserializer};

/// The input of an operation that sends a document: its own fields, and those that both have. Flattening
/// them would let unknown fields pass, and not tell which field is wrong.
macro_rules! document {
    ($(#[$meta:meta])* pub struct $name:ident { $($own:tt)* }) => {
        $(#[$meta])*
        #[derive(serde::Deserialize, schemars::JsonSchema)]
        #[serde(rename_all = "kebab-case", deny_unknown_fields)]
        pub struct $name {
            /// The document: a query or a mutation.
            query: String,
            /// Values of its variables, by name without `$`.
            #[serde(default)]
            variables: serde_json::Map<String, serde_json::Value>,
            /// Which operation of the document, where it has several.
            operation_name: Option<String>,
            $($own)*
            /// Take what is there where the server gives errors beside data; otherwise that is a failure.
            #[serde(default)]
            allow_partial: bool,
            /// Another address than the connection's; it has to be granted.
            url: Option<String>,
            /// More headers. `authorization`, `cookie` and `host` are the host's.
            #[serde(default)]
            headers: std::collections::BTreeMap<String, String>,
            /// Give up after so long, such as `20s` or `500ms`. What is left of the step's time is the
            /// limit in any case.
            timeout: Option<$crate::document::Timeout>,
        }

        impl $name {
            fn way(&self) -> $crate::graphql::Way<'_> {
                $crate::graphql::Way {
                    url: self.url.as_deref(),
                    headers: Some(&self.headers),
                    timeout_ms: self.timeout.map($crate::document::Timeout::as_ms),
                }
            }
        }
    };
}

/// A duration such as `20s`: a number and `ms`, `s`, `m` or `h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeout(u32);

impl Timeout {
    /// In milliseconds.
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
                "`{text}` is no duration such as `20s` or `500ms`"
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
        for (text, expected_ms) in [("500ms", 500), ("20s", 20_000), ("2m", 120_000)] {
            assert_eq!(Timeout::parse(text), Some(Timeout(expected_ms)));
        }
        for text in ["", "20", "s", "0s", "-1s", "9999999h"] {
            assert_eq!(Timeout::parse(text), None, "{text}");
        }
    }
}
