//! What a step may spend. The tokens of a question are estimated before it leaves, and those of the
//! answer are limited so that the cap holds; what OpenAI has counted is held against it afterwards.

use mortise_sdk::Failure;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// English text has about four bytes in a token; others have fewer, so that the estimate is low for them.
const BYTES_PER_TOKEN: u64 = 4;

/// The caps, as the step names them.
const MAX_COST: &str = "max-cost";
const MAX_TOTAL_TOKENS: &str = "max-total-tokens";

/// What a million tokens cost, in any currency.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Prices {
    /// A million tokens of what is asked.
    #[schemars(range(min = 0))]
    pub input_per_million: f64,
    /// A million tokens of what is answered; those that a model thinks with count among them.
    #[serde(default)]
    #[schemars(range(min = 0))]
    pub output_per_million: f64,
}

/// Tokens that OpenAI has counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Usage {
    /// Of what was asked.
    pub input_tokens: u64,
    /// Of what was answered, with those that the model thought with.
    pub output_tokens: u64,
    /// Both.
    pub total_tokens: u64,
}

impl Usage {
    /// With those of another request of the same step.
    pub fn add(&mut self, other: Self) {
        self.input_tokens += other.input_tokens;
        self.output_tokens += other.output_tokens;
        self.total_tokens += other.total_tokens;
    }
}

/// What a step may spend.
#[derive(Clone, Copy, Debug, Default)]
pub struct Budget {
    /// What tokens cost, where the step says.
    pub prices: Option<Prices>,
    /// The most that the step may cost.
    pub max_cost: Option<f64>,
    /// The most tokens that the step may take.
    pub max_total_tokens: Option<u64>,
}

/// What an answer may be at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// Tokens; none where nothing limits them.
    pub max_tokens: Option<u64>,
    /// The cap that limits them, where it is not the step's `max-tokens`.
    pub cap: Option<&'static str>,
}

/// Tokens of so many bytes, about.
pub fn estimated(bytes: usize) -> u64 {
    (bytes as u64).div_ceil(BYTES_PER_TOKEN)
}

impl Budget {
    /// What was spent costs so much; none where nobody said what tokens cost.
    pub fn cost(&self, usage: &Usage) -> Option<f64> {
        let prices = self.prices?;
        let cost = usage.input_tokens as f64 * prices.input_per_million
            + usage.output_tokens as f64 * prices.output_per_million;
        Some(cost / 1e6)
    }

    /// Before a question of about so many tokens leaves: what its answer may be. `spent` is what the
    /// step has used already.
    pub fn allow(
        &self,
        spent: &Usage,
        input_tokens: u64,
        max_tokens: Option<u64>,
    ) -> Result<Allowance, Failure> {
        let after = Usage {
            input_tokens: spent.input_tokens + input_tokens,
            ..*spent
        };
        let by_cost = self.left_by_cost(&after)?;
        let by_total = self.max_total_tokens.map(|most| {
            most.saturating_sub(spent.total_tokens)
                .saturating_sub(input_tokens)
        });
        let caps = [(by_cost, MAX_COST), (by_total, MAX_TOTAL_TOKENS)];
        let cap = caps
            .into_iter()
            .filter_map(|(left, cap)| Some((left?, cap)));
        match cap.min() {
            Some((0, cap)) => Err(exceeded(
                &format!(
                    "nothing was asked: a question of about {input_tokens} tokens is more than `{cap}` allows"
                ),
                cap,
            )),
            Some((left, cap)) if max_tokens.is_none_or(|most| left < most) => Ok(Allowance {
                max_tokens: Some(left),
                cap: Some(cap),
            }),
            _ => Ok(Allowance {
                max_tokens,
                cap: None,
            }),
        }
    }

    /// Tokens that an answer may have for what is left of the cap.
    fn left_by_cost(&self, after: &Usage) -> Result<Option<u64>, Failure> {
        let Some(max_cost) = self.max_cost else {
            return Ok(None);
        };
        let Some((prices, cost)) = self.prices.zip(self.cost(after)) else {
            return Err(Failure::misconfigured(
                "`max-cost` needs `prices`, to know what tokens cost",
            )
            .with_field("/prices"));
        };
        let left = max_cost - cost;
        if left <= 0.0 {
            return Ok(Some(0));
        }
        if prices.output_per_million <= 0.0 {
            return Ok(None);
        }
        // It is positive, and a number that is too large becomes the largest one.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        Ok(Some((left * 1e6 / prices.output_per_million) as u64))
    }

    /// After an answer: an estimate that was too low does not go unnoticed.
    pub fn hold(&self, usage: &Usage) -> Result<(), Failure> {
        let above = |what: String, cap| {
            exceeded(
                &format!("the answer is not used: {what} are more than `{cap}` allows"),
                cap,
            )
        };
        if let (Some(cost), Some(most)) = (self.cost(usage), self.max_cost)
            && cost > most
        {
            return Err(above(format!("costs of {cost}"), MAX_COST));
        }
        match self.max_total_tokens {
            Some(most) if usage.total_tokens > most => Err(above(
                format!("{} tokens", usage.total_tokens),
                MAX_TOTAL_TOKENS,
            )),
            _ => Ok(()),
        }
    }
}

/// The answer was cut off where a cap is.
pub fn cut_off(cap: &str) -> Failure {
    exceeded(
        &format!("the answer is not used: it was cut off where `{cap}` ends"),
        cap,
    )
}

fn exceeded(why: &str, cap: &str) -> Failure {
    Failure::reject(format!("{why}; raise it, or ask for less"))
        .with_code("cost_cap_exceeded")
        .with_field(format!("/{cap}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRICES: Prices = Prices {
        input_per_million: 1.0,
        output_per_million: 4.0,
    };

    fn used(input_tokens: u64, output_tokens: u64) -> Usage {
        Usage {
            input_tokens,
            output_tokens,
            total_tokens: input_tokens + output_tokens,
        }
    }

    #[test]
    fn a_cap_limits_the_answer() {
        let budget = Budget {
            prices: Some(PRICES),
            max_cost: Some(0.001),
            max_total_tokens: Some(600),
        };
        let allow = |max_tokens| budget.allow(&used(0, 0), 200, max_tokens).unwrap();
        // 0.0008 are left, which are 200 tokens.
        let capped = Allowance {
            max_tokens: Some(200),
            cap: Some(MAX_COST),
        };
        assert_eq!(allow(None), capped);
        assert_eq!(allow(Some(500)), capped);
        assert_eq!(
            allow(Some(50)),
            Allowance {
                max_tokens: Some(50),
                cap: None
            }
        );
        let none = Budget::default().allow(&used(0, 0), 9, None).unwrap();
        assert_eq!(
            none,
            Allowance {
                max_tokens: None,
                cap: None
            }
        );
    }

    #[test]
    fn a_question_that_is_too_dear_is_not_asked() {
        let by_cost = Budget {
            prices: Some(PRICES),
            max_cost: Some(0.001),
            max_total_tokens: None,
        };
        let by_total = Budget {
            max_total_tokens: Some(1_000),
            ..Budget::default()
        };
        for (budget, field) in [(by_cost, "/max-cost"), (by_total, "/max-total-tokens")] {
            // What the first question took counts for the second.
            assert!(budget.allow(&used(0, 0), 500, None).is_ok());
            let failure = budget.allow(&used(500, 0), 500, None).unwrap_err();
            let cause = failure.cause.unwrap();
            assert_eq!(cause.code.as_deref(), Some("cost_cap_exceeded"));
            assert_eq!(cause.field.as_deref(), Some(field));
        }
    }

    #[test]
    fn what_was_counted_is_held_against_the_cap() {
        let budget = Budget {
            prices: Some(PRICES),
            max_cost: Some(0.001),
            max_total_tokens: None,
        };
        assert_eq!(budget.cost(&used(200, 200)), Some(0.001));
        assert!(budget.hold(&used(200, 200)).is_ok());
        let failure = budget.hold(&used(200, 201)).unwrap_err();
        assert!(
            failure.message.contains("`max-cost`"),
            "{}",
            failure.message
        );
        let budget = Budget {
            max_total_tokens: Some(10),
            ..Budget::default()
        };
        assert!(budget.hold(&used(5, 6)).is_err());
    }

    #[test]
    fn a_cost_needs_prices() {
        let budget = Budget {
            max_cost: Some(1.0),
            ..Budget::default()
        };
        let failure = budget.allow(&used(0, 0), 1, None).unwrap_err();
        assert_eq!(failure.cause.unwrap().field.as_deref(), Some("/prices"));
    }
}
