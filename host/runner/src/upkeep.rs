//! What has to be done from time to time: old runs removed, claims kept.

use std::sync::Arc;
use std::time::Duration;

use mortise_model::{RunId, Timestamp};
use mortise_ports::{Plugins, Store};
use tokio::time::Instant;

use crate::Inner;

/// The longest time in milliseconds between two looks for runs that are old enough to go. Where
/// they are kept for less, there are as many looks more.
const PERIOD_MAX_MS: u64 = 60_000;

/// The shortest.
const PERIOD_MIN_MS: u64 = 1_000;

/// Runs removed in one go, so that others get a turn at the store in between.
const PURGE_BATCH: usize = 500;

/// Removes old runs until the runner drains. Where many are old this goes on for long, so claims
/// are kept elsewhere.
pub(crate) async fn remove_old<S: Store, P: Plugins>(inner: Arc<Inner<S, P>>) {
    let mut ticks = tokio::time::interval(inner.settings.look());
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut purged = Instant::now();
    loop {
        tokio::select! {
            _ = ticks.tick() => {
                if purged.elapsed() >= period(&inner) {
                    purged = Instant::now();
                    purge(&inner).await;
                }
            }
            () = inner.draining.cancelled() => return,
        }
    }
}

/// Keeps claims until the runner drains, and tells when the disk is full.
pub(crate) async fn run<S: Store, P: Plugins>(inner: Arc<Inner<S, P>>) {
    let mut ticks = tokio::time::interval(inner.settings.look());
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    // Three tries before a claim lapses.
    let mut renewals =
        tokio::time::interval(Duration::from_millis(inner.settings.lease_ms.max(3) / 3));
    let mut is_full = false;
    loop {
        tokio::select! {
            _ = ticks.tick() => is_full = tell_of_disk(is_full, inner.store.is_full()),
            _ = renewals.tick() => renew(&inner).await,
            () = inner.draining.cancelled() => return,
        }
    }
}

/// Says once that the disk is full, and once that it is not any more.
fn tell_of_disk(was_full: bool, is_full: bool) -> bool {
    match (was_full, is_full) {
        (false, true) => tracing::warn!(
            "the disk of the data folder is full: events are refused until there is room"
        ),
        (true, false) => tracing::info!("the disk of the data folder has room again"),
        _ => {}
    }
    is_full
}

fn period<S, P>(inner: &Inner<S, P>) -> Duration {
    let kept_ms = inner.plans.retention().into_iter();
    let kept_ms = kept_ms.map(|(_, _, retain_ms)| retain_ms.unwrap_or(inner.settings.retain_ms));
    let shortest_ms = kept_ms.min().unwrap_or(PERIOD_MAX_MS);
    Duration::from_millis(shortest_ms.clamp(PERIOD_MIN_MS, PERIOD_MAX_MS))
}

async fn purge<S: Store, P: Plugins>(inner: &Inner<S, P>) {
    for (namespace, workflow, retain_ms) in inner.plans.retention() {
        let retain_ms = retain_ms.unwrap_or(inner.settings.retain_ms);
        let now = inner.now();
        let before = Timestamp(
            now.0
                .saturating_sub(i64::try_from(retain_ms).unwrap_or(i64::MAX)),
        );
        loop {
            let purged = inner
                .store
                .purge(&namespace, workflow.as_str(), before, PURGE_BATCH)
                .await;
            if let Ok(count) = purged {
                inner.metrics.purged(count as u64);
            }
            match purged {
                Ok(count) if count == PURGE_BATCH && !inner.draining.is_cancelled() => {}
                Ok(_) => break,
                Err(error) => {
                    tracing::warn!(%workflow, %error, "old runs cannot be removed; trying again later");
                    break;
                }
            }
        }
    }
}

async fn renew<S: Store, P: Plugins>(inner: &Inner<S, P>) {
    let claims = inner.claims.all();
    match inner.store.renew(&claims, inner.now()).await {
        Ok(mut renewal) => {
            // Runs that came to rest meanwhile gave their claims up themselves.
            renewal.lost.retain(|run| inner.claims.is_held(*run));
            warn_of(&renewal.lost);
            // Another process may have told a run something that this one works on.
            for run in renewal.letters {
                inner.claims.poke(run);
            }
        }
        Err(error) => tracing::warn!(%error, "claims cannot be renewed; trying again"),
    }
}

/// A lane finds out at its next commit, which is refused.
fn warn_of(lost: &[RunId]) {
    if !lost.is_empty() {
        tracing::warn!(
            ?lost,
            "claims were lost: another process works on these runs"
        );
    }
}
