//! What came to the sink, and what should have.

use std::collections::BTreeMap;

use jiff::Timestamp;
use mortise_tests::daemon::Daemon;
use mortise_tests::sink::Ledger;

use super::work::{AGAIN, HELD, LONG, NEWS_MAX, Runs};
use crate::common::Place;

/// A minute.
const MINUTE_S: i64 = 60;

/// How many requests came to a path.
pub fn count(ledger: &Ledger, path: &str) -> usize {
    let received = ledger.received.iter();
    received.filter(|request| request.route() == path).count()
}

/// The minutes that came, in their order.
pub fn minutes(ledger: &Ledger) -> Vec<Timestamp> {
    let told = ledger.received.iter().filter(|r| r.route() == "/minutes");
    let mut times: Vec<Timestamp> = told
        .map(|r| r.json()["at"].as_str().unwrap().parse().unwrap())
        .collect();
    times.sort_unstable();
    times
}

/// Whether each came once, and none was left out.
pub fn are_whole(minutes: &[Timestamp]) -> bool {
    let mut gaps = minutes.windows(2).map(|two| two[1].duration_since(two[0]));
    gaps.all(|gap| gap.as_secs() == MINUTE_S)
}

/// Waits until all that was due has come, and holds that it came once.
pub async fn settled(place: &Place, daemon: &Daemon, runs: &Runs) {
    let expected = [(LONG, 1), (AGAIN, 2), ("/news", NEWS_MAX)];
    let came = place.sink.until("all that is due came", |ledger| {
        let mut expected = expected.iter();
        expected.all(|(path, times)| count(ledger, path) >= *times)
    });
    if let Err(error) = came.await {
        panic!(
            "{error}: {:?}\n{}",
            paths(&place.sink.ledger()),
            daemon.stderr()
        );
    }
    for run in [&runs.held, &runs.again, &runs.half_hour] {
        daemon.succeeded(run).await.unwrap();
    }
    let held = daemon.run(&runs.held).await.unwrap();
    let attempts = held["steps"][0]["attempts"].as_array().unwrap();
    assert_eq!(attempts.len(), 1, "{held:#}");
    let ledger = place.sink.ledger();
    let mut polls = ledger.received.iter().filter(|r| r.route() == "/polls");
    assert!(polls.all(|poll| poll.at_once == 1), "two polls at once");
    for (path, times) in expected.into_iter().chain([(HELD, 1)]) {
        assert_eq!(count(&ledger, path), times, "{path}: {:?}", paths(&ledger));
    }
}

fn paths(ledger: &Ledger) -> BTreeMap<&str, usize> {
    let mut paths = BTreeMap::new();
    for request in &ledger.received {
        *paths.entry(request.route()).or_default() += 1;
    }
    paths
}
