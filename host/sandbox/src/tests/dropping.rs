//! Calls that nobody waits for any more: dropping the future ends them and leaves nothing behind.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use mortise_model::descriptor::Records;
use mortise_ports::Plugins as _;

use super::application::Silent;
use super::{Stage, guest, hostile, output, settings};
use crate::Settings;

/// One call and one slow one at a time, and few places for instances: what is left behind is soon
/// missed.
fn narrow() -> Settings {
    Settings {
        calls_max: 1,
        slow_calls_max: 1,
        ..settings()
    }
}

/// More than there are places for instances.
const OFTEN: usize = 30;

/// Polls so many times; it has to be pending each time.
async fn begin<F: Future>(future: F, times: usize) {
    let mut future = pin!(future);
    for _ in 0..times {
        poll_fn(|cx| {
            assert!(future.as_mut().poll(cx).is_pending(), "it came to an end");
            Poll::Ready(())
        })
        .await;
    }
}

#[tokio::test]
async fn a_dropped_call_gives_back_its_place_and_its_instance() {
    let stage = Stage::new(narrow(), hostile()).await;
    for _ in 0..OFTEN {
        for what in ["loop", "sleep"] {
            let with = format!(r#"{{"what":"{what}"}}"#);
            // An endless guest is pending each time that it lets others run.
            begin(stage.call(stage.action("act"), &with, None), 2).await;
        }
    }
    let report = stage
        .call(stage.action("act"), r#"{"what":"large"}"#, None)
        .await;
    assert_eq!(output(&report), "\"\"");
}

#[tokio::test]
async fn a_dropped_call_ends_its_request() {
    let mut application = Silent::start().await;
    let stage = Stage::new(narrow(), guest("plugins", "http")).await;
    let mut operation = stage.action("request");
    operation.hosts = vec![application.address.clone()];
    operation.timeout_ms = 20_000;
    let with = format!(r#"{{"url":"http://{}/"}}"#, application.address);
    for _ in 0..OFTEN {
        tokio::select! {
            report = stage.call(operation.clone(), &with, None) => panic!("{report:?}"),
            came = application.signs.recv() => assert_eq!(came, Some(true)),
        }
        assert_eq!(
            application.signs.recv().await,
            Some(false),
            "the connection ends"
        );
    }
}

#[tokio::test]
async fn a_dropped_transform_gives_its_thread_back() {
    let stage = Stage::new(narrow(), hostile()).await;
    let mut endless = stage.transform("twist", Records::Each);
    endless.timeout_ms = 60_000;
    let mut slow = stage.transform("map", Records::Each);
    slow.digest = stage
        .sandbox
        .load(guest("plugins", "jq"))
        .await
        .unwrap()
        .digest;
    slow.timeout_ms = 20_000;
    let with = r#"{"program":"reduce range(1000000) as $i (0; . + $i)"}"#;
    for _ in 0..3 {
        // The first poll ends with the call on a thread of its own.
        begin(
            stage.call(endless.clone(), r#"{"what":"loop"}"#, Some("1")),
            1,
        )
        .await;
        // There is one such thread, and who waits for it in vain is late.
        let report = stage.call(slow.clone(), with, Some("1")).await;
        assert_eq!(output(&report), "499999500000");
    }
}
