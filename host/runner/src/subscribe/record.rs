//! What the host keeps of a subscription.

use std::sync::Arc;

use mortise_model::plan::{Operation, Source};
use mortise_model::{Digest, Json, Timestamp};
use mortise_ports::catalog::{ActivePlan, PlanRef};
use mortise_ports::triggers::TriggerKey;
use mortise_ports::{Plugins, Store, StoreError};
use serde::{Deserialize, Serialize};

use crate::trigger::Watch;

/// Ends the name under which a record is kept beside its trigger's memory. No id of a manifest
/// has the sign.
const SUFFIX: &str = "#subscription";

/// What the host keeps of a subscription.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    /// Where the application sends its requests.
    pub url: String,
    /// When it is to be renewed; none where it does not lapse.
    pub renew_at: Option<Timestamp>,
    /// What was subscribed to: digest of operation, connection and input.
    pub digest: Digest,
    /// The plan whose operation takes it back.
    pub plan: Digest,
}

impl Record {
    /// What an active plan wants.
    pub fn wanted(
        active: &ActivePlan,
        operation: &Operation,
        url: String,
    ) -> Result<Self, StoreError> {
        let Operation {
            plugin,
            name,
            connection,
            with,
            ..
        } = operation;
        let subject = serde_json::to_vec(&(plugin, name, connection, with));
        let subject = subject.map_err(|e| StoreError::Damaged(e.to_string()))?;
        Ok(Self {
            url,
            renew_at: None,
            digest: Digest::of(&subject),
            plan: active.digest,
        })
    }

    /// What there is; none where nothing is subscribed.
    pub async fn read<S: Store, P: Plugins>(
        watch: &Watch<S, P>,
    ) -> Result<Option<Self>, StoreError> {
        let json = watch.inner.store.memory(&record_key(&watch.key)).await?;
        json.map(|json: Json| json.read::<Self>())
            .transpose()
            .map_err(|e| {
                StoreError::Damaged(format!("the record of a subscription cannot be read: {e}"))
            })
    }

    /// Whether it is what is wanted and need not be renewed yet.
    pub fn serves(&self, wanted: &Self, now: Timestamp) -> bool {
        let is_fresh = self.renew_at.is_none_or(|at| now < at);
        is_fresh && self.digest == wanted.digest && self.url == wanted.url
    }

    /// The operation that it was made with; none where its plan is gone.
    pub async fn operation<S: Store, P: Plugins>(
        &self,
        watch: &Watch<S, P>,
    ) -> Result<Option<Arc<Operation>>, StoreError> {
        let plan = PlanRef::Digest(self.plan);
        let Some(plan) = watch.inner.store.plan(&plan).await? else {
            return Ok(None);
        };
        let mut triggers = plan.triggers.iter();
        let trigger = triggers.find(|trigger| trigger.id == watch.key.trigger);
        Ok(match trigger.map(|trigger| &trigger.source) {
            Some(Source::Webhook(webhook)) => webhook.uses.clone(),
            _ => None,
        })
    }
}

/// Where the record of a trigger's subscription is kept.
pub(super) fn record_key(trigger: &TriggerKey) -> TriggerKey {
    TriggerKey {
        trigger: format!("{}{SUFFIX}", trigger.trigger),
        ..trigger.clone()
    }
}

/// The trigger that a key is the record of; none of any other key.
pub(crate) fn subscribed(key: &TriggerKey) -> Option<TriggerKey> {
    let trigger = key.trigger.strip_suffix(SUFFIX)?;
    Some(TriggerKey {
        trigger: trigger.to_owned(),
        ..key.clone()
    })
}
