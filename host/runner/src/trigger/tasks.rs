//! One task for each trigger that works by itself, for as long as a manifest has it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use mortise_model::id::Namespace;
use mortise_model::plan::{OperationKind, Source, Trigger};
use mortise_ports::catalog::ActivePlan;
use mortise_ports::triggers::TriggerKey;
use mortise_ports::{Plugins, Store};
use tokio::sync::watch;

use super::Watch;
use super::status::{Statuses, TriggerStatus};
use crate::{Inner, Refusal, Runner, poll, schedule, subscribe};

/// The plan that a trigger stands in; none where it stands in none any more.
type Current = Option<ActivePlan>;

/// The tasks of all triggers.
#[derive(Debug, Default)]
pub(crate) struct Tasks {
    table: Mutex<HashMap<TriggerKey, watch::Sender<Current>>>,
    pub statuses: Statuses,
}

/// What a task remembers from one look to the next, by the kind of trigger that it finds.
#[derive(Default)]
struct Kept {
    schedule: schedule::Kept,
    poll: poll::Kept,
    subscription: subscribe::Kept,
}

/// Follows what is active in a namespace from now on. A trigger that stays keeps its task, so that
/// nothing is ever done twice at the same moment.
pub(crate) fn replace<S: Store, P: Plugins>(
    inner: &Arc<Inner<S, P>>,
    namespace: &Namespace,
    plans: &[ActivePlan],
) {
    let mut wanted = HashMap::new();
    for active in plans {
        for trigger in &active.plan.triggers {
            if works_by_itself(trigger) {
                wanted.insert(key(active, trigger), active.clone());
            }
        }
    }
    let mut table = inner.triggers.table();
    for (key, current) in &*table {
        if key.namespace == *namespace {
            current.send_replace(wanted.remove(key));
        }
    }
    for (key, active) in wanted {
        begin(inner, &mut table, key, Some(active));
    }
    drop(table);
    let (inner, namespace) = (Arc::clone(inner), namespace.clone());
    let tasks = inner.tasks.clone();
    tasks.spawn(async move { sweep(&inner, &namespace).await });
}

/// Finds subscriptions of a namespace whose triggers are gone, and has them undone.
async fn sweep<S: Store, P: Plugins>(inner: &Arc<Inner<S, P>>, namespace: &Namespace) {
    let remembered = loop {
        match inner.store.remembered(namespace).await {
            Ok(remembered) => break remembered,
            Err(error) => tracing::warn!(%error, "subscriptions cannot be listed; trying again"),
        }
        tokio::select! {
            () = tokio::time::sleep(inner.settings.look()) => {}
            () = inner.draining.cancelled() => return,
        }
    };
    let mut table = inner.triggers.table();
    for key in remembered {
        if let Some(key) = subscribe::subscribed(&key)
            && !table.contains_key(&key)
        {
            begin(inner, &mut table, key, None);
        }
    }
}

fn begin<S: Store, P: Plugins>(
    inner: &Arc<Inner<S, P>>,
    table: &mut HashMap<TriggerKey, watch::Sender<Current>>,
    key: TriggerKey,
    current: Current,
) {
    let (sender, receiver) = watch::channel(current);
    table.insert(key.clone(), sender);
    let watch = Watch::new(Arc::clone(inner), key);
    inner.tasks.spawn(look_after(watch, receiver));
}

/// Looks after a trigger until no manifest has it and nothing of it is left to undo.
async fn look_after<S: Store, P: Plugins>(
    mut watch: Watch<S, P>,
    mut current: watch::Receiver<Current>,
) {
    let draining = watch.inner.draining.clone();
    let mut kept = Kept::default();
    while !draining.is_cancelled() {
        let active = current.borrow_and_update().clone();
        let looked = look(&mut watch, &mut kept, active.as_ref()).await;
        let pause = match looked {
            Ok(Some(pause)) => pause,
            Ok(None) if watch.inner.triggers.leave(&watch.key) => return,
            Ok(None) => continue,
            Err(refusal) => watch.refused(&refusal),
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            // The sender is in the table until the task leaves it.
            _ = current.changed() => {}
            () = draining.cancelled() => {}
        }
    }
}

/// Does what there is to do, and says how soon to look again; none where nothing is left.
async fn look<S: Store, P: Plugins>(
    watch: &mut Watch<S, P>,
    kept: &mut Kept,
    active: Option<&ActivePlan>,
) -> Result<Option<Duration>, Refusal> {
    let trigger = active.and_then(|active| {
        let mut triggers = active.plan.triggers.iter();
        triggers.find(|trigger| trigger.id == watch.key.trigger)
    });
    let (Some(active), Some(trigger)) = (active, trigger) else {
        return subscribe::undo(watch, &mut kept.subscription).await;
    };
    let pause = match &trigger.source {
        Source::Schedule(schedule) => {
            schedule::look(watch, &mut kept.schedule, (active, schedule)).await?
        }
        Source::Poll(poll) => poll::look(watch, &mut kept.poll, (active, poll)).await?,
        Source::Webhook(webhook) => {
            subscribe::look(watch, &mut kept.subscription, (active, webhook)).await?
        }
        // They have no task: see `works_by_itself`.
        Source::Failure { .. } | Source::Manual { .. } => watch.look(),
    };
    Ok(Some(pause))
}

fn works_by_itself(trigger: &Trigger) -> bool {
    match &trigger.source {
        Source::Schedule(_) | Source::Poll(_) => true,
        Source::Webhook(webhook) => webhook.uses.as_ref().is_some_and(|operation| {
            matches!(
                operation.kind,
                OperationKind::Webhook {
                    subscribes: true,
                    ..
                }
            )
        }),
        Source::Failure { .. } | Source::Manual { .. } => false,
    }
}

fn key(active: &ActivePlan, trigger: &Trigger) -> TriggerKey {
    TriggerKey {
        namespace: active.plan.namespace.clone(),
        workflow: active.plan.workflow.clone(),
        trigger: trigger.id.clone(),
    }
}

impl Tasks {
    fn table(&self) -> MutexGuard<'_, HashMap<TriggerKey, watch::Sender<Current>>> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a task off the table that has nothing left to do; false where its trigger has come
    /// back meanwhile.
    fn leave(&self, key: &TriggerKey) -> bool {
        let mut table = self.table();
        if table
            .get(key)
            .is_some_and(|sender| sender.borrow().is_some())
        {
            return false;
        }
        table.remove(key);
        self.statuses.forget(key);
        true
    }
}

impl<S: Store, P: Plugins> Runner<S, P> {
    /// How the schedules, polls and subscriptions of a namespace are doing in this process, by
    /// workflow and trigger.
    #[must_use]
    pub fn triggers(&self, namespace: &Namespace) -> Vec<(TriggerKey, TriggerStatus)> {
        self.inner.triggers.statuses.of(namespace)
    }
}
