//! Carries the gates over restarts.

use std::sync::Arc;
use std::time::Duration;

use mortise_model::Json;
use mortise_ports::gates::GateKey;
use mortise_ports::{Plugins, Store, StoreError};

use super::{Gate, Gates, State};
use crate::Inner;

/// Changes that are not urgent are kept together, once in so many milliseconds. A process that
/// dies forgets as many requests as it made since.
const SAVE_MS: u64 = 1_000;

impl Gates {
    /// Takes up what a former process knew. Called once, before anything is called.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn load<S: Store>(&self, store: &S) -> Result<(), StoreError> {
        for (key, json) in store.gates().await? {
            let Ok(state) = json.read::<State>() else {
                tracing::warn!(connection = %key.connection, "what is kept of this gate cannot be read: it begins anew");
                continue;
            };
            let mut table = self.table();
            let mut gate = Gate::of(state);
            gate.set_rate(table.rates.get(&key).copied());
            table.gates.entry(key).or_default().gate = gate;
        }
        Ok(())
    }

    /// What differs from the store's, which from now on is taken for kept.
    fn changed(&self) -> Vec<(GateKey, Json)> {
        let mut table = self.table();
        let mut changed = Vec::new();
        for (key, entry) in &mut table.gates {
            if std::mem::take(&mut entry.is_changed)
                && let Ok(json) = Json::of(&entry.gate.state)
            {
                changed.push((key.clone(), json));
            }
        }
        changed
    }

    fn not_kept(&self, key: &GateKey) {
        if let Some(entry) = self.table().gates.get_mut(key) {
            entry.is_changed = true;
            self.news.notify_one();
        }
    }
}

/// Keeps what changes, until the runner has drained.
pub(crate) async fn keep<S: Store, P: Plugins>(inner: Arc<Inner<S, P>>) {
    let gates = &inner.gates;
    loop {
        let changed = async {
            gates.news.notified().await;
            tokio::time::sleep(Duration::from_millis(SAVE_MS)).await;
        };
        tokio::select! {
            () = gates.urgent.notified() => {}
            () = changed => {}
            // Calls that are under way still have something to tell.
            () = inner.tasks.wait() => return save(&inner).await,
        }
        save(&inner).await;
    }
}

/// Keeps what has changed, now; the runner's last act.
pub(crate) async fn save<S: Store, P>(inner: &Inner<S, P>) {
    for (key, json) in inner.gates.changed() {
        if let Err(error) = inner.store.save_gate(&key, json).await {
            inner.gates.not_kept(&key);
            tracing::warn!(connection = %key.connection, %error, "the state of a gate is not kept yet; trying again");
        }
    }
}
