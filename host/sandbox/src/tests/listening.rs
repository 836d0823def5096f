//! Polls and webhooks of a guest that gives what nobody can use.

use mortise_ports::plugins::{Invocation, Outcome, Report};

use mortise_model::plan::{Operation, OperationKind};

use super::{Stage, code, failure, hostile, json, outcome, poll, receive, request, settings};
use crate::Settings;

async fn stage() -> Stage {
    Stage::new(settings(), hostile()).await
}

fn with(what: &str, bytes: usize) -> String {
    format!(r#"{{"what":"{what}","bytes":{bytes}}}"#)
}

async fn nag(stage: &Stage, what: &str, bytes: usize) -> Report {
    let mut operation = stage.operation("nag", OperationKind::Polling);
    operation.timeout_ms = 2_000;
    stage
        .invoke(operation, poll(&with(what, bytes), None))
        .await
}

async fn hook(stage: &Stage, name: &str, what: &str, bytes: usize) -> Report {
    let mut operation = stage.webhook(name);
    operation.timeout_ms = 2_000;
    let request = request("POST", "/x", "");
    stage
        .invoke(operation, receive(&with(what, bytes), request))
        .await
}

/// What becomes of events, wherever they come from.
const EVENTS: [(&str, usize, (&str, &str)); 13] = [
    ("panic", 0, ("trap", "trap")),
    ("fail", 0, ("retry", "later")),
    ("grow", 1 << 30, ("limit", "memory-max")),
    ("endless", 0, ("limit", "memory-max")),
    ("events", 10_001, ("limit", "events-max")),
    ("id", 0, ("misconfigured", "bad-output")),
    ("id", 513, ("misconfigured", "bad-output")),
    ("id", 9_000_000, ("limit", "hostcall-max")),
    ("key", 0, ("misconfigured", "bad-output")),
    ("key", 513, ("misconfigured", "bad-output")),
    ("large", 5_000_000, ("limit", "hostcall-max")),
    ("broken", 0, ("misconfigured", "bad-output")),
    ("loop", 0, ("timeout", "deadline")),
];

#[tokio::test]
async fn events_of_a_poll_are_bounded_and_well_formed() {
    let stage = stage().await;
    for (what, bytes, expected) in EVENTS {
        assert_eq!(
            code(&nag(&stage, what, bytes).await),
            expected,
            "{what} {bytes}"
        );
    }
    let named = nag(&stage, "broken", 0).await;
    assert!(
        failure(&named).message.contains("event 1 has a payload"),
        "{named:?}"
    );
    for (what, bytes) in [("events", 10_000), ("id", 512), ("key", 512), ("none", 0)] {
        let report = nag(&stage, what, bytes).await;
        assert!(
            matches!(outcome(&report), Outcome::News { more: true, .. }),
            "{what}"
        );
    }
}

#[tokio::test]
async fn events_of_a_webhook_are_bounded_and_well_formed() {
    let stage = stage().await;
    for (what, bytes, expected) in EVENTS {
        assert_eq!(
            code(&hook(&stage, "hook", what, bytes).await),
            expected,
            "{what} {bytes}"
        );
    }
}

#[tokio::test]
async fn events_share_the_limit_of_an_output() {
    let small = Settings {
        payload_max_bytes: 100,
        events_max: 1,
        ..settings()
    };
    let stage = Stage::new(small, hostile()).await;
    assert_eq!(
        code(&nag(&stage, "events", 2).await),
        ("limit", "events-max")
    );
    // Each alone has room.
    assert_eq!(
        code(&nag(&stage, "id", 101).await),
        ("limit", "payload-max")
    );
}

#[tokio::test]
async fn what_a_poll_remembers_is_bounded_and_comes_back() {
    let stage = stage().await;
    let most = Settings::TOKEN_MAX_BYTES;
    for (bytes, expected) in [
        (most + 1, ("limit", "token-max")),
        (9_000_000, ("limit", "hostcall-max")),
    ] {
        let report = nag(&stage, "cursor", bytes).await;
        assert_eq!(code(&report), expected, "{bytes}");
    }
    let broken = nag(&stage, "broken cursor", 0).await;
    assert_eq!(code(&broken), ("misconfigured", "bad-output"));
    let operation = stage.operation("nag", OperationKind::Polling);
    let again = poll(&with("none", 0), Some(r#"{"at": 1.50}"#));
    let report = stage.invoke(operation, again).await;
    let Outcome::News { events, cursor, .. } = outcome(&report) else {
        panic!("{report:?}");
    };
    assert_eq!((events.len(), cursor.as_str()), (0, r#"{"at": 1.50}"#));
}

#[tokio::test]
async fn a_webhook_sees_the_request_and_keeps_its_memory() {
    let stage = stage().await;
    let receive = Invocation::Receive {
        input: json(&with("none", 0)),
        memory: Some(json("[7]")),
        request: request("POST", "/x", ""),
    };
    let report = stage.invoke(stage.webhook("hook"), receive).await;
    let Outcome::Reception {
        events,
        answer,
        memory,
    } = outcome(&report)
    else {
        panic!("{report:?}");
    };
    assert_eq!((events.len(), answer), (0, &None));
    assert_eq!(memory.as_ref().unwrap().as_str(), "[7]");
    assert_eq!(report.log[0].message, "x-one: 1");
    for (what, bytes, expected) in [
        ("memory", 65_537, ("limit", "token-max")),
        ("broken memory", 0, ("misconfigured", "bad-output")),
        ("answer", 0, ("misconfigured", "undeclared-answers")),
    ] {
        assert_eq!(
            code(&hook(&stage, "hook", what, bytes).await),
            expected,
            "{what}"
        );
    }
}

#[tokio::test]
async fn before_the_answer_there_is_one_second_and_no_request() {
    assert_eq!(Settings::default().answer_time_max_ms, 1_000);
    let short = Settings {
        answer_time_max_ms: 100,
        ..settings()
    };
    let stage = Stage::new(short, hostile()).await;
    for name in ["reply", "proof"] {
        let late = hook(&stage, name, "loop", 0).await;
        assert_eq!(code(&late), ("timeout", "answer-time-max"), "{name}");
        assert!(
            failure(&late)
                .message
                .contains("`sandbox.answer-time-max-ms` of 100 ms")
        );
    }
    let asked = hook(&stage, "reply", "request", 0).await;
    assert_eq!(code(&asked).0, "misconfigured");
    assert!(
        failure(&asked).message.contains("sends no requests"),
        "{asked:?}"
    );
    assert!(asked.requests.is_empty());
    let answered = hook(&stage, "proof", "answer", 0).await;
    assert_eq!(code(&answered), ("misconfigured", "undeclared-answers"));
}

#[tokio::test]
async fn an_answer_is_one_that_can_be_sent() {
    let stage = stage().await;
    for (what, bytes, expected) in [
        ("status", 199, ("misconfigured", "bad-output")),
        ("status", 600, ("misconfigured", "bad-output")),
        ("name", 0, ("misconfigured", "bad-output")),
        ("value", 0, ("misconfigured", "bad-output")),
        ("framing", 0, ("misconfigured", "bad-output")),
        ("headers", 40_000, ("limit", "header-block-max")),
        ("large", 9_000_000, ("limit", "hostcall-max")),
        ("panic", 0, ("trap", "trap")),
    ] {
        assert_eq!(
            code(&hook(&stage, "reply", what, bytes).await),
            expected,
            "{what} {bytes}"
        );
    }
    let report = hook(&stage, "reply", "fine", 0).await;
    let Outcome::Reception {
        answer: Some(answer),
        ..
    } = outcome(&report)
    else {
        panic!("{report:?}");
    };
    assert_eq!(
        (answer.status, answer.headers[0].0.as_str()),
        (200, "x-seen")
    );
}

async fn subscribe(stage: &Stage, what: &str, bytes: usize, memory: Option<&str>) -> Report {
    let mut operation: Operation = stage.webhook("hook");
    operation.timeout_ms = 500;
    let invocation = Invocation::Subscribe {
        input: json(&with(what, bytes)),
        url: "https://hooks.example/x".to_owned(),
        memory: memory.map(json),
    };
    stage.invoke(operation, invocation).await
}

#[tokio::test]
async fn a_subscription_is_bounded() {
    let stage = stage().await;
    for (what, bytes, expected) in [
        ("memory", 65_537, ("limit", "token-max")),
        ("secret", 65_537, ("limit", "token-max")),
        ("secrets", 17, ("misconfigured", "bad-output")),
        ("nameless", 0, ("misconfigured", "bad-output")),
        ("panic", 0, ("trap", "trap")),
        ("loop", 0, ("timeout", "deadline")),
    ] {
        let report = subscribe(&stage, what, bytes, None).await;
        assert_eq!(code(&report), expected, "{what} {bytes}");
    }
    for (memory, expected) in [(None, "\"https://hooks.example/x\""), (Some("[1]"), "[1]")] {
        let report = subscribe(&stage, "secret", 5, memory).await;
        let Outcome::Subscription {
            memory, secrets, ..
        } = outcome(&report)
        else {
            panic!("{report:?}");
        };
        assert_eq!(memory.as_str(), expected);
        assert_eq!(
            secrets,
            &[("signing-secret".to_owned(), "sssss".to_owned())]
        );
    }
}

#[tokio::test]
async fn taking_a_subscription_back_may_fail_as_anything_else() {
    let stage = stage().await;
    let unsubscribe = async |what: &str| {
        let invocation = Invocation::Unsubscribe {
            input: json(&with(what, 0)),
            memory: json("1"),
        };
        stage.invoke(stage.webhook("hook"), invocation).await
    };
    assert!(matches!(
        outcome(&unsubscribe("none").await),
        Outcome::Unsubscribed
    ));
    assert_eq!(code(&unsubscribe("panic").await), ("trap", "trap"));
    assert_eq!(code(&unsubscribe("fail").await), ("retry", "later"));
}
