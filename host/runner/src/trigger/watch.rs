//! What a task has that looks after one trigger.

use std::sync::Arc;
use std::time::Duration;

use mortise_engine::retry::{self, Attempt};
use mortise_model::plan::Retry;
use mortise_model::{Disposition, Failure, Json, Timestamp};
use mortise_ports::triggers::{Fence, Memory, TriggerKey};
use mortise_ports::{Plugins, Store, StoreError};

use super::lease::Lease;
use crate::clock::jitter_ppm;
use crate::{Inner, Refusal};

/// What a task has that looks after one trigger.
pub(crate) struct Watch<S, P> {
    pub inner: Arc<Inner<S, P>>,
    /// Which trigger.
    pub key: TriggerKey,
    /// Only whoever has it does anything.
    pub lease: Lease,
    /// Failures in a row.
    failures: u32,
}

impl<S: Store, P: Plugins> Watch<S, P> {
    pub fn new(inner: Arc<Inner<S, P>>, key: TriggerKey) -> Self {
        Self {
            inner,
            key,
            lease: Lease::default(),
            failures: 0,
        }
    }

    /// The longest time between two looks at the clock, and at what a trigger waits for.
    pub fn look(&self) -> Duration {
        self.inner.settings.look()
    }

    /// Takes the trigger or keeps it; none where another process has it.
    ///
    /// # Errors
    /// The store's.
    pub async fn hold(&mut self) -> Result<Option<Fence>, StoreError> {
        let fence = self.lease.hold(&self.inner, &self.key).await?;
        if fence.is_none() {
            self.waits("another process, which looks after it");
        }
        Ok(fence)
    }

    /// Whether the workflow is paused: nothing comes until it goes on.
    pub fn is_paused(&self) -> bool {
        let TriggerKey {
            namespace,
            workflow,
            ..
        } = &self.key;
        let is_paused = self.inner.plans.is_paused(namespace, workflow);
        if is_paused {
            self.waits("its workflow, which is paused");
        }
        is_paused
    }

    /// Whether no more is under way than may be. Nothing is lost by waiting.
    pub fn has_room(&self) -> bool {
        let inner = &self.inner;
        let has_room = inner.store.live() < inner.settings.live_max;
        if !has_room {
            self.waits("runs under way to come to rest: there are `runner.live-max` of them");
        }
        has_room
    }

    /// Whether the disk has room for what an application may tell.
    pub fn has_disk(&self) -> bool {
        let has_disk = !self.inner.store.is_full();
        if !has_disk {
            self.waits("room on the disk");
        }
        has_disk
    }

    /// What this trigger is to remember.
    pub fn memory(&self, fence: Fence, value: Json) -> Memory {
        Memory {
            trigger: self.key.clone(),
            fence: Some(fence),
            value,
        }
    }

    /// Says what it waits for.
    pub fn waits(&self, what: &'static str) {
        let statuses = &self.inner.triggers.statuses;
        statuses.change(&self.key, |status| status.waits_for = Some(what));
    }

    /// Says when it is to do something.
    pub fn comes(&self, next_at: Option<Timestamp>) {
        let statuses = &self.inner.triggers.statuses;
        statuses.change(&self.key, |status| {
            status.next_at = next_at;
            status.waits_for = None;
        });
    }

    /// It did what it is for.
    pub fn succeeded(&mut self) {
        self.failures = 0;
        let now = self.inner.now();
        self.inner.triggers.statuses.change(&self.key, |status| {
            status.last_at = Some(now);
            status.failures = 0;
        });
    }

    /// It failed: how long to wait before the next try, which there always is. What does not pass by
    /// itself is tried again as seldom as `retry` allows, because a person may mend it meanwhile.
    pub fn failed(&mut self, failure: &Failure, retry: &Retry) -> Duration {
        self.failures = self.failures.saturating_add(1);
        let pause_ms = self.pause_ms(failure, retry);
        let TriggerKey {
            workflow, trigger, ..
        } = &self.key;
        tracing::warn!(
            %workflow, trigger, pause_ms,
            disposition = failure.disposition.word(), code = failure.code,
            "a trigger failed, and tries again: {}", failure.message
        );
        self.inner.metrics.trigger_failed();
        let (now, failures) = (self.inner.now(), self.failures);
        self.inner.triggers.statuses.change(&self.key, |status| {
            status.failures = failures;
            status.last_failure = Some((now, failure.clone()));
            status.next_at = Some(now.plus_ms(pause_ms));
            status.waits_for = None;
        });
        Duration::from_millis(pause_ms)
    }

    fn pause_ms(&self, failure: &Failure, retry: &Retry) -> u64 {
        let asked_max_ms = self.inner.settings.retry_after_max_ms;
        let least_ms = match failure.disposition {
            Disposition::Retry { after_ms } => after_ms.unwrap_or(0).min(asked_max_ms),
            Disposition::Unclear | Disposition::Timeout => 0,
            _ => retry.max_ms,
        };
        let attempt = Attempt {
            number: self.failures,
            touched: true,
            jitter_ppm: jitter_ppm(&*self.inner.clock),
            asked_max_ms,
        };
        retry::pause_ms(retry, attempt).max(least_ms)
    }

    /// What follows where the store or the runner did not take something: it is tried again.
    pub fn refused(&mut self, refusal: &Refusal) -> Duration {
        match refusal {
            Refusal::Store(StoreError::Outdated) => {
                self.lease.lose();
                self.waits("another process, which looks after it");
            }
            Refusal::DiskFull => self.waits("room on the disk"),
            Refusal::Draining => {}
            refusal => {
                let TriggerKey {
                    workflow, trigger, ..
                } = &self.key;
                tracing::warn!(%workflow, trigger, error = %refusal, "a trigger has to wait");
                self.waits("the store");
            }
        }
        self.look()
    }
}
