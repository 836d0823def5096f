use mortise_model::entry::{End, Held, ItemFailure, Waiting};
use mortise_model::event::Event;
use mortise_model::plan::Decision;
use mortise_model::{Digest, Disposition, Fact, Failure, Letter, RunId, Status, Timestamp};

use super::{check, failure, journal, payload, shown, started, succeeded, unavailable};
use crate::view::fixture::{json, nested};

fn refused() -> Failure {
    failure(
        Disposition::Reject,
        "http-422",
        "the application answered 422",
    )
}

fn attempt_failed(step: &str) -> Fact {
    Fact::AttemptFailed {
        step: step.into(),
        failure: refused(),
        retry_at: None,
        requests: Vec::new(),
    }
}

fn read(number: u64, letter: Letter) -> Fact {
    Fact::LetterRead { number, letter }
}

fn replay(from: Option<&str>, event: Option<&str>) -> [Fact; 2] {
    let (from, event) = (from.map(Into::into), event.map(payload));
    let letter = Letter::Replay {
        from: from.clone(),
        event: event.clone(),
        by: "ann".to_owned(),
        why: "the price is corrected".to_owned(),
    };
    [read(1, letter), Fact::Replayed { from, event }]
}

fn parked(step: &str) -> Fact {
    Fact::Ended(End::Parked {
        step: Some(step.into()),
        failure: refused(),
    })
}

#[test]
fn a_request_becomes_the_event_that_the_plugin_reads_from_it() {
    let event = Event {
        id: "evt_7".to_owned(),
        payload: payload(r#"{"id":"7"}"#),
        request: None,
    };
    let entries = journal(vec![
        Fact::Started,
        started("receive-event", 1, None),
        Fact::EventReceived {
            event,
            requests: Vec::new(),
        },
    ]);
    check("received", &shown(&nested(), &entries, Status::Running));
}

#[test]
fn blocks_show_their_inner_steps_in_the_order_of_their_start() {
    let entries = journal(vec![
        Fact::Started,
        Fact::CaseTaken {
            step: "size".into(),
            case: Some(1),
        },
        started("size[1].tell", 1, Some("{}")),
        succeeded("size[1].tell", "{}"),
        Fact::StepSucceeded {
            step: "size".into(),
            output: payload(r#"{"tell":{}}"#),
        },
        Fact::BranchesTaken {
            step: "spread".into(),
        },
        started("spread.stock.take", 1, Some("{}")),
        started("spread.ledger.row", 1, Some("{}")),
        unavailable("spread.ledger.row", Some(Timestamp(1_741_944_500_000))),
    ]);
    check("blocks", &shown(&nested(), &entries, Status::Running));
}

#[test]
fn items_that_failed_are_listed_and_parts_that_are_done_are_counted() {
    let item = ItemFailure {
        item: 3,
        step: "lines[3].stock".into(),
        failure: refused(),
    };
    let entries = journal(vec![
        Fact::Started,
        Fact::ItemsTaken {
            step: "lines".into(),
            items: payload("[1,2]"),
            count: 2,
            next: Some(json("\"p2\"")),
        },
        // The entries of the first part are gone.
        Fact::PageDone {
            step: "lines".into(),
            page: 0,
            output: None,
            succeeded: 1,
            failed: 1,
            failures: vec![ItemFailure {
                item: 1,
                step: "lines[1].stock".into(),
                failure: refused(),
            }],
            next: Some(json("\"p2\"")),
        },
        Fact::AttemptPaged {
            step: "lines".into(),
            records: payload("[3,4]"),
            count: 2,
            next: None,
            requests: Vec::new(),
        },
        started("lines[2].stock", 1, Some("{}")),
        started("lines[3].stock", 1, Some("{}")),
        attempt_failed("lines[3].stock"),
        Fact::ItemFailed {
            step: "lines".into(),
            item,
        },
    ]);
    check("items", &shown(&nested(), &entries, Status::Running));
}

#[test]
fn an_approval_a_call_and_a_closed_gate_say_what_they_wait_for() {
    let until = Timestamp(1_741_950_000_000);
    let child = RunId::from_parts(1_741_944_413_100, 8);
    let entries = journal(vec![
        Fact::Started,
        Fact::StepEntered {
            step: "book".into(),
            input: None,
        },
        Fact::StepHeld {
            step: "book".into(),
            until,
            why: Held::Breaker,
        },
        Fact::StepWaiting {
            step: "ok".into(),
            until,
            wait: Waiting::Approval {
                otherwise: Decision::Reject,
            },
        },
        Fact::StepWaiting {
            step: "archive".into(),
            until: Timestamp(i64::MAX),
            wait: Waiting::Child(child),
        },
    ]);
    check("waits", &shown(&nested(), &entries, Status::Waiting));
}

/// Step `ok` asks for an approval.
fn asked() -> Fact {
    Fact::StepWaiting {
        step: "ok".into(),
        until: Timestamp(1_741_950_000_000),
        wait: Waiting::Approval {
            otherwise: Decision::Reject,
        },
    }
}

#[test]
fn history_says_who_decided_what_and_why() {
    let entries = journal(vec![
        Fact::Started,
        asked(),
        read(
            0,
            Letter::Decided {
                step: "ok".into(),
                decision: Decision::Approve,
                by: "ann".to_owned(),
                why: "checked by phone".to_owned(),
            },
        ),
        Fact::StepSucceeded {
            step: "ok".into(),
            output: payload(r#"{"decision":"approve","by":"ann","why":"checked by phone"}"#),
        },
        read(
            1,
            Letter::Move {
                plan: Digest::of(b"next"),
                version: 4,
                by: "bob".to_owned(),
                why: "the price was wrong".to_owned(),
            },
        ),
        Fact::Moved {
            plan: Digest::of(b"next"),
            version: 4,
        },
        read(
            2,
            Letter::Cancel {
                by: "bob".to_owned(),
                why: "ordered twice".to_owned(),
            },
        ),
        Fact::Ending(End::Cancelled {
            why: "ordered twice".to_owned(),
        }),
        Fact::Finishing,
        started("finally.clean", 1, Some("{}")),
        succeeded("finally.clean", "{}"),
        Fact::Ended(End::Cancelled {
            why: "ordered twice".to_owned(),
        }),
    ]);
    check("cancelled", &shown(&nested(), &entries, Status::Cancelled));
}

#[test]
fn a_replayed_run_keeps_its_attempts_and_does_the_rest_again() {
    let mut facts = vec![
        Fact::Started,
        started("book", 1, Some("{}")),
        succeeded("book", "{}"),
        Fact::CaseTaken {
            step: "size".into(),
            case: Some(1),
        },
        started("size[1].tell", 1, Some("{}")),
        attempt_failed("size[1].tell"),
        parked("size[1].tell"),
    ];
    check(
        "parked-inside",
        &shown(&nested(), &journal(facts.clone()), Status::Parked),
    );
    facts.extend(replay(None, None));
    let failed = shown(&nested(), &journal(facts.clone()), Status::Queued);
    check("replayed", &failed);
    facts.truncate(facts.len() - 2);
    facts.extend(replay(Some("book"), Some(r#"{"id":"2"}"#)));
    facts.push(started("book", 2, Some("{}")));
    check(
        "replayed-edited",
        &shown(&nested(), &journal(facts), Status::Running),
    );
}

#[test]
fn a_step_that_cannot_be_taken_back_parks_the_run() {
    let entries = journal(vec![
        Fact::Started,
        started("book", 1, Some("{}")),
        succeeded("book", "{}"),
        Fact::StepWaiting {
            step: "archive".into(),
            until: Timestamp(i64::MAX),
            wait: Waiting::Child(RunId::from_parts(1_741_944_413_100, 8)),
        },
        Fact::Ending(End::Failed {
            step: Some("archive".into()),
            failure: failure(Disposition::Reject, "child-failed", "run … failed"),
        }),
        Fact::Undoing,
        started("book.undo", 1, Some("{}")),
        attempt_failed("book.undo"),
        parked("book.undo"),
    ]);
    check("undo-failed", &shown(&nested(), &entries, Status::Parked));
}

#[test]
fn a_failure_that_the_manifest_handles_is_shown_at_its_step() {
    let entries = journal(vec![
        Fact::Started,
        started("book", 1, Some("{}")),
        attempt_failed("book"),
        Fact::StepFailed {
            step: "book".into(),
            failure: refused(),
        },
        started("book.on-failure.tell", 1, Some("{}")),
    ]);
    check("handled", &shown(&nested(), &entries, Status::Running));
}

/// Status and wait of `ok`.
fn asks(facts: &[Fact], status: Status) -> (String, serde_json::Value) {
    let view = shown(&nested(), &journal(facts.to_vec()), status);
    let view: serde_json::Value = serde_json::from_str(&view).unwrap();
    let mut steps = view["steps"].as_array().unwrap().iter();
    let step = steps.find(|step| step["path"] == "ok").unwrap();
    let status = step["status"].as_str().unwrap();
    (status.to_owned(), step["wait"].clone())
}

#[test]
fn nobody_is_asked_by_a_run_that_is_parked() {
    let mut facts = vec![Fact::Started, asked()];
    let (status, asked) = asks(&facts, Status::Running);
    assert_eq!(status, "waiting");
    assert!(asked["url"].is_string(), "{asked}");

    facts.push(parked("archive"));
    let (status, wait) = asks(&facts, Status::Parked);
    assert_eq!(status, "pending");
    assert_eq!(wait["url"], serde_json::Value::Null);
    assert_eq!(wait["until"], asked["until"]);
    assert!(wait["why"].as_str().unwrap().contains("replayed"), "{wait}");

    // What is told to a parked run parks it once more.
    facts.extend([read(0, Letter::Wake), parked("archive")]);
    assert_eq!(asks(&facts, Status::Parked), (status, wait));

    let mut given_up = facts.clone();
    given_up.push(Fact::Ended(End::Cancelled { why: "no".into() }));
    let (status, wait) = asks(&given_up, Status::Cancelled);
    assert_eq!((status.as_str(), wait.is_null()), ("cancelled", true));

    facts.extend(replay(None, None));
    let (status, wait) = asks(&facts, Status::Running);
    assert_eq!((status.as_str(), wait), ("waiting", asked));
}
