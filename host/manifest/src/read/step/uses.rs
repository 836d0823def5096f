//! Calls of operations: of steps, of what takes them back, and of triggers.

use mortise_model::plan::{OnUnclear, Retry, STEP_TIMEOUT_MS};

use crate::authored::Use;
use crate::read::durations::{ATTEMPT_MAX_MS, duration_ms};
use crate::read::fields::Fields;
use crate::read::values;
use crate::source::Sink;
use crate::yaml::Entry;

/// Attempts that a step may have.
const ATTEMPTS_MAX: u32 = 100;

/// The most that a pause may be multiplied with.
const FACTOR_MAX: f64 = 10.0;

/// The operation of a step, among the step's own words.
pub(super) fn of_step<'n>(fields: &mut Fields<'n>, sink: &mut Sink<'_>) -> Use<'n> {
    Use {
        records: fields.take("records").map(|entry| &entry.value),
        on_unclear: fields
            .take("on-unclear")
            .and_then(|entry| on_unclear(entry, sink)),
        ..of_call(fields, sink)
    }
}

/// The operation that takes a step back.
pub(super) fn of_undo<'n>(entry: &'n Entry, sink: &mut Sink<'_>) -> Option<Use<'n>> {
    let mut fields = Fields::of(&entry.value, "`undo`", sink)?;
    fields.require("uses", "uses: shop/cancel-order", sink);
    let undo = of_call(&mut fields, sink);
    fields.finish(sink);
    Some(undo)
}

/// The operation of a trigger, among the trigger's own words.
pub(in crate::read) fn of_trigger<'n>(fields: &mut Fields<'n>, sink: &mut Sink<'_>) -> Use<'n> {
    Use {
        uses: fields.take("uses").and_then(|e| values::text(e, sink)),
        connection: fields
            .take("connection")
            .and_then(|entry| values::text(entry, sink)),
        with: fields.take("with").map(|entry| &entry.value),
        records: None,
        retry: Retry::default(),
        timeout_ms: STEP_TIMEOUT_MS,
        on_unclear: None,
    }
}

fn of_call<'n>(fields: &mut Fields<'n>, sink: &mut Sink<'_>) -> Use<'n> {
    Use {
        retry: fields
            .take("retry")
            .and_then(|entry| retry(entry, sink))
            .unwrap_or_default(),
        timeout_ms: fields
            .take("timeout")
            .and_then(|entry| duration_ms(entry, ATTEMPT_MAX_MS, sink))
            .unwrap_or(STEP_TIMEOUT_MS),
        ..of_trigger(fields, sink)
    }
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
