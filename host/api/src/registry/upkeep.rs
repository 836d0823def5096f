//! What removes what nobody needs: uploads that nobody goes on with, and blobs that no manifest names.

use std::sync::PoisonError;
use std::time::Duration;

use mortise_model::Timestamp;
use mortise_ports::artifacts::Collected;
use mortise_ports::uploads::Which;
use mortise_ports::{Plugins, Store};
use tokio::time::sleep;

use super::Registry;

/// The time between two looks, at least and at most.
const LOOK_MS: (u64, u64) = (10, 600_000);

impl<S: Store, P: Plugins> Registry<S, P> {
    /// Removes what is left over, now and then, as long as it is polled.
    pub async fn keep_tidy(&self) {
        let settings = self.settings();
        let (least, most) = LOOK_MS;
        let shorter_ms = settings.upload_idle_ms.min(settings.unnamed_ms);
        let every = Duration::from_millis((shorter_ms / 4).clamp(least, most));
        loop {
            self.tidy().await;
            sleep(every).await;
        }
    }

    /// Removes what is left over. What comes of it is logged.
    async fn tidy(&self) {
        let now = self.now();
        let idle_since = before(now, self.settings().upload_idle_ms);
        let busy = self.shared.busy.lock();
        let busy = busy.unwrap_or_else(PoisonError::into_inner).clone();
        match self
            .store()
            .drop_uploads(Which::Idle(idle_since, busy))
            .await
        {
            Ok(0) => {}
            Ok(uploads) => tracing::info!(uploads, "removed uploads that nobody went on with"),
            Err(error) => tracing::error!(%error, "idle uploads were not removed"),
        }
        let mut keep = match self.needed().await {
            Ok(needed) => needed,
            Err(why) => {
                tracing::error!(why, "nobody knows what is needed, so all blobs stay");
                return;
            }
        };
        let unnamed_since = before(now, self.settings().unnamed_ms);
        {
            let asked = self.shared.asked.lock();
            let mut asked = asked.unwrap_or_else(PoisonError::into_inner);
            asked.retain(|_, at| *at >= unnamed_since);
            keep.extend(asked.keys());
        }
        // Who asked a former process for a blob may still name it.
        let is_young = self.shared.begun > unnamed_since;
        let since = if is_young {
            Timestamp(i64::MIN)
        } else {
            unnamed_since
        };
        match self.store().collect(since, keep).await {
            Ok(Collected { blobs: 0, files: 0 }) => {}
            Ok(Collected { blobs, files }) => {
                tracing::info!(blobs, files, "removed blobs that no manifest names");
            }
            Err(error) => tracing::error!(%error, "blobs were not collected"),
        }
    }
}

fn before(now: Timestamp, ms: u64) -> Timestamp {
    let ms = i64::try_from(ms).unwrap_or(i64::MAX);
    Timestamp(now.0.saturating_sub(ms))
}
