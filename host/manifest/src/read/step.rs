//! An entry of `steps`.

use mortise_model::plan::{OnUnclear, Retry, STEP_TIMEOUT_MS};

use crate::authored::Step;
use crate::read::durations::{ATTEMPT_MAX_MS, duration_ms};
use crate::read::fields::Fields;
use crate::read::values;
use crate::source::Sink;
use crate::yaml::{Entry, Node};

/// Words of the language that come later: other kinds of steps, and what follows a step.
const LATER: &[&str] = &[
    "switch",
    "parallel",
    "foreach",
    "wait",
    "call",
    "steps",
    "undo",
    "on-failure",
];

/// Attempts that a step may have.
const ATTEMPTS_MAX: u32 = 100;

/// The most that a pause may be multiplied with.
const FACTOR_MAX: f64 = 10.0;

/// Reads a step; none where it is not even a map.
pub(super) fn step<'n>(node: &'n Node, sink: &mut Sink<'_>) -> Option<Step<'n>> {
    let mut fields = Fields::of(node, "a step", sink)?;
    fields.later(LATER);
    let id = fields.require("id", "id: notify", sink);
    let id = id.and_then(|entry| values::id(entry, sink));
    // A step of a later kind has no `uses`: one diagnostic about it is enough.
    let uses = if fields.first_later().is_some() {
        fields.take("uses")
    } else {
        fields.require("uses", "uses: http/request", sink)
    };
    let step = Step {
        id,
        uses: uses.and_then(|entry| values::text(entry, sink)),
        connection: fields
            .take("connection")
            .and_then(|entry| values::text(entry, sink)),
        with: fields.take("with").map(|entry| &entry.value),
        records: fields.take("records").map(|entry| &entry.value),
        condition: fields.take("if").map(|entry| &entry.value),
        retry: fields
            .take("retry")
            .and_then(|entry| retry(entry, sink))
            .unwrap_or_default(),
        timeout_ms: fields
            .take("timeout")
            .and_then(|entry| duration_ms(entry, ATTEMPT_MAX_MS, sink))
            .unwrap_or(STEP_TIMEOUT_MS),
        on_unclear: fields
            .take("on-unclear")
            .and_then(|entry| on_unclear(entry, sink)),
    };
    fields.finish(sink);
    Some(step)
}

fn retry(entry: &Entry, sink: &mut Sink<'_>) -> Option<Retry> {
    let mut fields = Fields::of(&entry.value, "`retry`", sink)?;
    let mut retry = Retry::default();
    if let Some(entry) = fields.take("attempts") {
        retry.attempts = values::whole(entry, 1, ATTEMPTS_MAX, sink).unwrap_or(retry.attempts);
    }
    if let Some(entry) = fields.take("initial") {
        retry.initial_ms = duration_ms(entry, ATTEMPT_MAX_MS, sink).unwrap_or(retry.initial_ms);
    }
    if let Some(factor) = fields
        .take("factor")
        .and_then(|e| values::number(e, 1.0, FACTOR_MAX, sink))
    {
        // At most 10,000, so nothing is cut off.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let milli = (factor * 1_000.0).round() as u32;
        retry.factor_milli = milli;
    }
    if let Some(entry) = fields.take("max") {
        retry.max_ms = duration_ms(entry, ATTEMPT_MAX_MS, sink).unwrap_or(retry.max_ms);
    }
    fields.finish(sink);
    Some(retry)
}

fn on_unclear(entry: &Entry, sink: &mut Sink<'_>) -> Option<OnUnclear> {
    let words = [("park", OnUnclear::Park), ("retry", OnUnclear::Retry)];
    values::choice(entry, &words, sink)
}
