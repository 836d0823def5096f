//! Journals and the views that they give, as golden files.
#![allow(clippy::unwrap_used)]

mod blocks;
mod items;
mod straight;

use mortise_model::entry::{LogLine, RequestRecord, StepInput};
use mortise_model::{Cause, Disposition, Entry, Fact, Failure, Payload, Plan, Status, Timestamp};
use mortise_ports::logs::AttemptKey;

use super::{Record, project};
use crate::view::fixture::{entry, json};
use crate::view::value::Values;

fn payload(text: &str) -> Payload {
    Payload::Inline(json(text))
}

fn started(step: &str, attempt: u32, input: Option<&str>) -> Fact {
    Fact::AttemptStarted {
        step: step.into(),
        attempt,
        turn: 0,
        input: input.map(|text| StepInput {
            with: payload(text),
            records: None,
        }),
    }
}

fn succeeded(step: &str, output: &str) -> Fact {
    Fact::AttemptSucceeded {
        step: step.into(),
        output: payload(output),
        failures: Vec::new(),
        requests: Vec::new(),
    }
}

fn requests() -> Vec<RequestRecord> {
    vec![RequestRecord {
        method: "POST".to_owned(),
        url: "https://api.example.com/invoices".to_owned(),
        status: Some(503),
        duration_ms: 12,
    }]
}

fn failure(disposition: Disposition, code: &str, message: &str) -> Failure {
    Failure::new(disposition, code, message)
}

fn unavailable(step: &str, retry_at: Option<Timestamp>) -> Fact {
    let mut failure = failure(
        Disposition::Retry { after_ms: None },
        "http-503",
        "the application answered 503",
    );
    failure.cause = Some(Cause {
        status: Some(503),
        ..Cause::default()
    });
    Fact::AttemptFailed {
        step: step.into(),
        failure,
        retry_at,
        requests: requests(),
    }
}

/// The entries in their order, each a millisecond after the one before it.
fn journal(facts: Vec<Fact>) -> Vec<Entry> {
    (1..)
        .zip(facts)
        .map(|(after_ms, fact)| entry(after_ms, fact))
        .collect()
}

fn shown(plan: &Plan, entries: &[Entry], status: Status) -> String {
    let first = crate::view::fixture::accepted();
    let entries: Vec<(u32, Entry)> = (0..)
        .zip(std::iter::once(&first).chain(entries).cloned())
        .collect();
    let record = Record {
        entries: &entries,
        plan: Some(plan),
        logs: vec![(
            AttemptKey {
                step: "book".into(),
                turn: 0,
                attempt: 1,
            },
            vec![LogLine {
                at: entry(2, Fact::Started).at,
                level: "info".to_owned(),
                message: "booking".to_owned(),
                fields: vec![("id".to_owned(), "1".to_owned())],
            }],
        )],
        status,
        link: Some(&|step| format!("http://hooks/callbacks/{step}")),
    };
    let view = project(record, &Values::up_to(100)).unwrap();
    serde_json::to_string_pretty(&view).unwrap() + "\n"
}

/// Compares with a golden file; `UPDATE=1` writes it.
fn check(name: &str, actual: &str) {
    let path = format!("{}/src/view/golden/{name}.json", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, actual).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(actual, expected, "{path}");
}
