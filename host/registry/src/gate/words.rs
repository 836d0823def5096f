//! Texts for people: short, in one style, so that lists of plugins and operations read alike.

use super::Findings;

/// What fits on a line beside a name.
const SUMMARY_MAX_CHARS: usize = 120;

/// A summary: one sentence, lower case, no full stop.
pub(super) fn summary(text: &str, place: &str, findings: &mut Findings) {
    if text.trim().is_empty() {
        findings.error(
            "no-summary",
            place,
            "there is no `summary`: say in one sentence what it does",
        );
        return;
    }
    let length = text.chars().count();
    if length > SUMMARY_MAX_CHARS {
        let message = format!(
            "the `summary` has {length} characters, and {SUMMARY_MAX_CHARS} fit beside a name: leave the rest to the README"
        );
        findings.advise("long-summary", place, message);
    }
    let mut chars = text.chars();
    let (first, second) = (chars.next(), chars.next());
    // `HTTP` and `A note` differ in their second letter; an abbreviation may begin a sentence.
    let is_sentence_case =
        first.is_some_and(char::is_uppercase) && !second.is_some_and(char::is_uppercase);
    if is_sentence_case || text.ends_with('.') {
        let message = "the `summary` is a sentence in lower case without a full stop, as all others: `posts a message`";
        findings.advise("summary-style", place, message);
    }
}
