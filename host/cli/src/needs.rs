//! Which plugins have to stay, although nobody may name them any more.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use mortise_manifest::pinned;
use mortise_model::{ContentDigest, Digest};
use mortise_ports::catalog::PlanRef;
use mortise_ports::{Catalog as _, Runs as _};
use mortise_registry::admission::{Needing, Needs};
use mortise_store::SledStore;

use crate::exit::{Outcome, Stop};
use crate::manifests::Manifests;

/// What runs and lock files need of a registry: see [`plugins`].
pub struct OfRuns {
    /// Where the runs are.
    pub store: Arc<SledStore>,
    /// The folder of manifests.
    pub workflows: PathBuf,
}

impl Needs for OfRuns {
    fn needed(&self) -> Needing<'_> {
        Box::pin(async move {
            let needed = plugins(&self.store, &self.workflows).await;
            let needed = needed.map_err(|stop| stop.message.unwrap_or_default())?;
            let components = needed
                .into_iter()
                .map(|digest| ContentDigest::Sha256(digest.0));
            Ok(components.collect())
        })
    }
}

/// The digests of every plugin that a run may still call, or that somebody has written down: of the plans of
/// runs that are not at rest or are parked, of active plans and the candidates beside them, of what is
/// rolled out, and of the locks in the folder of manifests and in those of its namespaces.
///
/// # Errors
/// Where a plan, the folder or a lock cannot be read: then nobody knows, and everything has to stay.
#[allow(dead_code, reason = "asked by `OfRuns`")]
pub async fn plugins(store: &SledStore, workflows: &Path) -> Outcome<BTreeSet<Digest>> {
    let mut needed = BTreeSet::new();
    for digest in store.needed_plans().await? {
        let plan = store.plan(&PlanRef::Digest(digest)).await?;
        let plan = plan.ok_or_else(|| {
            Stop::environment(format!(
                "the plan {digest}, which a run needs, is not in the store"
            ))
        })?;
        let operations = plan.operations().into_iter();
        needed.extend(operations.map(|operation| operation.digest));
    }
    let folder = workflows.to_owned();
    let read = tokio::task::spawn_blocking(move || Manifests::of_namespaces(&folder)).await;
    for manifests in read.map_err(Stop::defect)?? {
        let active = store.active(&manifests.namespace).await?;
        needed.extend(active.rollouts.iter().map(|rollout| rollout.digest));
        let Some(lock) = manifests.locked() else {
            continue;
        };
        let pins = pinned(lock).map_err(|found| {
            let found: Vec<String> = found.iter().map(ToString::to_string).collect();
            Stop::environment(found.join("\n"))
        })?;
        needed.extend(pins.into_iter().map(|pin| pin.digest));
    }
    Ok(needed)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use mortise_model::event::{Event, Origin, TriggerKind};
    use mortise_model::template::Template;
    use mortise_model::{Entry, Fact, Json, Namespace, Plan, RunId, Timestamp, entry};
    use mortise_ports::Journal as _;
    use mortise_ports::catalog::{Publication, Rollout, Trial};
    use mortise_ports::journal::Acceptance;

    use super::*;

    /// A plan with a step that calls a plugin.
    fn plan(plugin: Digest) -> Plan {
        let json = serde_json::json!({
            "format": Plan::FORMAT, "namespace": "default", "workflow": "orders", "description": null,
            "vars": null, "triggers": [], "output": null, "timeout_ms": null, "retain_ms": null,
            "steps": [{ "id": "asked", "condition": null, "action": { "operation": {
                "plugin": "acme/shop", "version": "1.0.0", "digest": plugin, "uses": "shop/find", "name": "find",
                "kind": mortise_model::plan::OperationKind::Action,
                "repeat": mortise_model::descriptor::Repeat::Safe,
                "with": Template::Literal(Json::null()), "connection": null, "hosts": [],
                "retry": mortise_model::plan::Retry::default(), "timeout_ms": 1, "on_unclear": null,
            } } }],
        });
        serde_json::from_value(json).unwrap()
    }

    fn accepted(plan: Digest) -> Acceptance {
        let accepted = entry::Accepted {
            run: RunId::from_parts(1, 1),
            namespace: Namespace::default_namespace(),
            workflow: "orders".into(),
            plan,
            version: 1,
            rollout: None,
            origin: Origin {
                trigger: "hook".to_owned(),
                kind: TriggerKind::Webhook,
            },
            event: Event {
                id: "1".to_owned(),
                payload: Json::null().into(),
                request: None,
            },
            parent: None,
        };
        Acceptance {
            entries: vec![Entry {
                at: Timestamp(1),
                fact: Fact::Accepted(Box::new(accepted)),
            }],
            dedupe: Vec::new(),
            place: None,
            memory: None,
        }
    }

    #[tokio::test]
    async fn what_runs_plans_rollouts_and_locks_name_is_needed() {
        let place = tempfile::tempdir().unwrap();
        let [data, workflows] = ["data", "workflows"].map(|name| place.path().join(name));
        let settings = mortise_store::Settings::default();
        let store = mortise_store::open(&data, settings, Box::new(|_| {})).unwrap();
        let [run, active, tried, locked, gone] =
            ["run", "active", "tried", "locked", "gone"].map(|name| Digest::of(name.as_bytes()));
        let namespace = Namespace::default_namespace();
        let mut revision = 0;
        for old in [gone, run] {
            let plans = vec![plan(old)];
            let published = store
                .publish(&namespace, revision, plans.into())
                .await
                .unwrap();
            revision = published.revision;
            if old == run {
                store
                    .accept(vec![accepted(published.plans[0].digest)])
                    .await
                    .unwrap();
            }
        }
        let rollout = Rollout {
            plugin: "acme/shop".to_owned(),
            version: "1.1.0".to_owned(),
            digest: tried,
            share: 10,
            since: Timestamp(1),
        };
        let publication = Publication {
            plans: vec![plan(active)],
            rollouts: vec![Trial {
                rollout,
                candidates: vec![plan(tried)],
            }],
        };
        store
            .publish(&namespace, revision, publication)
            .await
            .unwrap();
        let team = workflows.join("team");
        std::fs::create_dir_all(&team).unwrap();
        let lock = format!(
            "version: 1\nplugins:\n  acme/shop@0.9.0: {locked}\nworkflows:\n  refunds:\n    shop:\n      plugin: acme/shop@0.9.0\n"
        );
        std::fs::write(team.join("mortise.lock"), &lock).unwrap();
        let needed = plugins(&store, &workflows).await.unwrap();
        assert_eq!(needed, BTreeSet::from([run, active, tried, locked]));

        std::fs::write(team.join("mortise.lock"), "version: 1\nplugins: 7\n").unwrap();
        assert!(
            plugins(&store, &workflows).await.is_err(),
            "nobody knows what it needs"
        );
        store.close();
    }
}
