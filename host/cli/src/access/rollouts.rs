//! Versions of plugins that some of the new runs take.

use http::StatusCode;
use mortise_api::audit::{self, Change};
use mortise_api::rollouts::{self, RolloutView, Wanted};
use mortise_store::SledStore;
use serde_json::{Value, json};

use super::workflows::RELOAD_PATIENCE;
use super::{Access, answered, shown};
use crate::exit::{Outcome, Stop};

impl Access {
    /// What is rolled out: `{"items", "next"}`.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub async fn rollouts(&self) -> Outcome<Value> {
        match self {
            Self::Daemon(client) => {
                let path = "/api/v1/plugins/rollouts";
                answered(client.get(path, RELOAD_PATIENCE).await)
            }
            Self::Store { store, .. } => {
                shown(&rollouts::list(store, &self.namespace(), |_| None).await?)
            }
        }
    }

    /// What a version of a plugin would change; only a daemon knows.
    ///
    /// # Errors
    /// `NotFound` where there is no such version, or nothing that would take it.
    pub async fn outlook(&self, plugin: &str, version: &str) -> Outcome<Value> {
        let Self::Daemon(client) = self else {
            return Err(no_daemon());
        };
        let version: String = url::form_urlencoded::byte_serialize(version.as_bytes()).collect();
        let path = format!("{}?version={version}", path(plugin, "rollout"));
        answered(client.get(&path, RELOAD_PATIENCE).await)
    }

    /// Has a share of the new runs take a version. The diagnostics of manifests that are not valid with
    /// it are given instead.
    ///
    /// # Errors
    /// Why everything stays as it was.
    pub async fn roll_out(&self, wanted: &Wanted) -> Outcome<Result<Value, Vec<Value>>> {
        match self {
            Self::Daemon(client) => {
                let body = json!({ "version": wanted.version, "share": wanted.share }).to_string();
                let path = path(&wanted.plugin, "rollout");
                match client.post(&path, body.into(), RELOAD_PATIENCE).await {
                    Ok((StatusCode::UNPROCESSABLE_ENTITY, mut body)) => {
                        let found = body.get_mut("diagnostics").map(Value::take);
                        Ok(Err(match found {
                            Some(Value::Array(diagnostics)) => diagnostics,
                            _ => Vec::new(),
                        }))
                    }
                    answer => answered(answer).map(Ok),
                }
            }
            Self::Store { store, .. } => {
                let namespace = self.namespace();
                let before = audit::active(store, &namespace).await?;
                let changed = rollouts::change(store, &namespace, wanted).await?;
                let (rollout, active) = changed.ok_or_else(no_daemon)?;
                let target = format!("{} to {} of 100 new runs", rollout.name(), rollout.share);
                self.told(store, "plugins.rollout", (target, before))
                    .await?;
                shown(&RolloutView::new(&rollout, &active, None)).map(Ok)
            }
        }
    }

    /// Has new runs take none of it any more.
    ///
    /// # Errors
    /// `NotFound` where no version of the plugin is rolled out.
    pub async fn roll_back(&self, plugin: &str) -> Outcome<Value> {
        match self {
            Self::Daemon(client) => {
                let path = path(plugin, "rollback");
                answered(client.post(&path, "{}".into(), RELOAD_PATIENCE).await)
            }
            Self::Store { store, .. } => {
                let namespace = self.namespace();
                let before = audit::active(store, &namespace).await?;
                let (rollout, _) = rollouts::roll_back(store, &namespace, plugin).await?;
                self.told(store, "plugins.rollback", (rollout.name(), before))
                    .await?;
                Ok(json!({
                    "plugin": rollout.plugin,
                    "version": rollout.version,
                    "share": rollout.share,
                }))
            }
        }
    }

    /// Tells the audit log of a store what was changed there.
    async fn told(
        &self,
        store: &SledStore,
        what: &str,
        (target, before): (String, mortise_model::Digest),
    ) -> Outcome {
        let namespace = self.namespace();
        let change = Change {
            target,
            before: Some(before),
            after: Some(audit::active(store, &namespace).await?),
        };
        super::audit::tell(store, what, Some(namespace), change).await
    }
}

fn path(plugin: &str, what: &str) -> String {
    format!("/api/v1/plugins/{plugin}/{what}")
}

fn no_daemon() -> Stop {
    Stop::environment(
        "no daemon holds this data folder, and a rollout begins in one: start `mortise serve`; the share of \
         one that stands can be changed without",
    )
}
