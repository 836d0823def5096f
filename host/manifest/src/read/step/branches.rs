//! `switch` and `parallel`.

use crate::authored::{Branch, Case};
use crate::diagnostic::Code;
use crate::read::fields::{Fields, items};
use crate::read::steps::Reader;
use crate::read::values;
use crate::source::{Place, Sink};
use crate::yaml::{Entry, Node};

/// Cases of a `switch`, branches of a `parallel`: they may be empty, so the limit of steps does not
/// bound them.
const BRANCHES_MAX: usize = 100;

/// The cases of a `switch`.
pub(super) fn switch<'n>(
    entry: &'n Entry,
    reader: &mut Reader,
    sink: &mut Sink<'_>,
) -> Vec<Case<'n>> {
    let nodes = items(&entry.value, "`switch`", sink);
    let first = nodes.get(BRANCHES_MAX).map(|node| node.place);
    check_count(entry, nodes.len(), first, sink);
    let nodes = nodes.iter().take(BRANCHES_MAX);
    let last = nodes.len().saturating_sub(1);
    let cases = nodes.enumerate().filter_map(|(n, node)| {
        let (case, otherwise) = case(node, reader, sink)?;
        if let Some(otherwise) = otherwise.filter(|_| n < last) {
            sink.error(
                Code::InvalidValue,
                otherwise.key_place,
                "no case after `else` is ever reached",
                "write `else` once, as the last case",
            );
        }
        Some(case)
    });
    cases.collect()
}

/// A case, and its `else` if it has one.
fn case<'n>(
    node: &'n Node,
    reader: &mut Reader,
    sink: &mut Sink<'_>,
) -> Option<(Case<'n>, Option<&'n Entry>)> {
    let mut fields = Fields::of(node, "a case", sink)?;
    let otherwise = fields.take("else");
    let (condition, steps) = match otherwise {
        Some(otherwise) => {
            for entry in ["if", "steps"]
                .into_iter()
                .filter_map(|name| fields.take(name))
            {
                sink.error(
                    Code::InvalidValue,
                    entry.key_place,
                    format!("`else` has its steps in itself, and no `{}`", entry.key),
                    "write `else: […]`, or a case with `if` and `steps`",
                );
            }
            (None, Some(otherwise))
        }
        None => (
            fields.require("if", "if: \"${{ .event.total > 0 }}\"", sink),
            fields.require("steps", "steps: […]", sink),
        ),
    };
    fields.finish(sink);
    let case = Case {
        condition: condition.map(|entry| &entry.value),
        steps: steps.map_or_else(Vec::new, |entry| {
            reader.list(&entry.value, &format!("`{}`", entry.key), sink)
        }),
    };
    Some((case, otherwise))
}

/// The branches of a `parallel`.
pub(super) fn parallel<'n>(
    entry: &'n Entry,
    reader: &mut Reader,
    sink: &mut Sink<'_>,
) -> Vec<Branch<'n>> {
    if Fields::of(&entry.value, "`parallel`", sink).is_none() {
        return Vec::new();
    }
    let entries = entry.value.entries().unwrap_or_default();
    let first = entries.get(BRANCHES_MAX).map(|entry| entry.key_place);
    check_count(entry, entries.len(), first, sink);
    let branches = entries.iter().take(BRANCHES_MAX).map(|entry| {
        values::branch_name(entry, sink);
        Branch {
            name: &entry.key,
            steps: reader.list(&entry.value, &format!("branch `{}`", entry.key), sink),
        }
    });
    branches.collect()
}

fn check_count(entry: &Entry, count: usize, beyond: Option<Place>, sink: &mut Sink<'_>) {
    if let Some(place) = beyond {
        sink.error(
            Code::TooManySteps,
            place,
            format!(
                "`{}` goes {count} ways, over the limit of {BRANCHES_MAX}",
                entry.key
            ),
            "look the values up in `vars`, or go through them with `foreach`",
        );
    }
    if count == 0 && entry.value.is_empty() {
        sink.error(
            Code::InvalidValue,
            entry.value.place,
            format!("`{}` has nowhere to go", entry.key),
            match entry.key.as_str() {
                "switch" => {
                    "write `- if: \"${{ .event.total > 0 }}\"` with `steps: […]`, for example"
                }
                _ => "write a name and steps for each branch, such as `ledger: […]`",
            },
        );
    }
}
