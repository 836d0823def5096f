//! `wait`: for a time, until a moment, for a request, for a person.

use mortise_model::plan::{self, Decision};

use crate::authored::Wait;
use crate::diagnostic::Code;
use crate::read::durations::{RUN_MAX_MS, duration_ms};
use crate::read::fields::Fields;
use crate::read::values;
use crate::source::{Place, Sink};
use crate::yaml::{Entry, Value};

/// How long a wait for somebody lasts where the manifest does not say: a week.
const WITHIN_MS: u64 = 7 * 86_400_000;

/// How a wait is written.
const EXAMPLE: &str = "write `wait: { duration: 2h }` or `wait: { for: approval }`, for example";

/// Reads a wait.
pub(super) fn wait<'n>(entry: &'n Entry, sink: &mut Sink<'_>) -> Option<Wait<'n>> {
    if let Value::Text(_) = &entry.value.value {
        let message = "`wait` has to be a map that says what for, not text";
        sink.error(Code::WrongType, entry.value.place, message, EXAMPLE);
        return None;
    }
    let mut fields = Fields::of(&entry.value, "`wait`", sink)?;
    let kinds: Vec<_> = ["duration", "until", "for"]
        .into_iter()
        .filter_map(|kind| fields.take(kind))
        .collect();
    let within = fields.take("within");
    let otherwise = fields.take("otherwise");
    let place = fields.place();
    fields.finish(sink);
    let [kind] = kinds.as_slice() else {
        wrong_kinds(place, &kinds, sink);
        return None;
    };
    let is_approval = match kind.key.as_str() {
        "for" => Some(is_approval(kind, sink)?),
        _ => None,
    };
    refuse(within.filter(|_| is_approval.is_none()), kind, sink);
    refuse(otherwise.filter(|_| is_approval != Some(true)), kind, sink);
    let within_ms = within
        .and_then(|entry| duration_ms(entry, RUN_MAX_MS, sink))
        .unwrap_or(WITHIN_MS);
    Some(match (kind.key.as_str(), is_approval) {
        ("duration", _) => Wait::Ready(plan::Wait::Duration {
            ms: duration_ms(kind, RUN_MAX_MS, sink)?,
        }),
        ("until", _) => Wait::Until(&kind.value),
        (_, Some(true)) => Wait::Ready(plan::Wait::Approval {
            within_ms,
            otherwise: decision(otherwise, sink),
        }),
        _ => Wait::Ready(plan::Wait::Callback { within_ms }),
    })
}

/// Whether `for` is an approval, and not a callback.
fn is_approval(entry: &Entry, sink: &mut Sink<'_>) -> Option<bool> {
    match &entry.value.value {
        Value::Text(time) if time.text.starts_with(|c: char| c.is_ascii_digit()) => {
            let time = &time.text;
            sink.error(
                Code::InvalidValue,
                entry.value.place,
                format!("`for` says who ends the wait, and `{time}` is a time"),
                format!("write `wait: {{ duration: {time} }}`"),
            );
            None
        }
        _ => values::choice(entry, &[("callback", false), ("approval", true)], sink),
    }
}

fn wrong_kinds(place: Place, kinds: &[&Entry], sink: &mut Sink<'_>) {
    match kinds.get(1) {
        None => sink.error(
            Code::MissingField,
            place,
            "`wait` needs one of `duration`, `until` and `for`",
            EXAMPLE,
        ),
        Some(second) => sink.error(
            Code::InvalidValue,
            second.key_place,
            format!(
                "a wait is of one kind: `{}` stands here already",
                kinds[0].key
            ),
            "make two steps of it, each with an id",
        ),
    }
}

/// A word that this kind of wait does not have.
fn refuse(entry: Option<&Entry>, kind: &Entry, sink: &mut Sink<'_>) {
    if let Some(entry) = entry {
        sink.error(
            Code::UnknownField,
            entry.key_place,
            format!("a wait with this `{}` has no `{}`", kind.key, entry.key),
            match entry.key.as_str() {
                "within" => "`within` belongs to `for: callback` and `for: approval`",
                _ => "`otherwise` belongs to `for: approval`",
            },
        );
    }
}

fn decision(entry: Option<&Entry>, sink: &mut Sink<'_>) -> Decision {
    entry
        .and_then(|entry| values::choice(entry, &DECISIONS, sink))
        .unwrap_or(Decision::Reject)
}

/// What a person may decide, in words.
pub(crate) const DECISIONS: [(&str, Decision); 2] =
    [("approve", Decision::Approve), ("reject", Decision::Reject)];
