//! Subscribing and taking back, as applications see it.

use std::sync::Arc;
use std::time::Duration;

use mortise_model::plan::Operation;
use mortise_model::{Disposition, Failure, Json, Timestamp};
use mortise_ports::plugins::{Invocation, Outcome};
use mortise_ports::triggers::Memory;
use mortise_ports::{Plugins, Store, StoreError};

use super::Stop;
use super::record::{Record, record_key};
use crate::perform::misfit;
use crate::perform::receive::input;
use crate::trigger::{Asked, Watch};

/// A subscription is renewed when so many hundredths of its time have passed.
const RENEW_AT_PERCENT: u128 = 80;

/// A subscription whose secret was refused is tried again as seldom as this: it costs the
/// application two requests each time, and only another version of something helps.
const SECRET_RETRY: Duration = Duration::from_secs(3_600);

/// Sees to it that there is what is wanted: leaves it as it is, renews it or subscribes.
pub(super) async fn establish<S: Store, P: Plugins>(
    watch: &mut Watch<S, P>,
    operation: &Arc<Operation>,
    wanted: Record,
) -> Result<Record, Stop> {
    match Record::read(watch).await? {
        Some(record) if record.serves(&wanted, watch.inner.now()) => return Ok(record),
        // Another account, or other events: what is there is of no use to what comes.
        Some(other) if other.digest != wanted.digest => take_back(watch, &other).await?,
        _ => {}
    }
    subscribe(watch, operation, wanted).await
}

async fn subscribe<S: Store, P: Plugins>(
    watch: &mut Watch<S, P>,
    operation: &Arc<Operation>,
    wanted: Record,
) -> Result<Record, Stop> {
    let invocation = Invocation::Subscribe {
        input: input(operation)?,
        url: wanted.url.clone(),
        memory: watch.inner.store.memory(&watch.key).await?,
    };
    let outcome = ask(watch, operation, invocation).await?;
    let Outcome::Subscription {
        memory,
        secrets,
        renew_after_ms,
    } = outcome
    else {
        return Err(misfit().into());
    };
    if let Some((name, _)) = secrets.first() {
        return Err(refuse_secret(watch, operation, (name, memory)).await);
    }
    let now = watch.inner.now();
    let record = Record {
        renew_at: renew_after_ms.map(|ms| renewal(now, ms)),
        ..wanted
    };
    keep(watch, memory, &record).await?;
    watch.succeeded();
    Ok(record)
}

fn renewal(now: Timestamp, lapses_after_ms: u64) -> Timestamp {
    let share_ms = u128::from(lapses_after_ms) * RENEW_AT_PERCENT / 100;
    now.plus_ms(u64::try_from(share_ms).unwrap_or(u64::MAX))
}

/// A secret that is not kept is of no use, and one that is kept in the open does harm.
async fn refuse_secret<S: Store, P: Plugins>(
    watch: &mut Watch<S, P>,
    operation: &Arc<Operation>,
    (name, memory): (&str, Json),
) -> Stop {
    let undone = match input(operation) {
        Ok(input) => {
            let invocation = Invocation::Unsubscribe { input, memory };
            ask(watch, operation, invocation).await.map(|_| ())
        }
        Err(failure) => Err(failure.into()),
    };
    let and = match undone {
        Ok(()) => "the subscription was undone".to_owned(),
        Err(Stop::Failed(failure, _)) => format!(
            "undoing the subscription failed ({}), so remove it in the application by hand",
            failure.message
        ),
        Err(_) => "the subscription could not be undone, so remove it in the application by hand"
            .to_owned(),
    };
    let message = format!(
        "the application issued a secret, `{name}`, and there is no vault that could keep it: {and}; use an operation that needs no secret, or a `webhook` without `uses`"
    );
    let failure = Failure::new(Disposition::Misconfigured, "secret-issued", message);
    Stop::Failed(failure, SECRET_RETRY)
}

async fn keep<S: Store, P: Plugins>(
    watch: &Watch<S, P>,
    memory: Json,
    record: &Record,
) -> Result<(), StoreError> {
    let value = Json::of(record).map_err(|e| StoreError::Damaged(e.to_string()))?;
    for (trigger, value) in [(watch.key.clone(), memory), (record_key(&watch.key), value)] {
        // `receive` writes the first one as well, and holds nothing.
        let fence = None;
        let memory = Memory {
            trigger,
            fence,
            value,
        };
        watch.inner.store.save(memory).await?;
    }
    Ok(())
}

/// Undoes a subscription with the operation that it was made with, and forgets it.
pub(super) async fn take_back<S: Store, P: Plugins>(
    watch: &mut Watch<S, P>,
    record: &Record,
) -> Result<(), Stop> {
    let memory = watch.inner.store.memory(&watch.key).await?;
    let operation = record.operation(watch).await?;
    match (operation, memory) {
        (Some(operation), Some(memory)) => {
            let input = input(&operation)?;
            let invocation = Invocation::Unsubscribe { input, memory };
            match ask(watch, &operation, invocation).await {
                // It will never take this back, most likely because it has no such subscription.
                Err(Stop::Failed(failure, _)) if failure.disposition == Disposition::Reject => {
                    by_hand(watch, record, &failure.message);
                }
                undone => drop(undone?),
            }
        }
        _ => by_hand(watch, record, "what it was subscribed with is gone"),
    }
    let store = &watch.inner.store;
    // The record goes last: until then this is done again.
    store.forget(&watch.key).await?;
    store.forget(&record_key(&watch.key)).await?;
    Ok(())
}

fn by_hand<S, P>(watch: &Watch<S, P>, record: &Record, why: &str) {
    let (workflow, trigger) = (&watch.key.workflow, &watch.key.trigger);
    tracing::error!(%workflow, trigger, url = record.url, "a subscription was given up: look whether it has to be removed in the application by hand: {why}");
}

async fn ask<S: Store, P: Plugins>(
    watch: &mut Watch<S, P>,
    operation: &Arc<Operation>,
    invocation: Invocation,
) -> Result<Outcome, Stop> {
    match watch.ask(operation, invocation).await {
        Asked::Done(result) => Ok(result?.0),
        Asked::Lost => Err(Stop::Wait(watch.look())),
        Asked::Held(until) => {
            let wait_ms = until.since_ms(watch.inner.now());
            Err(Stop::Wait(Duration::from_millis(wait_ms)))
        }
    }
}
