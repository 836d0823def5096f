//! What every question to a model may say besides.

use schemars::JsonSchema;
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
            timeout: Option<mortise_sdk::Timeout>,
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
                    timeout_ms: self.timeout.map(mortise_sdk::Timeout::as_ms),
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
