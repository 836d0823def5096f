//! Randomness that can be repeated: `SEED` from the environment, and printed.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// The seed of this process: `SEED`, else a new one. Printed, so that a failure can be repeated.
#[must_use]
#[allow(
    clippy::print_stderr,
    reason = "a failing test must say how to repeat it"
)]
#[allow(
    clippy::disallowed_methods,
    reason = "this is where the seed comes from"
)]
pub fn seed(what: &str) -> u64 {
    let given = std::env::var("SEED")
        .ok()
        .and_then(|text| text.parse().ok());
    let seed = given.unwrap_or_else(|| rand::rng().random_range(0..u64::from(u32::MAX)));
    eprintln!("{what}: SEED={seed}");
    seed
}

/// Randomness from a seed.
#[must_use]
pub fn random(seed: u64) -> StdRng {
    StdRng::seed_from_u64(seed)
}

/// A number from the environment, else a default.
#[must_use]
pub fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(default)
}
