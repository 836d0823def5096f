//! What people see of a trigger that works by itself.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use mortise_model::id::Namespace;
use mortise_model::{Failure, Timestamp};
use mortise_ports::triggers::TriggerKey;

/// How a schedule, a poll or a subscription is doing in this process.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TriggerStatus {
    /// When it last did what it is for: fired, polled, subscribed.
    pub last_at: Option<Timestamp>,
    /// Since then it failed so often in a row.
    pub failures: u32,
    /// What failed last, and when; also where it works again.
    pub last_failure: Option<(Timestamp, Failure)>,
    /// When it is to do it again, as far as that is known.
    pub next_at: Option<Timestamp>,
    /// What it waits for, other than for time to pass: a word for people.
    pub waits_for: Option<&'static str>,
}

/// The state of all triggers.
#[derive(Debug, Default)]
pub(crate) struct Statuses(Mutex<HashMap<TriggerKey, TriggerStatus>>);

impl Statuses {
    pub fn change(&self, key: &TriggerKey, change: impl FnOnce(&mut TriggerStatus)) {
        let mut table = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        change(table.entry(key.clone()).or_default());
    }

    pub fn forget(&self, key: &TriggerKey) {
        let mut table = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        table.remove(key);
    }

    /// Those of a namespace, by workflow and trigger.
    pub fn of(&self, namespace: &Namespace) -> Vec<(TriggerKey, TriggerStatus)> {
        let table = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let ours = table.iter().filter(|(key, _)| key.namespace == *namespace);
        let mut found: Vec<_> = ours
            .map(|(key, status)| (key.clone(), status.clone()))
            .collect();
        found.sort_by(|(a, _), (b, _)| a.cmp(b));
        found
    }
}
