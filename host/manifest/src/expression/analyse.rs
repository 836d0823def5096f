//! What an expression reads, what it gives, and what is wrong with it.

use mortise_model::template::{Expression, Path};

use super::Problem;
use super::parse::parse;
use super::part::{Input, fixed_path};
use super::scope::Scope;
use super::walk::Walker;
use crate::schema::Kinds;

/// An expression as the plan holds it, and what is known of it.
#[derive(Debug)]
pub(crate) struct Analysis {
    pub expression: Expression,
    /// The types that it may give.
    pub kinds: Kinds,
    pub problems: Vec<Problem>,
}

/// Reads an expression: the text between the braces.
///
/// # Errors
/// Where the text is no jq.
pub(crate) fn analyse(text: &str, scope: &Scope<'_>) -> Result<Analysis, Problem> {
    let term = parse(text)?;
    let root = Some(Input::root());
    let mut walker = Walker::new(text, scope);
    let kinds = walker.walk(&term, root.as_ref(), false);
    let mut paths = walker.paths;
    if walker.whole {
        for path in scope.everything() {
            paths.entry(path.segments).or_insert(path.optional);
        }
    }
    let expression = match fixed_path(text, &term, root.as_ref()) {
        Some(input) if !input.segments.is_empty() => Expression::Path(input.path()),
        _ => Expression::Program {
            text: text.trim().to_owned(),
            paths: paths
                .into_iter()
                .map(|(segments, optional)| Path { segments, optional })
                .collect(),
        },
    };
    Ok(Analysis {
        expression,
        kinds,
        problems: walker.problems,
    })
}

/// The path that an expression is, where it is nothing but one.
pub(crate) fn bare_path(text: &str) -> Option<Path> {
    let term = parse(text).ok()?;
    fixed_path(text, &term, Some(&Input::root())).map(Input::path)
}

#[cfg(test)]
mod tests;
