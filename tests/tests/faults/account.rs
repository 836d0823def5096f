//! What the senders know about their events, held against what the sink got.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use mortise_tests::daemon::Daemon;
use mortise_tests::flood::Sent;
use serde_json::Value;

use super::load::{body, events};
use crate::common::Place;

/// What the senders know.
pub struct Account {
    /// Runs by the number of their event.
    pub accepted: HashMap<u64, String>,
    pub refused: HashSet<u64>,
    /// Sent, and never answered.
    pub unknown: HashSet<u64>,
    /// How to repeat it.
    seed: u64,
}

impl Account {
    pub fn new(seed: u64) -> Self {
        Self {
            accepted: HashMap::new(),
            refused: HashSet::new(),
            unknown: HashSet::new(),
            seed,
        }
    }

    pub fn enter(&mut self, sent: Sent) {
        match sent {
            Sent::Accepted(number, run) => {
                self.accepted.insert(number, run);
            }
            Sent::Refused(number, status, code) => {
                let known = [(429, "overloaded"), (503, "disk-full")];
                assert!(
                    known.contains(&(status, code.as_str())),
                    "event {number}: {status} {code}, SEED={}",
                    self.seed
                );
                self.refused.insert(number);
            }
            Sent::Unknown(number) => {
                self.unknown.insert(number);
            }
        }
    }

    /// The same where storage fails meanwhile: whoever is told so does not know what became of it.
    pub fn enter_while_failing(&mut self, sent: Sent) {
        match sent {
            Sent::Refused(number, 500.., _) => self.enter(Sent::Unknown(number)),
            other => self.enter(other),
        }
    }

    /// One more start, with nothing new: everything has to come to rest as succeeded, and has to be
    /// in the sink once.
    pub async fn settle(&mut self, place: &Place) {
        let daemon = place.start().await;
        self.all_delivered(place).await;
        self.all_succeeded(&daemon).await;
        // Nobody knows whether these were accepted, so their sender sends them again: now that
        // there is room, because a refusal would say nothing about the first time.
        let events = events(&daemon, &Arc::default());
        for number in std::mem::take(&mut self.unknown) {
            self.enter(events.send(&daemon.client, number).await.unwrap());
        }
        assert!(self.unknown.is_empty(), "SEED={}", self.seed);
        self.all_delivered(place).await;
        self.all_succeeded(&daemon).await;
        assert!(daemon.stop().await.unwrap().success());
        self.exactly_once(place);
    }

    async fn all_delivered(&self, place: &Place) {
        let mut missing: HashSet<String> = self
            .accepted
            .keys()
            .map(|number| format!("e-{number}"))
            .collect();
        let (count, seed) = (missing.len(), self.seed);
        let what = format!("{count} accepted events are delivered, SEED={seed}");
        // Each request is looked at once: there are many, and the sink waits meanwhile.
        let mut looked_at = 0;
        let all = place.sink.until(&what, |ledger| {
            for (index, request) in ledger.received.iter().enumerate().skip(looked_at) {
                let key = request.header("idempotency-key");
                if ledger.delivered.get(key) == Some(&index) {
                    missing.remove(request.json()["id"].as_str().unwrap_or_default());
                }
            }
            looked_at = ledger.received.len();
            missing.is_empty()
        });
        all.await.unwrap();
    }

    async fn all_succeeded(&self, daemon: &Daemon) {
        let mut left: HashSet<&str> = self.accepted.values().map(String::as_str).collect();
        for run in daemon.runs("succeeded").await.unwrap() {
            left.remove(run["id"].as_str().unwrap());
        }
        for run in left {
            let rest = daemon.succeeded(run).await;
            rest.unwrap_or_else(|error| panic!("SEED={}: {error:?}", self.seed));
        }
        for status in ["parked", "failed", "cancelled", "skipped"] {
            let runs = daemon.runs(status).await.unwrap();
            assert!(
                runs.is_empty(),
                "{} runs are {status}: {}, SEED={}",
                runs.len(),
                runs[0],
                self.seed
            );
        }
    }

    fn exactly_once(&self, place: &Place) {
        let seed = self.seed;
        let ledger = place.sink.ledger();
        let (delivered, twice) = ledger.counted("id");
        assert!(
            twice.is_empty(),
            "delivered with two keys: {twice:?}, SEED={seed}"
        );
        assert_eq!(ledger.keyless, 0);
        for number in &self.refused {
            assert!(
                !delivered.contains(&format!("e-{number}")),
                "event {number} was refused and delivered, SEED={seed}"
            );
        }
        assert_eq!(delivered.len(), self.accepted.len(), "SEED={seed}");
        let whole = ledger.delivered_as(|request| {
            let request = request.json();
            let number = request["id"].as_str()?.strip_prefix("e-")?.parse().ok()?;
            let sent: Value = serde_json::from_str(&body(number)).ok()?;
            (request["event"] == sent && request["order"]["total"] == 92).then_some(())
        });
        let damaged = whole.iter().filter(|whole| whole.is_none()).count();
        assert_eq!(damaged, 0, "events are not what was sent, SEED={seed}");
    }
}
