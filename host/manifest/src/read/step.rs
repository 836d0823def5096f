//! An entry of a list of steps: what all steps have, and which kind it is.

mod branches;
mod call;
mod foreach;
mod uses;
mod wait;

use mortise_model::plan;

use crate::authored::{Action, OnFailure, Step, Wait};
use crate::diagnostic::Code;
use crate::read::fields::Fields;
use crate::read::steps::Reader;
use crate::read::values;
use crate::source::Sink;
use crate::yaml::{Entry, Node, Value};

pub(super) use uses::of_trigger;
pub(crate) use wait::DECISIONS;

/// The words that say what a step does; each step has one of them.
const KINDS: [&str; 7] = [
    "uses", "switch", "parallel", "foreach", "collect", "call", "wait",
];

/// Words that belong to one kind of step.
const BELONGS: [(&str, &str); 8] = [
    ("connection", "uses"),
    ("with", "uses"),
    ("records", "uses"),
    ("retry", "uses"),
    ("timeout", "uses"),
    ("on-unclear", "uses"),
    ("undo", "uses"),
    ("steps", "foreach"),
];

/// Reads a step; none where it is not even a map.
pub(super) fn step<'n>(
    node: &'n Node,
    reader: &mut Reader,
    sink: &mut Sink<'_>,
) -> Option<Step<'n>> {
    let mut fields = Fields::of(node, "a step", sink)?;
    let id = fields.require("id", "id: notify", sink);
    let id = id.and_then(|entry| values::step_id(entry, sink));
    let kinds: Vec<_> = KINDS
        .into_iter()
        .filter_map(|kind| fields.take(kind))
        .collect();
    let kind = one_kind(&fields, &kinds, sink);
    let condition = fields.take("if").map(|entry| &entry.value);
    check_belonging(kind, &mut fields, sink);
    let action = kind.and_then(|kind| action(kind, &mut fields, reader, sink));
    let undo = fields.take("undo").filter(|_| is(kind, "uses"));
    let undo = undo.and_then(|entry| uses::of_undo(entry, sink));
    let on_failure = fields
        .take("on-failure")
        .and_then(|entry| on_failure(entry, reader, sink));
    fields.finish(sink);
    let on_failure = on_failure.unwrap_or_else(|| default_of(action.as_ref()));
    Some(Step {
        id,
        place: node.place,
        condition,
        action,
        on_failure,
        undo,
    })
}

fn is(kind: Option<&Entry>, word: &str) -> bool {
    kind.is_some_and(|kind| kind.key == word)
}

/// The entry that says what the step does.
fn one_kind<'n>(
    fields: &Fields<'n>,
    kinds: &[&'n Entry],
    sink: &mut Sink<'_>,
) -> Option<&'n Entry> {
    match kinds {
        [] => {
            let words = KINDS.map(|word| format!("`{word}`")).join(", ");
            sink.error(
                Code::MissingField,
                fields.place(),
                format!("a step needs one of {words}"),
                "write `uses: http/request`, for example",
            );
            None
        }
        [only] => Some(only),
        [first, second, ..] => {
            sink.error(
                Code::InvalidValue,
                second.key_place,
                format!("a step does one thing: `{}` stands here already", first.key),
                "make two steps of it, each with an id",
            );
            None
        }
    }
}

/// Words of another kind of step. Where the kind is not known there is a diagnostic already.
fn check_belonging<'n>(kind: Option<&Entry>, fields: &mut Fields<'n>, sink: &mut Sink<'_>) {
    for (word, owner) in BELONGS {
        let Some(entry) = fields.take(word).filter(|_| !is(kind, owner)) else {
            continue;
        };
        if let Some(kind) = kind {
            sink.error(
                Code::UnknownField,
                entry.key_place,
                format!("a step with `{}` has no `{word}`", kind.key),
                format!("`{word}` belongs to a step with `{owner}`"),
            );
        }
    }
}

fn action<'n>(
    kind: &'n Entry,
    fields: &mut Fields<'n>,
    reader: &mut Reader,
    sink: &mut Sink<'_>,
) -> Option<Action<'n>> {
    match kind.key.as_str() {
        "uses" => Some(Action::Operation(Box::new(uses::of_step(fields, sink)))),
        "switch" => Some(Action::Switch(branches::switch(kind, reader, sink))),
        "parallel" => Some(Action::Parallel(branches::parallel(kind, reader, sink))),
        "foreach" => {
            let steps = fields.require("steps", "steps: […]", sink);
            let steps =
                steps.map_or_else(Vec::new, |entry| reader.list(&entry.value, "`steps`", sink));
            let foreach = foreach::foreach(kind, steps, sink)?;
            Some(Action::Foreach(Box::new(foreach)))
        }
        "collect" => foreach::collect(kind, sink).map(Action::Collect),
        "call" => call::call(kind, sink).map(Action::Call),
        _ => wait::wait(kind, sink).map(Action::Wait),
    }
}

fn on_failure<'n>(
    entry: &'n Entry,
    reader: &mut Reader,
    sink: &mut Sink<'_>,
) -> Option<OnFailure<'n>> {
    if matches!(entry.value.value, Value::List(_)) {
        return Some(OnFailure::Steps(reader.list(
            &entry.value,
            "`on-failure`",
            sink,
        )));
    }
    let words = [("park", 0), ("fail", 1), ("continue", 2)];
    Some(match values::choice(entry, &words, sink)? {
        0 => OnFailure::Park,
        1 => OnFailure::Fail,
        _ => OnFailure::Continue,
    })
}

/// What follows a failure where the step does not say: a person who rejects has decided already.
fn default_of<'n>(action: Option<&Action<'_>>) -> OnFailure<'n> {
    match action {
        Some(Action::Wait(Wait::Ready(plan::Wait::Approval { .. }))) => OnFailure::Fail,
        _ => OnFailure::Park,
    }
}
