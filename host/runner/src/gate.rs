//! The gate before each connection: all runs together ask an application no more often than its
//! rate allows, and leave it alone while it is down.
//!
//! Reading order: `rate`, one number that says how much is paid for; `health`, what the end of a
//! call says of an application; `breaker`, which leaves it alone; `queue`, who waits; `state`,
//! which decides with all of them and knows no clock; `keep`, which carries what is known over
//! restarts.

mod breaker;
mod health;
mod keep;
mod queue;
mod rate;
mod state;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use mortise_model::connection::Rate;
use mortise_model::entry::Held;
use mortise_model::id::{ConnectionName, Namespace};
use mortise_model::{Failure, Timestamp};
use mortise_ports::gates::GateKey;
use tokio::sync::Notify;

use crate::Settings;
use state::{Gate, State};

pub(crate) use keep::{keep, save};

/// All gates.
#[derive(Debug)]
pub(crate) struct Gates {
    rules: breaker::Rules,
    /// The longest pause in milliseconds that an application can ask for.
    asked_max_ms: u64,
    table: Mutex<Table>,
    /// Rings when a gate has changed in a way that must not be forgotten.
    urgent: Notify,
    /// Rings when there is something to keep.
    news: Notify,
}

#[derive(Debug, Default)]
struct Table {
    gates: HashMap<GateKey, Entry>,
    rates: HashMap<GateKey, Rate>,
}

#[derive(Debug, Default)]
struct Entry {
    gate: Gate,
    /// It differs from what the store has.
    is_changed: bool,
}

impl Gates {
    /// Gates that are all open, with the breaker's settings.
    pub fn new(settings: &Settings) -> Self {
        Self {
            rules: breaker::Rules::of(settings),
            asked_max_ms: settings.retry_after_max_ms,
            table: Mutex::default(),
            urgent: Notify::new(),
            news: Notify::new(),
        }
    }

    /// Sets the rates of a namespace's connections, which hold over all its workflows together.
    pub fn rates(&self, namespace: &Namespace, rates: &[(ConnectionName, Rate)]) {
        let mut table = self.table();
        let table = &mut *table;
        table.rates.retain(|key, _| key.namespace != *namespace);
        table.rates.extend(rates.iter().map(|(connection, rate)| {
            let key = GateKey {
                namespace: namespace.clone(),
                connection: connection.clone(),
            };
            (key, *rate)
        }));
        for (key, entry) in &mut table.gates {
            if key.namespace == *namespace {
                entry.gate.set_rate(table.rates.get(key).copied());
            }
        }
    }

    /// Asks before an attempt: none lets it go, and its first request is paid for; otherwise it has
    /// to ask again at the time that is given, under the same name.
    pub fn admit(&self, key: &GateKey, who: &str, now: Timestamp) -> Option<(Timestamp, Held)> {
        self.change(key, |gate| gate.admit(who, now))
    }

    /// Tells what came of a call that was let through, and how many requests it made.
    pub fn report<T>(
        &self,
        key: &GateKey,
        outcome: &Result<T, Failure>,
        requests: usize,
        now: Timestamp,
    ) {
        let health = health::judge(outcome, requests, self.asked_max_ms);
        let (was_open, is_open) = self.change(key, |gate| {
            let was_open = gate.state.is_open();
            gate.report(health, requests, self.rules, now);
            (was_open, gate.state.is_open())
        });
        if was_open != is_open {
            let GateKey {
                namespace,
                connection,
            } = key;
            if is_open {
                tracing::warn!(%namespace, %connection, "the application fails again and again: it is left alone for a while");
            } else {
                tracing::info!(%namespace, %connection, "the application answers again");
            }
            self.urgent.notify_one();
        }
    }

    /// How many circuit breakers are open.
    pub fn open(&self) -> usize {
        let table = self.table();
        let gates = table.gates.values();
        gates.filter(|entry| entry.gate.state.is_open()).count()
    }

    fn change<T>(&self, key: &GateKey, change: impl FnOnce(&mut Gate) -> T) -> T {
        let mut table = self.table();
        let Table { gates, rates } = &mut *table;
        if !gates.contains_key(key) {
            let mut entry = Entry::default();
            entry.gate.set_rate(rates.get(key).copied());
            gates.insert(key.clone(), entry);
        }
        let entry = gates.entry(key.clone()).or_default();
        let before = entry.gate.state.clone();
        let result = change(&mut entry.gate);
        if entry.gate.state.differs(&before) && !std::mem::replace(&mut entry.is_changed, true) {
            self.news.notify_one();
        }
        result
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
