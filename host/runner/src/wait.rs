//! Those who wait for a run to come to rest.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use mortise_model::entry::End;
use mortise_model::id::Namespace;
use mortise_model::{Fact, RunId};
use mortise_ports::{Plugins, Store};
use tokio::sync::oneshot;

use crate::Inner;

type Table = Mutex<HashMap<RunId, Vec<oneshot::Sender<Arc<End>>>>>;

/// Who waits for which run.
#[derive(Default)]
pub(crate) struct Waiters(Arc<Table>);

impl Waiters {
    /// Starts to listen for a run.
    pub fn register(&self, run: RunId) -> Ticket {
        let (sender, receiver) = oneshot::channel();
        let mut table = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        table.entry(run).or_default().push(sender);
        Ticket {
            run,
            receiver,
            table: Arc::clone(&self.0),
        }
    }

    /// Tells everyone who waits for a run how it ended.
    pub fn notify(&self, run: RunId, end: &End) {
        let mut table = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(senders) = table.remove(&run) else {
            return;
        };
        drop(table);
        let end = Arc::new(end.clone());
        for sender in senders {
            // Whoever does not listen any more has run out of time.
            let _ = sender.send(Arc::clone(&end));
        }
    }
}

impl Waiters {
    /// Tells everyone that no more runs come to rest in this process.
    pub fn dismiss(&self) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }
}

/// An ear for one run; dropping it stops listening.
pub(crate) struct Ticket {
    run: RunId,
    receiver: oneshot::Receiver<Arc<End>>,
    table: Arc<Table>,
}

impl Ticket {
    /// Waits for the run to come to rest in this process.
    pub async fn rest(mut self) -> Option<Arc<End>> {
        (&mut self.receiver).await.ok()
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.receiver.close();
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(senders) = table.get_mut(&self.run) {
            senders.retain(|sender| !sender.is_closed());
            if senders.is_empty() {
                table.remove(&self.run);
            }
        }
    }
}

/// How a run ended, waiting for it at most for `timeout`.
pub(crate) async fn for_rest<S: Store, P: Plugins>(
    inner: &Inner<S, P>,
    namespace: &Namespace,
    run: RunId,
    timeout: Duration,
) -> Option<Arc<End>> {
    // First the ear, then the look: a run that ends in between is not missed.
    let ticket = inner.waiters.register(run);
    let row = inner.store.get(namespace, run).await.ok().flatten()?;
    if row.status.is_rest() {
        let history = inner.store.entries(namespace, run).await.ok()?;
        if let Some(Fact::Ended(end)) = history.entries.last().map(|(_, entry)| &entry.fact) {
            return Some(Arc::new(end.clone()));
        }
    }
    tokio::time::timeout(timeout, ticket.rest())
        .await
        .ok()
        .flatten()
}
