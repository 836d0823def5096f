//! What every question to a model may say besides.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Deserializer};
use serde::{Deserialize, Serialize};

use crate::budget::Budget;

/// What every question to a model may say besides.
pub struct Options {
    pub model: String,
    pub temperature: Option<f64>,
    pub seed: Option<i64>,
    pub reasoning_effort: Option<Effort>,
    pub max_tokens: Option<u64>,
    pub timeout_ms: Option<u32>,
    pub budget: Budget,
}

/// The input of an operation that asks a model: its own fields, and those of [`Options`]. Flattening
/// them would let unknown fields pass, and not tell which field is wrong.
macro_rules! question {
    ($(#[$meta:meta])* pub struct $name:ident { $($own:tt)* }) => {
        $(#[$meta])*
        #[derive(serde::Deserialize, schemars::JsonSchema)]
        #[serde(rename_all = "kebab-case", deny_unknown_fields)]
        pub struct $name {
            /// The model, such as `gpt-5.6`.
            model: String,
            $($own)*
            /// From 0, which is the most predictable, to 2; models that think take the default alone.
            #[schemars(range(min = 0, max = 2))]
            temperature: Option<f64>,
            /// Asks for the same answer to the same question, as far as the model can.
            seed: Option<i64>,
            /// How much a model that thinks may think.
            reasoning_effort: Option<$crate::input::Effort>,
            /// The longest answer in tokens, with those that the model thinks with.
            #[schemars(range(min = 1))]
            max_tokens: Option<u64>,
            /// Give up after so long, such as `20s`. What is left of the step's time is the limit in
            /// any case, and so is the daemon's setting `egress.first-byte-timeout-ms`.
            timeout: Option<$crate::input::Timeout>,
            /// What a million tokens cost, for an estimate of the cost and for `max-cost`.
            prices: Option<$crate::budget::Prices>,
            /// The most that this step may cost, in the currency of `prices`. A question that would cost
            /// more is not asked, and an answer that does is not used.
            #[schemars(range(min = 0))]
            max_cost: Option<f64>,
            /// The most tokens that this step may take, for questions and answers together.
            #[schemars(range(min = 1))]
            max_total_tokens: Option<u64>,
        }

        impl $name {
            fn options(&self) -> $crate::input::Options {
                $crate::input::Options {
                    model: self.model.clone(),
                    temperature: self.temperature,
                    seed: self.seed,
                    reasoning_effort: self.reasoning_effort,
                    max_tokens: self.max_tokens,
                    timeout_ms: self.timeout.map($crate::input::Timeout::as_ms),
                    budget: $crate::budget::Budget {
                        prices: self.prices,
                        max_cost: self.max_cost,
                        max_total_tokens: self.max_total_tokens,
                    },
                }
            }
        }
    };
}

/// How much a model thinks before it answers; not every model takes every one.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum Effort {
    None,
    Minimal,
    Low,
    Medium,
    High,
    Xhigh,
    Max,
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
        for (text, expected_ms) in [
            ("500ms", 500),
            ("20s", 20_000),
            ("2m", 120_000),
            ("1h", 3_600_000),
        ] {
            assert_eq!(Timeout::parse(text), Some(Timeout(expected_ms)));
        }
        for text in ["", "20", "s", "0s", "-1s", "9999999h"] {
            assert_eq!(Timeout::parse(text), None, "{text}");
        }
    }
}
