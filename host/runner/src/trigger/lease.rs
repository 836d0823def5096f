//! Who looks after a trigger: one process at a time.

use std::time::Duration;

use mortise_ports::triggers::{Fence, TriggerKey};
use mortise_ports::{Store, StoreError};
use tokio::time::Instant;

use crate::Inner;

/// A trigger that this process may hold.
#[derive(Debug, Default)]
pub(crate) struct Lease {
    held: Option<(Fence, Instant)>,
}

impl Lease {
    /// Takes the trigger or keeps it; none where another process has it. Writes that are made with
    /// the fence are refused once it has changed hands.
    ///
    /// # Errors
    /// The store's.
    pub async fn hold<S: Store, P>(
        &mut self,
        inner: &Inner<S, P>,
        key: &TriggerKey,
    ) -> Result<Option<Fence>, StoreError> {
        let third = renewal(inner);
        if let Some((fence, since)) = self.held
            && since.elapsed() < third
        {
            return Ok(Some(fence));
        }
        let since = Instant::now();
        let fence = inner.store.hold(key, &inner.owner, inner.now()).await?;
        self.held = fence.map(|fence| (fence, since));
        Ok(fence)
    }

    /// It was found out that another process has the trigger.
    pub fn lose(&mut self) {
        self.held = None;
    }

    /// Does something that may take longer than the lease, and keeps the lease meanwhile. None where
    /// it was lost, and what was being done is dropped.
    pub async fn during<S: Store, P, T>(
        &mut self,
        inner: &Inner<S, P>,
        key: &TriggerKey,
        work: impl Future<Output = T>,
    ) -> Option<T> {
        let mut work = std::pin::pin!(work);
        loop {
            tokio::select! {
                done = &mut work => return Some(done),
                () = tokio::time::sleep(renewal(inner)) => {}
            }
            // Where the store does not say, the lease may hold still: what follows is fenced.
            if let Ok(None) = self.hold(inner, key).await {
                return None;
            }
        }
    }
}

/// Three tries before a lease runs out.
fn renewal<S, P>(inner: &Inner<S, P>) -> Duration {
    Duration::from_millis(inner.settings.lease_ms.max(3) / 3)
}
