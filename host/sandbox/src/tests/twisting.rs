//! Transforms: what becomes of records, and how little of the world there is.

use mortise_model::descriptor::Records;
use mortise_ports::plugins::{Outcome, Report};

use super::{Stage, code, failure, guest, hostile, outcome, output, settings};
use crate::records;

async fn stage() -> Stage {
    Stage::new(settings(), hostile()).await
}

async fn twist(stage: &Stage, what: &str, records: &str) -> Report {
    let operation = stage.transform("twist", Records::Each);
    let with = format!(r#"{{"what":"{what}"}}"#);
    stage.call(operation, &with, Some(records)).await
}

#[tokio::test]
async fn one_in_one_out_a_list_in_a_list_out() {
    let stage = stage().await;
    for (what, records, expected) in [
        ("keep", r#"{"a":1.10}"#, r#"{"a":1.10}"#),
        ("keep", "[1, 2]", "[1,2]"),
        ("keep", "[]", "[]"),
        ("keep", " [1]", "[1]"),
        ("drop", "1", "null"),
        ("drop", "[1,2]", "[]"),
        ("twice", "1", "[1,1]"),
        ("twice", "[1,2]", "[1,1,2,2]"),
        ("odd", "[10,1,22]", "[10,22]"),
    ] {
        let report = twist(&stage, what, records).await;
        assert_eq!(output(&report), expected, "{what} {records}");
    }
}

#[tokio::test]
async fn records_that_fail_are_left_out_and_listed() {
    let stage = stage().await;
    let report = twist(&stage, "odd", "[1,20,333]").await;
    assert_eq!(output(&report), "[20]");
    let Outcome::Output { failures, .. } = outcome(&report) else {
        panic!("{report:?}");
    };
    let listed: Vec<_> = failures
        .iter()
        .map(|f| (f.record, f.field.as_deref(), f.message.as_str()))
        .collect();
    assert_eq!(
        listed,
        [
            (0, Some("/odd"), "it is odd"),
            (2, Some("/odd"), "it is odd")
        ]
    );
}

#[tokio::test]
async fn where_all_fail_the_step_is_rejected_for_the_first() {
    let stage = stage().await;
    for records in ["[1,333]", "1"] {
        let report = twist(&stage, "fail", records).await;
        assert_eq!(code(&report), ("reject", "misconfigured"));
        let cause = failure(&report).cause.as_ref().unwrap();
        assert_eq!(
            (cause.record, cause.field.as_deref()),
            (Some(0), Some("/odd"))
        );
    }
}

#[tokio::test]
async fn a_broken_result_is_told_from_a_broken_contract() {
    let stage = stage().await;
    for (what, expected) in [
        ("lose", ("trap", "contract")),
        ("break", ("misconfigured", "bad-output")),
        ("halve", ("misconfigured", "bad-output")),
    ] {
        assert_eq!(
            code(&twist(&stage, what, "[1,2]").await),
            expected,
            "{what}"
        );
    }
}

#[test]
fn what_nobody_can_read_later_is_no_output() {
    for text in [r#"{"a":"\ud800"}"#, "[1e999]"] {
        let text = text.to_owned();
        let whole = records::checked("p", &settings(), text.clone());
        let listed = records::list("p", &settings(), vec![text]);
        for failure in [whole, listed].map(Result::unwrap_err) {
            assert_eq!(failure.code, "bad-output", "{}", failure.message);
        }
    }
}

#[tokio::test]
async fn a_fold_makes_one_value_of_all_records() {
    let stage = Stage::new(settings(), guest("plugins", "jq")).await;
    let fold = |program: &str, records: &'static str| {
        let operation = stage.transform("fold", Records::All);
        let with = format!(r#"{{"program":"{program}"}}"#);
        let stage = &stage;
        async move { stage.call(operation, &with, Some(records)).await }
    };
    assert_eq!(output(&fold("add", "[1,2,3]").await), "6");
    assert_eq!(output(&fold("length", "[]").await), "0");
    assert_eq!(code(&fold(".[0].a.b", "[1]").await).0, "reject");
}

#[tokio::test]
async fn time_stands_still_and_chance_repeats_itself() {
    let stage = stage().await;
    let times = twist(&stage, "time", "1").await;
    assert_eq!(output(&times), "[1577836800,0]");
    let first = twist(&stage, "chance", "1").await;
    let second = twist(&stage, "chance", "1").await;
    assert_eq!(output(&first), output(&second));
}

#[tokio::test]
async fn a_transform_neither_waits_nor_reaches_anything() {
    let stage = stage().await;
    let waited = twist(&stage, "wait", "1").await;
    assert_eq!(code(&waited), ("trap", "trap"));
    assert!(
        failure(&waited).message.contains("cannot wait"),
        "{waited:?}"
    );
    let requested = twist(&stage, "request", "1").await;
    assert!(
        failure(&requested).message.contains("reaches nothing"),
        "{requested:?}"
    );
    assert!(requested.requests.is_empty());
    let asked = twist(&stage, "context", "1").await;
    assert!(
        failure(&asked).message.contains("no access to its call"),
        "{asked:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn endless_and_greedy_transforms_end_while_others_go_on() {
    let stage = stage().await;
    let mut short = stage.transform("twist", Records::Each);
    short.timeout_ms = 300;
    let endless = (0..4).map(|_| stage.call(short.clone(), r#"{"what":"loop"}"#, Some("1")));
    let quick = async {
        for _ in 0..50 {
            assert_eq!(output(&twist(&stage, "keep", "7").await), "7");
        }
    };
    let (endless, greedy, ()) = tokio::join!(
        futures_of(endless.collect()),
        twist(&stage, "grow", "1"),
        quick
    );
    for report in endless {
        assert_eq!(code(&report), ("timeout", "deadline"));
    }
    assert_eq!(code(&greedy), ("limit", "memory-max"));
    assert!(
        failure(&greedy)
            .message
            .contains("`sandbox.memory-max-bytes`")
    );
}

/// All of them, one after the other is awaited while the others are polled by turns.
async fn futures_of<F: Future>(futures: Vec<F>) -> Vec<F::Output> {
    let mut futures: Vec<_> = futures.into_iter().map(Box::pin).collect();
    let mut done: Vec<Option<F::Output>> = futures.iter().map(|_| None).collect();
    std::future::poll_fn(|cx| {
        for (future, done) in futures.iter_mut().zip(&mut done) {
            if done.is_none()
                && let std::task::Poll::Ready(output) = future.as_mut().poll(cx)
            {
                *done = Some(output);
            }
        }
        match done.iter().all(Option::is_some) {
            true => std::task::Poll::Ready(()),
            false => std::task::Poll::Pending,
        }
    })
    .await;
    done.into_iter().flatten().collect()
}
