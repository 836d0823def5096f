//! Single values.

use crate::authored::Spanned;
use crate::diagnostic::Code;
use crate::read::fields::wrong_type;
use crate::source::Sink;
use crate::suggest;
use crate::yaml::{Entry, Node, Value};

/// Longest id of a step or trigger, in bytes: it stands in keys and idempotency keys.
const ID_LENGTH_MAX: usize = 63;

/// What an id may look like, for messages.
const STEP_ID: &str =
    "use lower-case letters, digits and `_`, beginning with a letter, such as `load_rows`";

/// Whether a text may be the id of a step or trigger: jq reads `.steps.load-rows` as a subtraction.
fn id_is_valid(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_lowercase())
        && text.len() <= ID_LENGTH_MAX
        && bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// A text without expressions.
pub(super) fn text<'n>(entry: &'n Entry, sink: &mut Sink<'_>) -> Option<Spanned<&'n str>> {
    text_node(&entry.value, &format!("`{}`", entry.key), sink)
}

/// A text without expressions; `what` names it.
pub(super) fn text_node<'n>(
    node: &'n Node,
    what: &str,
    sink: &mut Sink<'_>,
) -> Option<Spanned<&'n str>> {
    let Value::Text(text) = &node.value else {
        wrong_type(node, what, "text", sink);
        return None;
    };
    if let Some(at) = text.text.find("${{") {
        sink.error(
            Code::ExpressionNotAllowed,
            text.place_of(&sink.source.text, at),
            format!("{what} takes no expression: it is read before any run"),
            "write the value itself; expressions stand in `with`, `records`, `if` and `output`",
        );
        return None;
    }
    Some(Spanned::new(&text.text, node.place))
}

/// The id of a step or trigger.
pub(super) fn id<'n>(entry: &'n Entry, sink: &mut Sink<'_>) -> Option<Spanned<&'n str>> {
    let id = text(entry, sink)?;
    if !id_is_valid(id.value) {
        sink.error(
            Code::InvalidName,
            id.place,
            format!("`{}` cannot be an id", id.value),
            STEP_ID,
        );
        return None;
    }
    Some(id)
}

/// One of a few words.
pub(super) fn choice<T: Copy>(
    entry: &Entry,
    words: &[(&str, T)],
    sink: &mut Sink<'_>,
) -> Option<T> {
    let text = text(entry, sink)?;
    let found = words.iter().find(|(word, _)| *word == text.value);
    if found.is_none() {
        sink.error(
            Code::InvalidValue,
            text.place,
            format!("`{}` cannot be `{}`", entry.key, text.value),
            suggest::help(text.value, words.iter().map(|(word, _)| *word)),
        );
    }
    found.map(|(_, value)| *value)
}

/// A number from `min` to `max`.
pub(super) fn number(entry: &Entry, min: f64, max: f64, sink: &mut Sink<'_>) -> Option<f64> {
    let Value::Number(number) = &entry.value.value else {
        wrong_type(&entry.value, &format!("`{}`", entry.key), "a number", sink);
        return None;
    };
    let value = number
        .parse::<f64>()
        .ok()
        .filter(|n| (min..=max).contains(n));
    if value.is_none() {
        out_of_bounds(entry, number, &min.to_string(), &max.to_string(), sink);
    }
    value
}

/// A whole number from `min` to `max`.
pub(super) fn whole(entry: &Entry, min: u32, max: u32, sink: &mut Sink<'_>) -> Option<u32> {
    let Value::Number(number) = &entry.value.value else {
        wrong_type(
            &entry.value,
            &format!("`{}`", entry.key),
            "a whole number",
            sink,
        );
        return None;
    };
    let value = number
        .parse::<u32>()
        .ok()
        .filter(|n| (min..=max).contains(n));
    if value.is_none() {
        out_of_bounds(entry, number, &min.to_string(), &max.to_string(), sink);
    }
    value
}

fn out_of_bounds(entry: &Entry, number: &str, min: &str, max: &str, sink: &mut Sink<'_>) {
    sink.error(
        Code::InvalidValue,
        entry.value.place,
        format!("`{}` cannot be {number}", entry.key),
        format!("write a number from {min} to {max}"),
    );
}
