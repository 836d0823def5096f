//! `failure: { of }`.

use crate::authored::Spanned;
use crate::diagnostic::Code;
use crate::read::fields::Fields;
use crate::read::values;
use crate::source::Sink;
use crate::yaml::{Entry, Node, Value};

/// Means every other workflow.
const ALL: &str = "*";

/// Reads whose failures start the workflow; `Some(None)` stands for all of the others.
pub(super) fn failure<'n>(
    entry: &'n Entry,
    sink: &mut Sink<'_>,
) -> Option<Option<Vec<Spanned<&'n str>>>> {
    let mut fields = Fields::of(&entry.value, "a `failure` trigger", sink)?;
    let of = fields.require("of", "of: \"*\"", sink);
    fields.finish(sink);
    let of = &of?.value;
    match &of.value {
        Value::Text(text) if text.text == ALL => Some(None),
        Value::List(names) if !names.is_empty() => Some(Some(workflows(names, sink))),
        Value::List(_) => {
            sink.error(
                Code::InvalidValue,
                of.place,
                "an empty list names no workflow, so nothing would start this one",
                "write `\"*\"` for all others, or their names",
            );
            None
        }
        _ => Some(Some(workflows(std::slice::from_ref(of), sink))),
    }
}

fn workflows<'n>(names: &'n [Node], sink: &mut Sink<'_>) -> Vec<Spanned<&'n str>> {
    names
        .iter()
        .filter_map(|node| values::workflow_name(node, "`of`", sink))
        .collect()
}
