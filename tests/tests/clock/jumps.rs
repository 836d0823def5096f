//! An hour forward, and an hour back.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use mortise_tests::daemon::Daemon;
use mortise_tests::measure::report;
use serde_json::Value;

use super::account::{are_whole, count, minutes, settled};
use super::work::{Work, body, until_waiting};
use crate::common::Place;

/// An hour, in seconds.
const HOUR: i64 = 3_600;

/// A poll of each second comes so soon, and a wait of 5 s ends so soon, wherever the clock was set
/// meanwhile.
const SOON: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread")]
async fn an_hour_forward_brings_all_that_is_due_once() {
    let work = Work::at(0).await;
    let (place, daemon) = (&work.place, work.start().await);
    let runs = work.begin(&daemon).await;
    let before = accepted_at(&daemon, &runs.held).await;

    work.dial.turn(HOUR);
    polled_again(place).await;
    hour_of_minutes(place, before).await;
    work.let_go();
    settled(place, &daemon, &runs).await;
    let brief = daemon.accept("/waits-5s", body("brief")).await.unwrap();
    daemon.succeeded(&brief).await.unwrap();
    let shift = accepted_at(&daemon, &brief).await.duration_since(before);
    assert!(
        shift.as_secs() >= HOUR,
        "the dial has shown nothing: {shift:?}"
    );
    let minutes = minutes(&place.sink.ledger());
    assert!(are_whole(&minutes), "{minutes:?}");
    report(&format!(
        "clock: an hour forward, {} minutes, each once",
        minutes.len()
    ));
    assert!(daemon.stop().await.unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_hour_back_loses_and_doubles_nothing_and_keeps_nothing_waiting() {
    let work = Work::at(HOUR).await;
    let (place, daemon) = (&work.place, work.start().await);
    let runs = work.begin(&daemon).await;
    let before = accepted_at(&daemon, &runs.held).await;
    let brief = daemon.accept("/waits-5s", body("brief")).await.unwrap();
    until_waiting(&daemon, &brief).await;

    work.dial.turn(0);
    let turned = Instant::now();
    // What was begun before, and what begins now.
    let later = daemon.accept("/waits-5s", body("later")).await.unwrap();
    polled_again(place).await;
    for run in [&later, &brief] {
        daemon.succeeded(run).await.unwrap();
        let took = turned.elapsed();
        assert!(took < SOON, "{took:?}");
    }
    // Both hours are over, and all that is due comes, once.
    work.dial.turn(2 * HOUR);
    hour_of_minutes(place, before).await;
    work.let_go();
    settled(place, &daemon, &runs).await;
    let minutes = minutes(&place.sink.ledger());
    assert!(are_whole(&minutes), "{minutes:?}");
    report(&format!(
        "clock: an hour back and two forward, {} minutes, each once",
        minutes.len()
    ));
    assert!(daemon.stop().await.unwrap().success());
}

/// Waits until what is asked for each second was asked for once more.
async fn polled_again(place: &Place) {
    let polls = count(&place.sink.ledger(), "/polls");
    let sink = &place.sink;
    let again = sink.until_within(SOON, "asked for news again", |ledger| {
        // One may have been on its way.
        count(ledger, "/polls") > polls + 1
    });
    again.await.unwrap();
}

/// Waits until a minute has come that lies an hour after a time.
async fn hour_of_minutes(place: &Place, since: Timestamp) {
    let hour = place.sink.until("the minutes of an hour came", |ledger| {
        let minutes = minutes(ledger);
        let last = minutes.last();
        last.is_some_and(|last| last.duration_since(since).as_secs() > HOUR - 60)
            && are_whole(&minutes)
    });
    hour.await.unwrap();
}

async fn accepted_at(daemon: &Daemon, run: &str) -> Timestamp {
    let run: Value = daemon.run(run).await.unwrap();
    run["accepted_at"].as_str().unwrap().parse().unwrap()
}
