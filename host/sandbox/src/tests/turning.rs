//! Actions of more than one turn: pages, suspensions, and what a call knows of itself.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use mortise_ports::Plugins as _;
use mortise_ports::plugins::{Outcome, Report, Turn};

use super::{Stage, action, call, code, failure, hostile, json, outcome, output, settings};
use crate::Settings;

async fn stage() -> Stage {
    Stage::new(settings(), hostile()).await
}

async fn leaf(stage: &Stage, what: &str, bytes: usize) -> Report {
    let with = format!(r#"{{"what":"{what}","bytes":{bytes}}}"#);
    stage.call(stage.paged("leaf"), &with, None).await
}

fn page(report: &Report) -> (&str, u32, Option<&str>) {
    match outcome(report) {
        Outcome::Page {
            records,
            count,
            next,
        } => (
            records.as_str(),
            *count,
            next.as_ref().map(|next| next.as_str()),
        ),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_page_is_a_list_with_its_count_and_its_token() {
    let stage = stage().await;
    assert_eq!(
        page(&leaf(&stage, "records", 3).await),
        ("[0,1,2]", 3, None)
    );
    assert_eq!(page(&leaf(&stage, "records", 0).await), ("[]", 0, None));
    assert_eq!(
        page(&leaf(&stage, "token", 5).await),
        ("[]", 0, Some("\"xxx\""))
    );
    // All at once is one page.
    assert_eq!(page(&leaf(&stage, "list", 0).await), ("[1, 2, 3]", 3, None));
}

#[tokio::test]
async fn a_page_has_limits_with_names() {
    let stage = stage().await;
    let most = Settings::PAGE_RECORDS_MAX;
    assert_eq!(page(&leaf(&stage, "records", most).await).1, 10_000);
    let most = Settings::TOKEN_MAX_BYTES;
    assert!(page(&leaf(&stage, "token", most).await).2.is_some());
    for (what, bytes, expected) in [
        ("records", 10_001, ("limit", "page-records-max")),
        ("token", 65_537, ("limit", "token-max")),
        ("token", 9_000_000, ("limit", "hostcall-max")),
        ("large", 5_000_000, ("limit", "hostcall-max")),
        ("text", 3, ("misconfigured", "bad-output")),
        ("broken", 0, ("misconfigured", "bad-output")),
        ("halves", 0, ("misconfigured", "bad-output")),
    ] {
        assert_eq!(code(&leaf(&stage, what, bytes).await), expected, "{what}");
    }
    let many = leaf(&stage, "records", 10_001).await;
    let sentence = &failure(&many).message;
    assert!(sentence.contains("10001 records, over the limit `sandbox.page-records-max` of 10000"));
    let small = Settings {
        payload_max_bytes: 100,
        ..settings()
    };
    let stage = Stage::new(small, hostile()).await;
    assert_eq!(
        code(&leaf(&stage, "large", 60).await),
        ("limit", "payload-max")
    );
}

#[tokio::test]
async fn a_page_that_was_not_declared_is_refused_with_the_remedy() {
    let stage = stage().await;
    let report = stage
        .call(stage.action("act"), r#"{"what":"page"}"#, None)
        .await;
    assert_eq!(code(&report), ("misconfigured", "undeclared-paging"));
    let sentence = &failure(&report).message;
    assert!(
        sentence.contains("does not declare `paging` for `hostile/act`"),
        "{sentence}"
    );
    assert!(sentence.contains("const PAGED: bool = true"), "{sentence}");
}

#[tokio::test]
async fn a_suspension_ends_by_time_or_by_a_callback_that_there_is() {
    let stage = stage().await;
    let act = async |with: &str, callback_url: Option<&str>| {
        let mut call = call(stage.action("act"), action(with, Turn::Start));
        call.callback_url = callback_url.map(str::to_owned);
        stage.sandbox.call(call).await
    };
    let later = act(r#"{"what":"suspend","bytes":2}"#, None).await;
    let Outcome::Suspended {
        token,
        poll_after_ms,
        callback,
    } = outcome(&later)
    else {
        panic!("{later:?}");
    };
    assert_eq!(
        (token.as_str(), *poll_after_ms, *callback),
        ("\"xx\"", Some(u64::MAX), false)
    );
    let called = act(r#"{"what":"called"}"#, Some("https://hooks.example/c")).await;
    assert!(matches!(
        outcome(&called),
        Outcome::Suspended { callback: true, .. }
    ));
    for (with, expected) in [
        (r#"{"what":"called"}"#, ("misconfigured", "no-callback")),
        (r#"{"what":"forever"}"#, ("trap", "contract")),
        (
            r#"{"what":"suspend","bytes":65535}"#,
            ("limit", "token-max"),
        ),
    ] {
        assert_eq!(code(&act(with, None).await), expected, "{with}");
    }
}

#[tokio::test]
async fn a_turn_brings_its_token_and_what_was_called_back() {
    let stage = stage().await;
    let said = async |turn: Turn| {
        let report = stage
            .invoke(stage.paged("leaf"), action(r#"{"what":"tell"}"#, turn))
            .await;
        failure(&report).message.clone()
    };
    assert!(said(Turn::Start).await.ends_with("Start"));
    assert!(said(Turn::Next(json("[1]"))).await.ends_with("Next([1])"));
    let (token, answer) = (json("1.50"), Some(json("{\"a\":2}")));
    let resumed = said(Turn::Resumed { token, answer }).await;
    assert!(
        resumed.ends_with("Resumed { token: 1.50, callback: Some({\"a\":2}) }"),
        "{resumed}"
    );
}

#[tokio::test]
async fn a_call_knows_its_callback_address() {
    let stage = stage().await;
    let mut call = call(
        stage.action("act"),
        action(r#"{"what":"callback"}"#, Turn::Start),
    );
    let without = stage.sandbox.call(call.clone()).await;
    assert!(
        failure(&without)
            .message
            .contains("no address for callbacks"),
        "{without:?}"
    );
    call.callback_url = Some("https://hooks.example/callbacks/s".to_owned());
    let with = stage.sandbox.call(call).await;
    assert_eq!(output(&with), "\"https://hooks.example/callbacks/s\"");
}

#[tokio::test]
async fn a_call_learns_that_it_is_cancelled() {
    let stage = stage().await;
    let call = call(
        stage.action("act"),
        action(r#"{"what":"until cancelled"}"#, Turn::Start),
    );
    let cancelled = Arc::clone(&call.cancelled);
    let mut calling = pin!(stage.sandbox.call(call));
    tokio::select! {
        biased;
        report = &mut calling => panic!("it did not wait: {report:?}"),
        () = tokio::task::yield_now() => cancelled.store(true, Ordering::Relaxed),
    }
    assert_eq!(output(&calling.await), "\"cancelled\"");
}
