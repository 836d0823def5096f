#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::time::Duration;

use super::{Behaviour, Sink};
use crate::client::Client;

async fn post(client: &Client, sink: &Sink, key: &str) -> anyhow::Result<u16> {
    let url = format!("http://{}/in", sink.address());
    Ok(client
        .send("POST", &url, &[("idempotency-key", key)], "{\"id\":\"a\"}")
        .await?
        .status)
}

#[tokio::test]
async fn a_key_counts_once_and_only_when_it_was_taken() {
    let (sink, client) = (Sink::start().await.unwrap(), Client::default());
    sink.script([Behaviour::status(503)]);
    assert_eq!(post(&client, &sink, "k1").await.unwrap(), 503);
    assert_eq!(sink.ledger().delivered.len(), 0);
    for key in ["k1", "k1", "k2"] {
        assert_eq!(post(&client, &sink, key).await.unwrap(), 200);
    }
    let ledger = sink.ledger();
    assert_eq!(
        (
            ledger.received.len(),
            ledger.delivered.len(),
            ledger.repeated
        ),
        (4, 2, 1)
    );
    let (seen, twice) = ledger.counted("id");
    assert_eq!((seen.len(), twice.len()), (1, 1), "one event with two keys");
}

#[tokio::test]
async fn held_requests_are_answered_once_released() {
    let (sink, client) = (Sink::start().await.unwrap(), Client::default());
    sink.behave(Behaviour::Hold);
    let (answered, ()) = tokio::join!(post(&client, &sink, "k"), async {
        sink.until_held(1).await.unwrap();
        assert_eq!(sink.ledger().received.len(), 0);
        sink.behave(Behaviour::ok());
        sink.release();
    });
    assert_eq!(answered.unwrap(), 200);
}

#[tokio::test]
async fn a_stopped_sink_answers_nobody_until_it_is_restarted() {
    let (sink, client) = (Sink::start().await.unwrap(), Client::default());
    assert_eq!(post(&client, &sink, "k1").await.unwrap(), 200);
    sink.stop().await;
    assert!(post(&client, &sink, "k2").await.is_err());
    sink.restart().await.unwrap();
    assert_eq!(post(&client, &sink, "k3").await.unwrap(), 200);
    sink.script([Behaviour::Reset]);
    assert!(post(&client, &sink, "k4").await.is_err());
    assert_eq!(sink.ledger().delivered.len(), 2);
}

#[tokio::test]
async fn waiting_for_what_does_not_come_ends() {
    let sink = Sink::start().await.unwrap();
    let error = sink
        .until_within(Duration::from_millis(10), "anything", |_| false)
        .await
        .unwrap_err();
    assert!(error.to_string().contains("anything"), "{error}");
}
