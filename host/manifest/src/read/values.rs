//! Single values.

use mortise_model::id::is_name;
use mortise_model::path::{FINALLY, UNDO};

use crate::authored::Spanned;
use crate::diagnostic::Code;
use crate::expression::ROOTS;
use crate::read::fields::wrong_type;
use crate::source::Sink;
use crate::suggest;
use crate::yaml::{DEPTH_MAX, Entry, Node, Value};

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
pub(crate) fn text<'n>(entry: &'n Entry, sink: &mut Sink<'_>) -> Option<Spanned<&'n str>> {
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

/// The id of a step.
pub(super) fn step_id<'n>(entry: &'n Entry, sink: &mut Sink<'_>) -> Option<Spanned<&'n str>> {
    let id = id(entry, sink)?;
    not_reserved(id, &[FINALLY], "a step", sink);
    Some(id)
}

/// The name of an item of a `foreach`: expressions begin with it.
pub(super) fn item_name<'n>(entry: &'n Entry, sink: &mut Sink<'_>) -> Option<Spanned<&'n str>> {
    let name = id(entry, sink)?;
    not_reserved(name, &ROOTS, "an item", sink);
    Some(name)
}

/// The name of a branch, which is a key.
pub(super) fn branch_name(entry: &Entry, sink: &mut Sink<'_>) {
    let name = Spanned::new(entry.key.as_str(), entry.key_place);
    if id_is_valid(name.value) {
        not_reserved(name, &[UNDO], "a branch", sink);
    } else {
        sink.error(
            Code::InvalidName,
            name.place,
            format!("`{}` cannot name a branch", name.value),
            STEP_ID,
        );
    }
}

fn not_reserved(name: Spanned<&str>, reserved: &[&str], what: &str, sink: &mut Sink<'_>) {
    if reserved.contains(&name.value) {
        sink.error(
            Code::InvalidName,
            name.place,
            format!(
                "`{}` has a meaning of its own and cannot name {what}",
                name.value
            ),
            "choose another name",
        );
    }
}

/// The name of a workflow; `what` names its place.
pub(super) fn workflow_name<'n>(
    node: &'n Node,
    what: &str,
    sink: &mut Sink<'_>,
) -> Option<Spanned<&'n str>> {
    let name = text_node(node, what, sink)?;
    if is_name(name.value) {
        return Some(name);
    }
    sink.error(
        Code::InvalidName,
        name.place,
        format!("`{}` cannot name a workflow", name.value),
        "use at most 63 lower-case letters, digits, `-` and `_`, beginning with a letter, such as `order-to-invoice`",
    );
    None
}

/// A value that is nested no deeper than values may be.
pub(crate) fn check_depth(node: &Node, sink: &mut Sink<'_>) {
    if let Some(place) = node.beyond(DEPTH_MAX) {
        sink.error(
            Code::TooDeep,
            place,
            format!("lists and maps are nested deeper than {DEPTH_MAX} levels in one value"),
            "flatten the value, or put a part of it into another workflow",
        );
    }
}

/// Reports expressions in a value that is taken as it is; `what` names its parts.
pub(crate) fn no_expressions(node: &Node, what: &str, sink: &mut Sink<'_>) {
    match &node.value {
        Value::Text(_) => {
            text_node(node, what, sink);
        }
        Value::List(items) => items
            .iter()
            .for_each(|item| no_expressions(item, what, sink)),
        Value::Map(entries) => entries
            .iter()
            .for_each(|entry| no_expressions(&entry.value, what, sink)),
        _ => {}
    }
}

/// One of a few words.
pub(crate) fn choice<T: Copy>(
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
pub(crate) fn whole(entry: &Entry, min: u32, max: u32, sink: &mut Sink<'_>) -> Option<u32> {
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
