//! A receiver that does not keep up: memory stays bounded, senders are told, nothing is lost.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use mortise_tests::client::Answer;
use mortise_tests::daemon::Daemon;
use mortise_tests::flood::{Events, Flood, Sent};
use mortise_tests::measure;
use mortise_tests::sink::Behaviour;

use crate::common::{DELIVER, Place, event};

/// What the daemon may use at most while the receiver is away, in MiB.
const MEMORY_MAX_MB: f64 = 300.0;

/// Refusals after which it is clear that no more is taken in.
const REFUSALS: usize = 200;

/// Sends events until many of them have been refused; gives the runs of those that were not.
async fn fill(daemon: &Daemon) -> Vec<String> {
    let next = Arc::new(AtomicU64::new(0));
    let events = Events {
        url: daemon.hook("/events"),
        body: event,
        next,
        end: u64::MAX,
        at_once: 32,
    };
    let mut flood = Flood::start(&daemon.client, &events);
    let (mut runs, mut refusals) = (Vec::new(), 0);
    while refusals < REFUSALS {
        match flood.next().await.unwrap() {
            Sent::Accepted(_, run) => runs.push(run),
            Sent::Refused(_, status, code) => {
                assert_eq!((status, code.as_str()), (429, "overloaded"));
                refusals += 1;
            }
            Sent::Unknown(number) => panic!("no answer to event {number}: {}", daemon.stderr()),
        }
    }
    // Those that were on their way when it was enough.
    flood.halt();
    for sent in flood.rest().await {
        match sent {
            Sent::Accepted(_, run) => runs.push(run),
            Sent::Refused(..) => {}
            Sent::Unknown(number) => panic!("no answer to event {number}: {}", daemon.stderr()),
        }
    }
    runs
}

async fn refused(daemon: &Daemon) -> Answer {
    let answer = daemon.post("/events", event(u64::MAX)).await.unwrap();
    assert_eq!(answer.status, 429, "{}", answer.text());
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_receiver_that_hangs_memory_is_bounded_and_nothing_is_lost() {
    let place = Place::with(&[DELIVER]).await;
    place.sink.behave(Behaviour::Hold);
    let daemon = place.start().await;
    let runs = fill(&daemon).await;
    assert!(runs.len() >= 1_000, "only {} were taken in", runs.len());
    let retry_after: u64 = refused(&daemon)
        .await
        .header("retry-after")
        .parse()
        .unwrap();
    assert!(retry_after >= 1);
    let filled_mb = measure::rss_peak_mb(daemon.pid()).unwrap();
    assert!(
        filled_mb < MEMORY_MAX_MB,
        "{filled_mb} MiB with {} runs under way",
        runs.len()
    );

    place.sink.behave(Behaviour::ok());
    place.sink.release();
    place
        .sink
        .until("all delivered", |ledger| {
            ledger.delivered.len() >= runs.len()
        })
        .await
        .unwrap();
    for run in &runs {
        daemon.succeeded(run).await.unwrap();
    }
    assert_eq!(place.sink.ledger().delivered.len(), runs.len());
    let peak_mb = measure::rss_peak_mb(daemon.pid()).unwrap();
    assert!(peak_mb < MEMORY_MAX_MB, "{peak_mb} MiB");
    daemon.accept("/events", event(0)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_receiver_that_is_down_everything_accepted_succeeds_once_it_is_back() {
    let place = Place::with(&[DELIVER]).await;
    place.sink.stop().await;
    let daemon = place
        .launch()
        .setting("runner.live-max", "500")
        .start()
        .await
        .unwrap();
    let runs = fill(&daemon).await;
    assert!(
        (400..=600).contains(&runs.len()),
        "{} were taken in with a limit of 500",
        runs.len()
    );
    refused(&daemon).await;

    place.sink.restart().await.unwrap();
    place
        .sink
        .until("all delivered", |ledger| {
            ledger.delivered.len() >= runs.len()
        })
        .await
        .unwrap();
    for run in &runs {
        daemon.succeeded(run).await.unwrap();
    }
    assert_eq!(place.sink.ledger().delivered.len(), runs.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_finishes_what_is_being_worked_on_and_leaves_nothing_behind() {
    const RUNS: usize = 10;
    let place = Place::with(&[DELIVER]).await;
    place.sink.behave(Behaviour::Hold);
    let mut daemon = place.start().await;
    let mut runs = Vec::new();
    for number in 0..RUNS {
        runs.push(
            daemon
                .accept("/events", event(number as u64))
                .await
                .unwrap(),
        );
    }
    place.sink.until_held(RUNS).await.unwrap();
    daemon.terminate().unwrap();
    // It keeps answering while it drains, and takes nothing in any more.
    let mut number = RUNS as u64;
    let refusal = loop {
        let Ok(answer) = daemon.post("/events", event(number)).await else {
            break None;
        };
        match answer.status {
            202 => runs.push(mortise_tests::api::accepted(&answer).unwrap()),
            _ => break Some(answer),
        }
        number += 1;
    };
    let refusal = refusal.unwrap();
    assert_eq!((refusal.status, refusal.code().as_str()), (503, "draining"));
    assert!(!refusal.header("retry-after").is_empty());
    let ready = daemon
        .client
        .get(&format!("{}/readyz", daemon.ready.admin))
        .await
        .unwrap();
    assert_eq!(ready.status, 503);

    place.sink.behave(Behaviour::ok());
    place.sink.release();
    assert!(daemon.exited().await.unwrap().success());
    assert!(!place.data.join("daemon.json").exists());
    assert!(place.sink.ledger().delivered.len() >= RUNS);

    let daemon = place.start().await;
    for run in &runs {
        daemon.succeeded(run).await.unwrap();
    }
    let ledger = place.sink.ledger();
    assert_eq!((ledger.delivered.len(), ledger.repeated), (runs.len(), 0));
}
