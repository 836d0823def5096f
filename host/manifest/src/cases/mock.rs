//! `mock`: what stands in for the calls of a step.

use mortise_model::Failure;
use mortise_model::failure::{Cause, Disposition};

use super::names::Kind;
use super::read::literal;
use super::{Mock, Mocks};
use crate::diagnostic::Code;
use crate::read::durations::{ATTEMPT_MAX_MS, duration_ms};
use crate::read::{Fields, values};
use crate::source::Sink;
use crate::yaml::{Entry, Node, Value};

/// The code of a failure that a test does not name more closely.
const CODE: &str = "mocked";

/// Reads what stands in for a step.
pub(super) fn mocks(entry: &Entry, kinds: &[Kind], sink: &mut Sink<'_>) -> Option<Mocks> {
    let calls = [Kind::Operation, Kind::Pages, Kind::Call];
    if !kinds.iter().any(|kind| calls.contains(kind)) {
        sink.error(
            Code::InvalidValue,
            entry.key_place,
            format!(
                "step `{}` calls nothing that a mock could stand in for",
                entry.key
            ),
            "mock the steps inside of it; what a wait waits for stands in `answers`",
        );
        return None;
    }
    let is_paged = kinds.iter().all(|kind| *kind == Kind::Pages);
    match &entry.value.value {
        Value::List(nodes) => {
            let mocks = nodes.iter().map(|node| mock(node, is_paged, sink));
            mocks.collect::<Option<_>>().map(Mocks::InTurn)
        }
        _ => mock(&entry.value, is_paged, sink).map(Mocks::Every),
    }
}

fn mock(node: &Node, is_paged: bool, sink: &mut Sink<'_>) -> Option<Mock> {
    let mut fields = Fields::of(node, "a mock", sink)?;
    let output = fields.take("output");
    let failed = fields.take("failure");
    fields.finish(sink);
    match (output, failed) {
        (Some(output), None) => {
            if is_paged && !matches!(output.value.value, Value::List(_)) {
                sink.error(
                    Code::WrongType,
                    output.value.place,
                    format!("a page is a list of records, not {}", output.value.kind()),
                    "write the records of one page, such as `output: [ { id: 1 } ]`",
                );
            }
            Some(Mock::Output(literal(output, sink)))
        }
        (None, Some(failed)) => failure(failed, sink).map(Mock::Failure),
        _ => {
            sink.error(
                Code::InvalidValue,
                node.place,
                "a mock has either an `output` or a `failure`",
                "write `{ output: … }` or `{ failure: { disposition: retry } }`",
            );
            None
        }
    }
}

/// Every disposition, by its word.
pub(super) fn dispositions() -> [(&'static str, Disposition); 8] {
    [
        Disposition::Retry { after_ms: None },
        Disposition::Unclear,
        Disposition::Reject,
        Disposition::Reauthorize,
        Disposition::Misconfigured,
        Disposition::Limit,
        Disposition::Trap,
        Disposition::Timeout,
    ]
    .map(|disposition| (disposition.word(), disposition))
}

fn failure(entry: &Entry, sink: &mut Sink<'_>) -> Option<Failure> {
    let mut fields = Fields::of(&entry.value, "a failure", sink)?;
    let disposition = fields.require("disposition", "disposition: retry", sink);
    let disposition = disposition.and_then(|e| values::choice(e, &dispositions(), sink));
    let mut text = |name, sink: &mut Sink<'_>| {
        let text = fields
            .take(name)
            .and_then(|entry| values::text(entry, sink));
        text.map(|text| text.value.to_owned())
    };
    let code = text("code", sink);
    let message = text("message", sink);
    let after = fields.take("after");
    let cause = fields.take("cause").and_then(|entry| cause(entry, sink));
    fields.finish(sink);
    let after_ms = after.and_then(|entry| duration_ms(entry, ATTEMPT_MAX_MS, sink));
    let disposition = match (disposition?, after) {
        (Disposition::Retry { .. }, _) => Disposition::Retry { after_ms },
        (other, None) => other,
        (other, Some(after)) => {
            sink.error(
                Code::InvalidValue,
                after.key_place,
                format!("a failure that is `{}` names no time", other.word()),
                "`after` belongs to `disposition: retry`",
            );
            other
        }
    };
    Some(Failure {
        disposition,
        code: code.unwrap_or_else(|| CODE.to_owned()),
        message: message.unwrap_or_else(|| "the test says that this fails".to_owned()),
        cause,
    })
}

fn cause(entry: &Entry, sink: &mut Sink<'_>) -> Option<Cause> {
    let mut fields = Fields::of(&entry.value, "a cause", sink)?;
    let status = fields.take("status");
    let status = status.and_then(|entry| values::whole(entry, 100, 599, sink));
    let record = fields.take("record");
    let record = record.and_then(|entry| values::whole(entry, 0, u32::MAX, sink));
    let mut text = |name| {
        let text = fields
            .take(name)
            .and_then(|entry| values::text(entry, sink));
        text.map(|text| text.value.to_owned())
    };
    let cause = Cause {
        status: status.and_then(|status| u16::try_from(status).ok()),
        code: text("code"),
        record,
        field: text("field"),
        body: text("body"),
    };
    fields.finish(sink);
    Some(cause)
}
