//! `mortise schema`

use crate::exit::Outcome;
use crate::output;

/// Prints the JSON Schema of manifests.
///
/// # Errors
/// Where stdout cannot be written.
pub fn run() -> Outcome {
    output::text(mortise_manifest::schema())
}
