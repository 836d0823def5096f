//! Which types of events are wanted: `payment_intent.*`.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::form::Parameters;

/// Names of which Stripe takes so many at once.
const EXACT_MAX: usize = 20;

/// Types of events; every event where there is none.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Types(
    /// Such as `invoice.paid`; `*` stands for anything: `payment_intent.*`.
    Vec<String>,
);

impl Types {
    pub fn want(&self, kind: &str) -> bool {
        self.0.is_empty() || self.0.iter().any(|pattern| fits(pattern, kind))
    }

    /// What Stripe filters by itself: one pattern, or some whole names. Anything else is left to [`Types::want`].
    pub fn query(&self) -> Parameters {
        let are_exact = self.0.iter().all(|pattern| !pattern.contains('*'));
        match &self.0[..] {
            [one] if are_exact || is_group(one) => vec![("type".to_owned(), one.clone())],
            [_, _, ..] if are_exact && self.0.len() <= EXACT_MAX => {
                let numbered = self.0.iter().enumerate();
                numbered
                    .map(|(at, name)| (format!("types[{at}]"), name.clone()))
                    .collect()
            }
            _ => Vec::new(),
        }
    }
}

/// `charge.*`, the only way in which Stripe's own wildcards are documented.
fn is_group(pattern: &str) -> bool {
    pattern
        .strip_suffix(".*")
        .is_some_and(|rest| !rest.contains('*'))
}

fn fits(pattern: &str, kind: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else {
        return pattern == kind;
    };
    let Some(kind) = kind.strip_prefix(start) else {
        return false;
    };
    // Each `*` takes as little as it can, and the next one more where that does not fit.
    (0..=kind.len()).any(|taken| kind.get(taken..).is_some_and(|kind| fits(rest, kind)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn types(patterns: &[&str]) -> Types {
        Types(patterns.iter().map(|&pattern| pattern.to_owned()).collect())
    }

    #[test]
    fn a_star_stands_for_anything() {
        let some = types(&["payment_intent.*", "*.updated", "invoice.paid"]);
        for (kind, expected) in [
            ("payment_intent.succeeded", true),
            ("customer.subscription.updated", true),
            ("invoice.paid", true),
            ("invoice.paid.twice", false),
            ("payment_intents.created", false),
            ("charge.refunded", false),
        ] {
            assert_eq!(some.want(kind), expected, "{kind}");
        }
        assert!(types(&[]).want("anything"));
    }

    #[test]
    fn stripe_filters_what_it_can() {
        let names = |patterns: &[&str]| -> Vec<String> {
            let query = types(patterns).query();
            query
                .into_iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect()
        };
        assert_eq!(names(&["charge.*"]), ["type=charge.*"]);
        assert_eq!(names(&["a.b", "c.d"]), ["types[0]=a.b", "types[1]=c.d"]);
        for left in [&[][..], &["charge.*", "a.b"], &["*.updated"]] {
            assert_eq!(names(left), [""; 0]);
        }
    }
}
