use mortise_model::entry::End;
use mortise_model::failure::RecordFailure;
use mortise_model::{Disposition, Fact, Status, Timestamp};

use super::{check, failure, payload, requests, shown, started, unavailable};
use crate::view::fixture::{entry, plan};

#[test]
fn a_queued_run_shows_every_step_as_pending() {
    check("queued", &shown(&plan(), &[], Status::Queued));
}

#[test]
fn a_run_that_waits_for_a_retry_says_until_when() {
    let until = entry(900, Fact::Started).at;
    let entries = [
        entry(1, Fact::Started),
        entry(1, started("book", 1, Some(r#"{"a":1}"#))),
        entry(20, unavailable("book", Some(until))),
        entry(20, Fact::Suspended { until }),
    ];
    check("waiting", &shown(&plan(), &entries, Status::Waiting));
}

#[test]
fn a_succeeded_run_shows_what_each_step_did() {
    let entries = [
        entry(1, Fact::Started),
        entry(1, started("book", 1, Some(r#"{"a":1}"#))),
        entry(
            30,
            Fact::AttemptSucceeded {
                step: "book".into(),
                output: payload(&format!("\"{}\"", "x".repeat(200))),
                failures: vec![RecordFailure {
                    record: 2,
                    field: Some("/price".to_owned()),
                    message: "`abc` is not a number".to_owned(),
                }],
                requests: requests(),
            },
        ),
        entry(
            30,
            Fact::StepSkipped {
                step: "tell".into(),
            },
        ),
        entry(
            31,
            Fact::Ended(End::Succeeded {
                output: payload("null"),
            }),
        ),
    ];
    // The store's status is older than the journal.
    check("succeeded", &shown(&plan(), &entries, Status::Running));
}

#[test]
fn a_parked_run_says_why_in_a_sentence() {
    let entries = [
        entry(1, Fact::Started),
        entry(1, started("book", 1, Some("{}"))),
        entry(20, unavailable("book", Some(Timestamp(0)))),
        entry(20, started("book", 2, None)),
        entry(40, unavailable("book", None)),
        entry(
            40,
            Fact::Ended(End::Parked {
                step: Some("book".into()),
                failure: failure(
                    Disposition::Retry { after_ms: None },
                    "http-503",
                    "the application answered 503",
                ),
            }),
        ),
    ];
    check("parked", &shown(&plan(), &entries, Status::Parked));
}
