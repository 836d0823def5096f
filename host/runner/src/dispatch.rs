//! Claims runs for the lanes that are free.

use std::sync::Arc;
use std::time::Duration;

use mortise_model::Timestamp;
use mortise_ports::{Plugins, Store};
use tokio::sync::OwnedSemaphorePermit;

use crate::{Inner, lane};

/// How long a journal that cannot be read is left alone, in milliseconds.
const RETRY_MS: u64 = 1_000;

/// Runs until the runner drains. What another process left behind, or a clock that was set back, is
/// found when it looks again.
pub(crate) async fn run<S: Store, P: Plugins>(inner: Arc<Inner<S, P>>) {
    while !inner.draining.is_cancelled() {
        // Waiting for a free lane here is what keeps claims from piling up.
        let Ok(permit) = Arc::clone(&inner.lanes).acquire_owned().await else {
            return;
        };
        let next_due = fill(&inner, permit).await;
        let Some(next_due) = next_due else { continue };
        let pause = Duration::from_millis(next_due.since_ms(inner.now()));
        tokio::select! {
            () = inner.news.notified() => {}
            () = inner.draining.cancelled() => {}
            () = tokio::time::sleep(pause.min(inner.settings.look())) => {}
        }
    }
}

/// Gives runs to all lanes that are free. None where there may be more to claim; otherwise when it
/// is worth looking again.
async fn fill<S: Store, P: Plugins>(
    inner: &Arc<Inner<S, P>>,
    first: OwnedSemaphorePermit,
) -> Option<Timestamp> {
    let now = inner.now();
    if inner.draining.is_cancelled() {
        return Some(now);
    }
    let mut permits = vec![first];
    while let Ok(permit) = Arc::clone(&inner.lanes).try_acquire_owned() {
        permits.push(permit);
    }
    let wanted = permits.len();
    let work = match inner.store.claim(&inner.owner, now, wanted).await {
        Ok(work) => work,
        Err(error) => {
            tracing::error!(%error, "the journal cannot be read; trying again");
            return Some(now.plus_ms(RETRY_MS));
        }
    };
    let found = work.claimed.len();
    // All are known to be on their way before the first one asks for quarantine.
    let arrivals: Vec<_> = work
        .claimed
        .iter()
        .map(|_| inner.quarantine.arrive())
        .collect();
    for ((claimed, permit), arrival) in work.claimed.into_iter().zip(permits).zip(arrivals) {
        let carrying = lane::carry(Arc::clone(inner), claimed, permit, arrival);
        inner.tasks.spawn(carrying);
    }
    (found < wanted).then(|| work.next_due.unwrap_or(Timestamp(i64::MAX)))
}
