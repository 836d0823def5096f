//! What came of a scenario: its runs, and what the sink got.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, ensure};
use serde_json::Value;

use crate::sink::Ledger;

/// The failure of a run whose step was under way when the process ended, and may not be repeated.
pub const INTERRUPTED: &str = "interrupted";

/// What came of a scenario.
#[derive(Clone, Debug, Default)]
pub struct Effects {
    /// How many runs of each workflow came to rest with each status. Runs that were parked as
    /// interrupted are not in it.
    runs: BTreeMap<(String, String), usize>,
    /// Runs that were parked as interrupted.
    pub interrupted: Vec<String>,
    /// Requests with an idempotency key: the keys that each came with. Two keys are two effects.
    keyed: BTreeMap<String, BTreeSet<String>>,
    /// Requests without one: they may be repeated.
    keyless: BTreeSet<String>,
}

impl Effects {
    /// Of these runs, all at rest, and this ledger.
    #[must_use]
    pub fn of(runs: &[Value], ledger: &Ledger) -> Self {
        let mut effects = Self::default();
        for run in runs {
            if run["status"] == "parked" && run["failure"]["code"] == INTERRUPTED {
                effects.interrupted.push(text(&run["id"]));
            } else {
                let of = (text(&run["workflow"]), text(&run["status"]));
                *effects.runs.entry(of).or_default() += 1;
            }
        }
        for request in &ledger.received {
            let body = String::from_utf8_lossy(&request.body);
            let what = format!("{} {} {body}", request.method, request.path);
            match request.header("idempotency-key") {
                "" => {
                    effects.keyless.insert(what);
                }
                key => {
                    effects
                        .keyed
                        .entry(what)
                        .or_default()
                        .insert(key.to_owned());
                }
            }
        }
        effects
    }

    /// Holds what came of it with a crash against what came of it `undisturbed`. Where the sink
    /// answers by a `script`, a request that is repeated gets another answer, so only what must
    /// not be is looked at.
    ///
    /// # Errors
    /// What is too much, what is missing.
    pub fn compare(&self, undisturbed: &Self, script: bool) -> Result<()> {
        for (what, keys) in &self.keyed {
            let expected = undisturbed.keyed.get(what).map_or(0, BTreeSet::len);
            // One that the sink left unanswered was not entered.
            let expected = expected.max(usize::from(script));
            ensure!(
                keys.len() <= expected,
                "with {} keys instead of {expected}: {what:.300}",
                keys.len()
            );
        }
        let unknown: Vec<_> = self.keyless.difference(&undisturbed.keyless).collect();
        ensure!(
            unknown.is_empty(),
            "never sent undisturbed: {unknown:.300?}"
        );
        if script || !self.interrupted.is_empty() {
            return Ok(());
        }
        ensure!(
            self.runs == undisturbed.runs,
            "runs came to rest as {:?}, and undisturbed as {:?}",
            self.runs,
            undisturbed.runs
        );
        for (what, keys) in &undisturbed.keyed {
            let count = self.keyed.get(what).map_or(0, BTreeSet::len);
            ensure!(
                count == keys.len(),
                "sent {count} times instead of {}: {what:.300}",
                keys.len()
            );
        }
        ensure!(
            self.keyless == undisturbed.keyless,
            "a request without a key is missing"
        );
        Ok(())
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
