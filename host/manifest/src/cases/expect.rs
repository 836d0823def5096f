//! `expect`: what has to come of a case.

use mortise_model::run::Status;

use super::mock::dispositions;
use super::names::{Kind, Names};
use super::read::{by_step, literal};
use super::{Expect, ExpectFailure, ExpectStep, StepEnd};
use crate::diagnostic::Code;
use crate::read::{Fields, values};
use crate::source::Sink;
use crate::yaml::Entry;

/// How often a step may be expected to run.
const RAN_MAX: u32 = 1_000_000;

impl Default for Expect {
    fn default() -> Self {
        Self {
            status: Status::Succeeded,
            output: None,
            steps: std::collections::BTreeMap::new(),
            failure: None,
        }
    }
}

/// Reads what is expected.
pub(super) fn expect(entry: &Entry, names: &Names<'_>, sink: &mut Sink<'_>) -> Expect {
    let Some(mut fields) = Fields::of(&entry.value, "`expect`", sink) else {
        return Expect::default();
    };
    let rests = Status::ALL.into_iter().filter(|status| status.is_rest());
    let rests: Vec<_> = rests.map(|status| (status.word(), status)).collect();
    let status = fields.take("status");
    let status = status.and_then(|entry| values::choice(entry, &rests, sink));
    let status = status.unwrap_or(Status::Succeeded);
    let output = fields.take("output").map(|entry| literal(entry, sink));
    let steps = fields.take("steps");
    let steps = steps.map(|entry| by_step(entry, names, sink, step));
    let failed = fields.take("failure");
    fields.finish(sink);
    if let Some(entry) = failed.filter(|_| status == Status::Succeeded) {
        sink.error(
            Code::InvalidValue,
            entry.key_place,
            "a run that succeeds has no failure",
            "write `status: parked` or `status: failed` beside it",
        );
    }
    Expect {
        status,
        output,
        steps: steps.unwrap_or_default(),
        failure: failed.and_then(|entry| failure(entry, names, sink)),
    }
}

fn step(entry: &Entry, _: &[Kind], sink: &mut Sink<'_>) -> Option<ExpectStep> {
    let mut fields = Fields::of(&entry.value, "an expected step", sink)?;
    let ran = fields.take("ran");
    let status = fields.take("status");
    let step = ExpectStep {
        ran: ran.and_then(|entry| values::whole(entry, 0, RAN_MAX, sink)),
        status: status.and_then(|entry| values::choice(entry, &StepEnd::WORDS, sink)),
        input: fields.take("input").map(|entry| literal(entry, sink)),
        output: fields.take("output").map(|entry| literal(entry, sink)),
    };
    fields.finish(sink);
    Some(step)
}

fn failure(entry: &Entry, names: &Names<'_>, sink: &mut Sink<'_>) -> Option<ExpectFailure> {
    let mut fields = Fields::of(&entry.value, "an expected failure", sink)?;
    let step = fields.take("step");
    let step = step.and_then(|entry| values::text(entry, sink));
    let code = fields.take("code");
    let code = code.and_then(|entry| values::text(entry, sink));
    let words = dispositions().map(|(word, _)| (word, word));
    let disposition = fields.take("disposition");
    let disposition = disposition.and_then(|entry| values::choice(entry, &words, sink));
    fields.finish(sink);
    let step = step.and_then(|name| names.find(name.value, name.place, sink));
    Some(ExpectFailure {
        step: step.map(|(path, _)| path),
        code: code.map(|code| code.value.to_owned()),
        disposition,
    })
}
