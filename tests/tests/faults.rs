//! SIGKILL while events are under way: what was accepted is delivered exactly once.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use mortise_tests::daemon::Daemon;
use mortise_tests::flood::{Events, Flood, Sent};
use mortise_tests::seed;
use mortise_tests::sink::Behaviour;
use rand::Rng;

use crate::common::{DELIVER, Place, event};

/// How often the daemon is killed; `CYCLES` in the environment.
const CYCLES: u64 = 20;

/// Senders at the same moment.
const AT_ONCE: usize = 16;

/// The sink takes its time, so that hundreds of events are under way when the daemon is killed.
const SINK_MS: u64 = 100;

/// The daemon is killed when it has delivered so many events since its start, at most.
const DELIVERED_MAX: usize = 250;

/// What the senders know about the events.
#[derive(Default)]
struct Account {
    accepted: HashMap<u64, String>,
    refused: HashSet<u64>,
    unknown: HashSet<u64>,
}

impl Account {
    fn enter(&mut self, sent: Sent) {
        match sent {
            Sent::Accepted(number, run) => {
                self.accepted.insert(number, run);
            }
            Sent::Refused(number, status, code) => {
                assert_eq!(
                    (status, code.as_str()),
                    (429, "overloaded"),
                    "event {number}"
                );
                self.refused.insert(number);
            }
            Sent::Unknown(number) => {
                self.unknown.insert(number);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_accepted_outlives_sigkill_and_is_delivered_exactly_once() {
    let seed = seed::seed("faults");
    let cycles = seed::number("CYCLES", CYCLES);
    let mut random = seed::random(seed);
    let place = Place::with(&[DELIVER]).await;
    place.sink.behave(Behaviour::Answer {
        status: 200,
        headers: HashMap::new(),
        json: None,
        after_ms: SINK_MS,
    });
    let mut account = Account::default();
    let next = Arc::new(AtomicU64::new(0));
    let mut under_way_max = 0;
    for cycle in 0..cycles {
        let mut daemon = place.start().await;
        let events = events(&daemon, &next);
        let flood = Flood::start(&daemon.client, &events);
        let before = place.sink.ledger().delivered.len();
        let moment = before + random.random_range(1..=DELIVERED_MAX);
        let what = format!("at moment {moment} of cycle {cycle}, SEED={seed}");
        place
            .sink
            .until(&what, |ledger| ledger.delivered.len() >= moment)
            .await
            .unwrap();
        daemon.kill().await.unwrap();
        for sent in flood.rest().await {
            account.enter(sent);
        }
        let delivered = place.sink.ledger().delivered.len();
        under_way_max = under_way_max.max(account.accepted.len().saturating_sub(delivered));
    }
    eprintln!(
        "faults: {cycles} kills, {} accepted, {} unanswered, {} refused, {under_way_max} under way at most",
        account.accepted.len(),
        account.unknown.len(),
        account.refused.len()
    );
    assert!(
        under_way_max >= 100,
        "only {under_way_max} events were under way at most, SEED={seed}"
    );
    settle(&place, account, seed).await;
}

fn events(daemon: &Daemon, next: &Arc<AtomicU64>) -> Events {
    Events {
        url: daemon.hook("/events"),
        body: event,
        next: Arc::clone(next),
        end: u64::MAX,
        at_once: AT_ONCE,
    }
}

/// One more start, with nothing new: everything has to come to rest as succeeded.
async fn settle(place: &Place, mut account: Account, seed: u64) {
    let daemon = place.start().await;
    all_delivered(place, &account, seed).await;
    all_succeeded(&daemon, &account).await;
    // Nobody knows whether these were accepted, so their sender sends them again: now that there
    // is room, because a refusal would say nothing about the first time.
    let events = events(&daemon, &Arc::default());
    for number in std::mem::take(&mut account.unknown) {
        account.enter(events.send(&daemon.client, number).await.unwrap());
    }
    assert!(account.unknown.is_empty());
    all_delivered(place, &account, seed).await;
    all_succeeded(&daemon, &account).await;
    assert!(daemon.stop().await.unwrap().success());
    exactly_once(place, &account, seed);
}

async fn all_delivered(place: &Place, account: &Account, seed: u64) {
    let accepted: Vec<String> = account
        .accepted
        .keys()
        .map(|number| format!("e-{number}"))
        .collect();
    let what = format!(
        "{} accepted events are delivered, SEED={seed}",
        accepted.len()
    );
    let all = place.sink.until(&what, |ledger| {
        ledger.delivered.len() >= accepted.len() && {
            let (delivered, _) = ledger.counted("id");
            accepted.iter().all(|id| delivered.contains(id))
        }
    });
    all.await.unwrap();
}

fn exactly_once(place: &Place, account: &Account, seed: u64) {
    let ledger = place.sink.ledger();
    let (delivered, twice) = ledger.counted("id");
    assert!(
        twice.is_empty(),
        "delivered with two keys: {twice:?}, SEED={seed}"
    );
    assert_eq!(ledger.keyless, 0);
    for number in &account.refused {
        assert!(
            !delivered.contains(&format!("e-{number}")),
            "event {number} was refused and delivered, SEED={seed}"
        );
    }
    assert_eq!(delivered.len(), account.accepted.len(), "SEED={seed}");
}

async fn all_succeeded(daemon: &Daemon, account: &Account) {
    let mut left: HashSet<&str> = account.accepted.values().map(String::as_str).collect();
    for run in daemon.runs("succeeded").await.unwrap() {
        left.remove(run["id"].as_str().unwrap());
    }
    for run in left {
        daemon.succeeded(run).await.unwrap();
    }
    for status in ["parked", "failed", "cancelled", "skipped"] {
        let runs = daemon.runs(status).await.unwrap();
        assert!(
            runs.is_empty(),
            "{} runs are {status}: {}",
            runs.len(),
            runs[0]
        );
    }
}
