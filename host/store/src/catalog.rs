//! Plans and plugins.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex};

use mortise_model::Plan;
use mortise_model::id::{Digest, Namespace, WorkflowName};
use mortise_ports::catalog::{Active, ActivePlan, PlanRef};
use mortise_ports::{Catalog, StoreError};

use crate::disk::Writer;
use crate::job::PutItem;
use crate::keys;
use crate::payloads::{keep, read_whole};
use crate::record;
use crate::rows::ActiveRecord;
use crate::shared::{Shared, blocking};
use crate::store::SledStore;
use crate::sync::lock;

/// Plans kept in memory; past it they are all dropped and read again.
const PLANS_MAX: usize = 1024;

/// Plans that were read, and the lock that publications take in turn.
#[derive(Default)]
pub struct Plans {
    read: Mutex<HashMap<Digest, Arc<Plan>>>,
    publishing: tokio::sync::Mutex<()>,
}

impl Catalog for SledStore {
    async fn publish(
        &self,
        namespace: &Namespace,
        expected_revision: u64,
        plans: Vec<Plan>,
    ) -> Result<Active, StoreError> {
        let _one_at_a_time = self.shared.plans.publishing.lock().await;
        let (shared, name) = (Arc::clone(&self.shared), namespace.clone());
        let (publication, active) =
            blocking(move || prepare(&shared, &name, expected_revision, plans)).await?;
        if let Some(publication) = publication {
            self.shared.put(publication).await?;
        }
        for plan in &active.plans {
            self.shared.plans.remember(plan.digest, &plan.plan);
        }
        Ok(active)
    }

    async fn active(&self, namespace: &Namespace) -> Result<Active, StoreError> {
        let (shared, namespace) = (Arc::clone(&self.shared), namespace.clone());
        blocking(move || {
            let record = active(&shared, &namespace)?;
            let plans = record.plans.iter().map(|(digest, version)| {
                let plan = read(&shared, *digest)?;
                Ok(ActivePlan {
                    digest: *digest,
                    version: *version,
                    plan: plan.ok_or_else(|| {
                        record::damaged(&keys::plan(*digest), "an active plan is missing")
                    })?,
                })
            });
            Ok(Active {
                revision: record.revision,
                plans: plans.collect::<Result<_, _>>()?,
                paused: paused(&shared, &namespace)?,
            })
        })
        .await
    }

    async fn plan(&self, plan: &PlanRef) -> Result<Option<Arc<Plan>>, StoreError> {
        if let PlanRef::Digest(digest) = plan
            && let Some(known) = lock(&self.shared.plans.read).get(digest)
        {
            return Ok(Some(Arc::clone(known)));
        }
        let (shared, plan) = (Arc::clone(&self.shared), plan.clone());
        blocking(move || match plan {
            PlanRef::Digest(digest) => read(&shared, digest),
            PlanRef::Version(namespace, workflow, version) => {
                match digest_of(&shared, &namespace, &workflow, version)? {
                    Some(digest) => read(&shared, digest),
                    None => Ok(None),
                }
            }
        })
        .await
    }

    async fn pause(
        &self,
        namespace: &Namespace,
        workflow: &WorkflowName,
        paused: bool,
    ) -> Result<(), StoreError> {
        let _one_at_a_time = self.shared.plans.publishing.lock().await;
        let (shared, name) = (Arc::clone(&self.shared), namespace.clone());
        let mut names = blocking(move || self::paused(&shared, &name)).await?;
        names.retain(|name| name != workflow);
        if paused {
            names.push(workflow.clone());
            names.sort();
        }
        let bytes = record::encode(&names, self.shared.settings.record_max_bytes)?;
        let item = PutItem::replacing(Writer::UnderWay, keys::paused(namespace), bytes);
        self.shared.put(item).await
    }

    async fn put_plugin(&self, bytes: Vec<u8>) -> Result<Digest, StoreError> {
        let shared = Arc::clone(&self.shared);
        blocking(move || {
            let digest = Digest::of(&bytes);
            keep(
                &shared,
                &shared.folders.plugin(digest),
                &bytes,
                Writer::News,
            )?;
            Ok(digest)
        })
        .await
    }

    async fn plugin(&self, digest: Digest) -> Result<Option<Vec<u8>>, StoreError> {
        let path = self.shared.folders.plugin(digest);
        blocking(move || read_whole(&path, digest)).await
    }
}

impl Plans {
    fn remember(&self, digest: Digest, plan: &Arc<Plan>) {
        let mut plans = lock(&self.read);
        if plans.len() >= PLANS_MAX {
            plans.clear();
        }
        plans.insert(digest, Arc::clone(plan));
    }
}

/// What is active from now on, and what has to be written for that: nothing where it was active
/// before, so that a full disk keeps nobody from starting.
fn prepare(
    shared: &Shared,
    namespace: &Namespace,
    expected_revision: u64,
    mut plans: Vec<Plan>,
) -> Result<(Option<PutItem>, Active), StoreError> {
    let known = active(shared, namespace)?;
    if known.revision != expected_revision {
        return Err(StoreError::Revision {
            expected: expected_revision,
            actual: known.revision,
        });
    }
    let max_bytes = shared.settings.record_max_bytes;
    plans.sort_by(|a, b| a.workflow.cmp(&b.workflow));
    check(namespace, &plans)?;
    let mut publication = PutItem::new(Writer::News, Vec::new());
    let mut published = Active {
        revision: known.revision + 1,
        plans: Vec::with_capacity(plans.len()),
        paused: paused(shared, namespace)?,
    };
    for plan in plans {
        let bytes = record::encode(&plan, max_bytes)?;
        let digest = Digest::of(record::json(&bytes));
        let workflow = plan.workflow.as_str();
        let version_key = keys::version(namespace, workflow, digest);
        let version = match record::get::<u32>(&shared.db, &version_key)? {
            Some(version) => version,
            None => {
                let latest_key = keys::latest(namespace, workflow);
                let version = record::get::<u32>(&shared.db, &latest_key)?.unwrap_or(0) + 1;
                record::put(&mut publication.ops, &keys::plan(digest), &bytes);
                let number = record::encode(&version, max_bytes)?;
                record::put(&mut publication.ops, &version_key, &number);
                record::put(&mut publication.ops, &latest_key, &number);
                version
            }
        };
        published.plans.push(ActivePlan {
            digest,
            version,
            plan: Arc::new(plan),
        });
    }
    let record = ActiveRecord {
        revision: published.revision,
        plans: published
            .plans
            .iter()
            .map(|plan| (plan.digest, plan.version))
            .collect(),
    };
    if record.plans == known.plans {
        published.revision = known.revision;
        return Ok((None, published));
    }
    let bytes = record::encode(&record, max_bytes)?;
    publication.replace.push((keys::active(namespace), bytes));
    Ok((Some(publication), published))
}

/// One plan for each workflow, all of this namespace.
fn check(namespace: &Namespace, plans: &[Plan]) -> Result<(), StoreError> {
    let mut names = BTreeSet::new();
    for plan in plans {
        if plan.namespace != *namespace {
            let (whose, name) = (&plan.namespace, &plan.workflow);
            return Err(StoreError::Failed(format!(
                "workflow `{name}` belongs to namespace `{whose}`, not to `{namespace}`"
            )));
        }
        if !names.insert(plan.workflow.as_str()) {
            return Err(StoreError::Failed(format!(
                "workflow `{}` was published twice at once",
                plan.workflow
            )));
        }
    }
    Ok(())
}

fn active(shared: &Shared, namespace: &Namespace) -> Result<ActiveRecord, StoreError> {
    let record = record::get(&shared.db, &keys::active(namespace))?;
    Ok(record.unwrap_or_default())
}

fn paused(shared: &Shared, namespace: &Namespace) -> Result<Vec<WorkflowName>, StoreError> {
    let names = record::get(&shared.db, &keys::paused(namespace))?;
    Ok(names.unwrap_or_default())
}

/// The plan that has a number among the versions of its workflow.
fn digest_of(
    shared: &Shared,
    namespace: &Namespace,
    workflow: &WorkflowName,
    version: u32,
) -> Result<Option<Digest>, StoreError> {
    let prefix = keys::versions(namespace, workflow.as_str());
    for record in record::scan::<u32>(&shared.db, &prefix) {
        let (key, number) = record?;
        if number == version {
            let digest = key
                .strip_prefix(&*prefix)
                .and_then(|rest| rest.try_into().ok());
            return Ok(digest.map(Digest));
        }
    }
    Ok(None)
}

fn read(shared: &Shared, digest: Digest) -> Result<Option<Arc<Plan>>, StoreError> {
    if let Some(known) = lock(&shared.plans.read).get(&digest) {
        return Ok(Some(Arc::clone(known)));
    }
    let plan = record::get::<Plan>(&shared.db, &keys::plan(digest))?.map(Arc::new);
    if let Some(plan) = &plan {
        shared.plans.remember(digest, plan);
    }
    Ok(plan)
}
