//! Sentences about what went wrong, with the template, the line, and what is written there.

use std::ops::Range;

use minijinja::{Error, ErrorKind};
use mortise_sdk::Failure;

use super::STEPS_MAX;

/// What of a template is shown, in characters.
const SHOWN_CHARS_MAX: usize = 100;

/// A template that cannot be read.
pub fn syntax(name: &str, error: &Error) -> Failure {
    let line = error.line().unwrap_or(1);
    let what = error
        .detail()
        .map_or_else(|| error.kind().to_string(), str::to_owned);
    Failure::misconfigured(format!("the template `{name}` on line {line}: {what}"))
}

/// A record of which no text can be made.
pub fn failure(name: &str, source: &str, error: &Error) -> Failure {
    let line = error.line().unwrap_or(1);
    let shown = error
        .range()
        .and_then(|range| written(source, range))
        .map(shorten);
    let what = match (error.kind(), shown) {
        (ErrorKind::UndefinedError, Some(shown)) => {
            format!(
                "`{shown}` is undefined: is the name right? `default` says what to write without it"
            )
        }
        (ErrorKind::OutOfFuel, _) => format!("it takes more than {STEPS_MAX} steps"),
        (kind, shown) => {
            let what = error
                .detail()
                .map_or_else(|| kind.to_string(), str::to_owned);
            match shown {
                Some(shown) => format!("`{shown}`: {what}"),
                None => what,
            }
        }
    };
    Failure::reject(format!("the template `{name}` on line {line}: {what}"))
}

/// What stands there, with the names before it: of `a.b.c` the engine points at `.b.c`.
fn written(source: &str, range: Range<usize>) -> Option<&str> {
    let names = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
    let found = source.get(range.clone())?;
    let start = match found.starts_with('.') {
        true => source[..range.start].trim_end_matches(names).len(),
        false => range.start,
    };
    source.get(start..range.end)
}

fn shorten(text: &str) -> String {
    match text.char_indices().nth(SHOWN_CHARS_MAX) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}
