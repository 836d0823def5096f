//! What changes with another version of a plugin, in words.

use std::fmt::Write as _;

use mortise_registry::diff::{Difference, Kind};

/// A line for each difference.
pub fn text(differences: &[Difference]) -> String {
    let mut text = String::new();
    for difference in differences {
        let kind = match difference.kind {
            Kind::Breaks => "breaks",
            Kind::Asks => "asks  ",
            Kind::Adds => "adds  ",
        };
        let (place, message) = (&difference.place, &difference.message);
        let _ = writeln!(text, "{kind}  {place}: {message}");
    }
    if differences.is_empty() {
        text.push_str("nothing that matters to workflows differs\n");
    }
    text
}
