//! What must be true when everything has come to rest.

use std::collections::BTreeMap;

use mortise_model::entry::End;
use mortise_model::event::TriggerKind;
use mortise_model::id::idempotency_key;
use mortise_model::{Fact, Namespace, RunId, Status};
use mortise_ports::runs::Summary;
use mortise_ports::{Journal as _, Runs as _};

use crate::life::{Case, futures_now};

impl Case {
    pub fn check(&self) {
        futures_now(self.checked());
    }

    async fn checked(&self) {
        let seed = self.seed;
        assert_eq!(self.store.live(), 0, "seed {seed}");
        let runs: BTreeMap<RunId, Summary> = self
            .runs(None)
            .await
            .into_iter()
            .map(|summary| (summary.run, summary))
            .collect();
        for (id, run) in &self.acknowledged {
            let found = runs.get(run);
            let summary = found.unwrap_or_else(|| panic!("seed {seed}: {id} is lost"));
            assert!(summary.status.is_rest(), "seed {seed}: {id}");
            assert_eq!(summary.event_id, *id, "seed {seed}");
        }
        for summary in runs.values() {
            self.check_run(summary).await;
            if let Some(parent) = summary.parent {
                assert!(
                    runs.contains_key(&parent),
                    "seed {seed}: a call without a caller"
                );
            }
        }
        self.check_failures(&runs).await;
        // A person's replay may do again what nobody knows about.
        if self.replayed == 0 {
            let doubled = self.network.doubled();
            assert!(doubled.is_empty(), "seed {seed}: {doubled:?}");
        }
    }

    /// The journal ends once, and whatever it says was done was done.
    async fn check_run(&self, summary: &Summary) {
        let seed = self.seed;
        let entries = self.entries(summary.run).await;
        let last = entries.last().map(|entry| &entry.fact);
        assert!(
            matches!(last, Some(Fact::Ended(_))),
            "seed {seed}: {last:?}"
        );
        let ends = entries.iter().filter(
            |entry| matches!(&entry.fact, Fact::Ended(end) if end.status() != Status::Parked),
        );
        assert_eq!(ends.count(), 1, "seed {seed}: {}: {entries:?}", summary.run);
        for entry in &entries {
            let Fact::AttemptSucceeded { step, requests, .. } = &entry.fact else {
                continue;
            };
            if requests.is_empty() || self.replayed > 0 {
                continue;
            }
            let did = (0..8).any(|turn| {
                let key = idempotency_key(summary.run, step, turn, 0);
                self.network.effects(&key) > 0
            });
            let is_calm = summary.finished_at.is_some();
            assert!(
                did || is_calm,
                "seed {seed}: {step} has a result and no effect"
            );
        }
    }

    /// Each time that a run was parked or failed, the error workflow was told, once.
    async fn check_failures(&self, runs: &BTreeMap<RunId, Summary>) {
        let mut told = BTreeMap::<String, u32>::new();
        for summary in runs.values() {
            if summary.origin.kind == TriggerKind::Failure {
                let run = summary.event_id.split('.').next().unwrap().to_owned();
                *told.entry(run).or_default() += 1;
            }
        }
        for summary in runs.values() {
            if summary.origin.kind == TriggerKind::Failure || summary.workflow.as_str() == "errors"
            {
                continue;
            }
            let broke =
                self.turn_ends(summary.run).await.iter().any(|fact| {
                    matches!(fact, Fact::Ended(End::Parked { .. } | End::Failed { .. }))
                });
            let times = told.get(&summary.run.to_string()).copied().unwrap_or(0);
            assert_eq!(broke, times > 0, "seed {}: {}", self.seed, summary.run);
        }
    }

    /// What each turn of a run ends with: what anybody outside of the run could see of it.
    async fn turn_ends(&self, run: RunId) -> Vec<Fact> {
        let namespace = Namespace::default_namespace();
        let history = self.store.entries(&namespace, run).await.unwrap();
        let ends = history.turns.iter().skip(1).copied();
        let ends: Vec<u32> = ends.chain([history.next_sequence]).collect();
        let last = |end: &u32| {
            let before = history
                .entries
                .iter()
                .rev()
                .find(|(number, _)| number < end);
            before.map(|(_, entry)| entry.fact.clone())
        };
        ends.iter().filter_map(last).collect()
    }
}
