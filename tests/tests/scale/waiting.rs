//! Runs that wait, many of them: for a callback that may come in a month.

use std::time::{Duration, Instant};

use mortise_tests::daemon::{Daemon, Launch};
use mortise_tests::measure::{self, report};
use mortise_tests::seed;

use super::load;
use crate::common::Place;

/// Runs that wait; `RUNS` in the environment.
const RUNS: u64 = 100_000;

/// What the daemon may use at most after it was started over them, in MiB.
const MEMORY_MAX_MB: f64 = 300.0;

/// The longest time from the start of the process until it accepts.
const READY_MAX: Duration = Duration::from_secs(5);

/// How many of them are called back after each start.
const CALLED: usize = 10;

const WAITS: &str = r#"
version: 1
name: waits
grants: { http: { hosts: ["127.0.0.1:9000"] } }
triggers:
  - id: orders
    webhook: { path: /orders }
steps:
  - id: paid
    wait: { for: callback, within: 30d }
  - id: told
    uses: http/request
    with: { method: POST, url: "http://127.0.0.1:9000/paid", json: { id: "${{ .event.id }}" } }
output: "${{ .steps.paid.output }}"
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_thousand_waiting_runs_hold_no_memory_and_no_start_up() {
    let runs = seed::number("RUNS", RUNS);
    let place = Place::with(&[WAITS]).await;
    let launch = place
        .launch()
        .setting("runner.live-max", &(runs + 1_000).to_string());
    let mut daemon = launch.start().await.unwrap();
    let loading = Instant::now();
    let ids = load(&daemon, "/orders", 0..runs).await;
    idle(&daemon).await;
    report(&format!(
        "waiting: {runs} runs wait after {:.0?}, {:.0} MiB resident, {:.0} MiB of disk",
        loading.elapsed(),
        measure::rss_mb(daemon.pid()).unwrap(),
        measure::disk_mb(&place.data).unwrap(),
    ));

    daemon.kill().await.unwrap();
    let daemon = restarted(&launch, "SIGKILL").await;
    called_back(&place, &daemon, &ids[..CALLED]).await;
    assert!(daemon.stop().await.unwrap().success());
    let daemon = restarted(&launch, "SIGTERM").await;
    called_back(&place, &daemon, &ids[ids.len() - CALLED..]).await;
    let live = daemon.metric("mortise_runs_live").await.unwrap();
    assert_eq!(live, runs - 2 * CALLED as u64);
    assert_eq!(place.sink.ledger().delivered.len(), 2 * CALLED);
}

/// Starts the daemon over the runs.
async fn restarted(launch: &Launch, after: &str) -> Daemon {
    let started = Instant::now();
    let daemon = launch.start().await.unwrap();
    let ready = started.elapsed();
    idle(&daemon).await;
    let (rss_mb, peak_mb) = (
        measure::rss_mb(daemon.pid()).unwrap(),
        measure::rss_peak_mb(daemon.pid()).unwrap(),
    );
    report(&format!(
        "waiting: ready {ready:.2?} after the start that followed {after}, {rss_mb:.0} MiB resident, {peak_mb:.0} MiB at most"
    ));
    assert!(peak_mb < MEMORY_MAX_MB, "{peak_mb} MiB");
    assert!(ready < READY_MAX, "{ready:?}");
    daemon
}

/// Waits until no run is worked on.
async fn idle(daemon: &Daemon) {
    while daemon.metric("mortise_lanes_busy").await.unwrap() > 0 {}
}

/// Calls runs back, which then go on.
async fn called_back(place: &Place, daemon: &Daemon, runs: &[String]) {
    for run in runs {
        let waiting = daemon.run(run).await.unwrap();
        assert_eq!(waiting["status"], "waiting", "{waiting:#}");
        let url = waiting["steps"][0]["wait"]["url"].as_str().unwrap();
        let answer = daemon.client.post(url, r#"{"paid":true}"#).await.unwrap();
        assert!(answer.status < 300, "{} {}", answer.status, answer.text());
        let rest = daemon.succeeded(run).await.unwrap();
        assert_eq!(rest["output"]["paid"], true);
        let id = &waiting["input"]["id"];
        let ledger = place.sink.ledger();
        assert_eq!(ledger.received.last().unwrap().json()["id"], *id);
    }
}
