//! Webhooks that register themselves with an application: subscribed when their workflow becomes
//! active, renewed before they lapse, and undone when no manifest has them any more.
//!
//! What the plugin remembers of a subscription is the trigger's memory, because `receive` needs it
//! as well. What the host has to know beside it is a [`Record`] of its own, written last: a process
//! that stops in between subscribes once more, and the plugin finds its memory and renews.

mod act;
mod record;

use std::time::Duration;

use mortise_model::plan::{Retry, Webhook};
use mortise_model::{Digest, Failure};
use mortise_ports::catalog::ActivePlan;
use mortise_ports::{Plugins, Store, StoreError};
use tokio::time::Instant;

use crate::Refusal;
use crate::trigger::Watch;
use record::Record;

pub(crate) use record::subscribed;

/// What a task remembers of a subscription from one look to the next.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    /// Nothing is done before then; on a clock that nobody sets.
    next: Option<Instant>,
    /// The version that the task looks after, and what there is, once it was seen.
    seen: Option<(Digest, Record)>,
}

/// Why something was not done yet.
enum Stop {
    /// It has to wait.
    Wait(Duration),
    /// It failed, and is not tried again before so long.
    Failed(Failure, Duration),
    /// The store did not take it.
    Refused(Refusal),
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Refused(error.into())
    }
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure, Duration::ZERO)
    }
}

/// Subscribes or renews where that is due, and says how soon to look again.
pub(crate) async fn look<S: Store, P: Plugins>(
    watch: &mut Watch<S, P>,
    kept: &mut Kept,
    (active, webhook): (&ActivePlan, &Webhook),
) -> Result<Duration, Refusal> {
    let Some(operation) = &webhook.uses else {
        return Ok(watch.look());
    };
    if watch.hold().await?.is_none() {
        return Ok(watch.look());
    }
    let base = watch.inner.links.base();
    if base.is_empty() {
        watch.waits("the hooks listener, whose address is not known yet");
        return Ok(watch.look());
    }
    let path = active.plan.namespace.hook_path(&webhook.path);
    let url = format!("{base}/hooks{path}");
    let wanted = Record::wanted(active, operation, url)?;
    if kept
        .seen
        .as_ref()
        .is_some_and(|(plan, _)| *plan != active.digest)
    {
        *kept = Kept::default();
    }
    let now = watch.inner.now();
    match &kept.seen {
        Some((_, record)) if record.serves(&wanted, now) => return Ok(watch.look()),
        _ => {}
    }
    if let Some(wait) = kept.wait(watch.look()) {
        return Ok(wait);
    }
    match act::establish(watch, operation, wanted).await {
        Ok(record) => {
            watch.comes(record.renew_at);
            kept.next = None;
            kept.seen = Some((active.digest, record));
            Ok(watch.look())
        }
        Err(stop) => kept.stopped(watch, stop, &operation.retry),
    }
}

/// Undoes the subscription of a trigger that no manifest has any more. None where there is none, or
/// none any more.
pub(crate) async fn undo<S: Store, P: Plugins>(
    watch: &mut Watch<S, P>,
    kept: &mut Kept,
) -> Result<Option<Duration>, Refusal> {
    if kept.seen.take().is_some() {
        kept.next = None;
    }
    if let Some(wait) = kept.wait(watch.look()) {
        return Ok(Some(wait));
    }
    let Some(record) = Record::read(watch).await? else {
        return Ok(None);
    };
    if watch.hold().await?.is_none() {
        return Ok(Some(watch.look()));
    }
    match act::take_back(watch, &record).await {
        Ok(()) => Ok(None),
        Err(stop) => kept.stopped(watch, stop, &Retry::default()).map(Some),
    }
}

impl Kept {
    /// How long to wait until the next look, where it is not time to do anything.
    fn wait(&self, look: Duration) -> Option<Duration> {
        let left = self.next?.checked_duration_since(Instant::now())?;
        (!left.is_zero()).then(|| left.min(look))
    }

    fn stopped<S: Store, P: Plugins>(
        &mut self,
        watch: &mut Watch<S, P>,
        stop: Stop,
        retry: &Retry,
    ) -> Result<Duration, Refusal> {
        let pause = match stop {
            Stop::Wait(pause) => pause,
            Stop::Failed(failure, least) => watch.failed(&failure, retry).max(least),
            Stop::Refused(refusal) => return Err(refusal),
        };
        self.next = Some(Instant::now() + pause);
        Ok(pause.min(watch.look()))
    }
}
