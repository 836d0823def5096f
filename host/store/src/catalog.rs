//! Plans and plugins.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex};

use mortise_model::Plan;
use mortise_model::id::{Digest, Namespace, WorkflowName};
use mortise_ports::catalog::{Active, ActivePlan, Candidate, PlanRef, Publication, Rollout, Trial};
use mortise_ports::{Catalog, StoreError};

use crate::disk::Writer;
use crate::job::PutItem;
use crate::keys;
use crate::payloads::{keep, read_whole};
use crate::record;
use crate::rows::{ActiveRecord, TrialRecord};
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
        publication: Publication,
    ) -> Result<Active, StoreError> {
        let _one_at_a_time = self.shared.plans.publishing.lock().await;
        let (shared, name) = (Arc::clone(&self.shared), namespace.clone());
        let (item, active) =
            blocking(move || prepare(&shared, &name, expected_revision, publication)).await?;
        if let Some(item) = item {
            self.shared.put(item).await?;
        }
        for plan in &active.plans {
            self.shared.plans.remember(plan.digest, &plan.plan);
            if let Some(candidate) = &plan.candidate {
                let (digest, plan) = (candidate.digest, &candidate.plan);
                self.shared.plans.remember(digest, plan);
            }
        }
        Ok(active)
    }

    async fn active(&self, namespace: &Namespace) -> Result<Active, StoreError> {
        let (shared, namespace) = (Arc::clone(&self.shared), namespace.clone());
        blocking(move || {
            let record = active(&shared, &namespace)?;
            let known = |digest: Digest| {
                let missing = || record::damaged(&keys::plan(digest), "an active plan is missing");
                read(&shared, digest)?.ok_or_else(missing)
            };
            let named = |plans: &[(Digest, u32)]| -> Result<Vec<Numbered>, StoreError> {
                let plans = plans.iter();
                plans
                    .map(|(digest, version)| Ok((*digest, *version, known(*digest)?)))
                    .collect()
            };
            let trials = record.trials.iter();
            let trials: Result<Vec<_>, StoreError> = trials
                .map(|trial| Ok((trial.rollout.clone(), named(&trial.candidates)?)))
                .collect();
            Ok(shown(
                record.revision,
                named(&record.plans)?,
                trials?,
                paused(&shared, &namespace)?,
            ))
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

/// A plan with its digest and its version.
type Numbered = (Digest, u32, Arc<Plan>);

/// What is active, of its parts.
fn shown(
    revision: u64,
    plans: Vec<Numbered>,
    trials: Vec<(Rollout, Vec<Numbered>)>,
    paused: Vec<WorkflowName>,
) -> Active {
    let mut candidates: HashMap<WorkflowName, Arc<Candidate>> = HashMap::new();
    let mut rollouts = Vec::with_capacity(trials.len());
    for (rollout, plans) in trials {
        for (digest, version, plan) in plans {
            let candidate = Candidate {
                rollout: rollout.clone(),
                digest,
                version,
                plan,
            };
            let workflow = candidate.plan.workflow.clone();
            candidates.insert(workflow, Arc::new(candidate));
        }
        rollouts.push(rollout);
    }
    let plans = plans.into_iter().map(|(digest, version, plan)| ActivePlan {
        candidate: candidates.remove(&plan.workflow),
        digest,
        version,
        plan,
    });
    Active {
        revision,
        plans: plans.collect(),
        rollouts,
        paused,
    }
}

/// What is active from now on, and what has to be written for that: nothing where it was active
/// before, so that a full disk keeps nobody from starting.
fn prepare(
    shared: &Shared,
    namespace: &Namespace,
    expected_revision: u64,
    publication: Publication,
) -> Result<(Option<PutItem>, Active), StoreError> {
    let known = active(shared, namespace)?;
    if known.revision != expected_revision {
        return Err(StoreError::Revision {
            expected: expected_revision,
            actual: known.revision,
        });
    }
    check(namespace, &publication)?;
    let mut item = PutItem::new(Writer::News, Vec::new());
    let mut numbering = Numbering {
        shared,
        namespace,
        item: &mut item,
        latest: HashMap::new(),
    };
    let plans = numbering.all(publication.plans)?;
    let mut trials = Vec::with_capacity(publication.rollouts.len());
    for Trial {
        rollout,
        candidates,
    } in publication.rollouts
    {
        trials.push((rollout, numbering.all(candidates)?));
    }
    let short = |plans: &[Numbered]| plans.iter().map(|plan| (plan.0, plan.1)).collect();
    let mut record = ActiveRecord {
        revision: known.revision,
        plans: short(&plans),
        trials: trials
            .iter()
            .map(|(rollout, candidates)| TrialRecord {
                rollout: rollout.clone(),
                candidates: short(candidates),
            })
            .collect(),
    };
    let is_new = record != known;
    record.revision += u64::from(is_new);
    let paused = paused(shared, namespace)?;
    let published = shown(record.revision, plans, trials, paused);
    if !is_new {
        return Ok((None, published));
    }
    let bytes = record::encode(&record, shared.settings.record_max_bytes)?;
    item.replace.push((keys::active(namespace), bytes));
    Ok((Some(item), published))
}

/// Gives plans their versions, and has new ones kept.
struct Numbering<'a> {
    shared: &'a Shared,
    namespace: &'a Namespace,
    item: &'a mut PutItem,
    /// The last version of a workflow, where one was given.
    latest: HashMap<WorkflowName, u32>,
}

impl Numbering<'_> {
    fn all(&mut self, mut plans: Vec<Plan>) -> Result<Vec<Numbered>, StoreError> {
        plans.sort_by(|a, b| a.workflow.cmp(&b.workflow));
        plans.into_iter().map(|plan| self.one(plan)).collect()
    }

    fn one(&mut self, plan: Plan) -> Result<Numbered, StoreError> {
        let max_bytes = self.shared.settings.record_max_bytes;
        let bytes = record::encode(&plan, max_bytes)?;
        let digest = Digest::of(record::json(&bytes));
        let workflow = plan.workflow.as_str();
        let key = keys::version(self.namespace, workflow, digest);
        let version = match record::get::<u32>(&self.shared.db, &key)? {
            Some(version) => version,
            None => {
                let latest_key = keys::latest(self.namespace, workflow);
                let latest = match self.latest.get(&plan.workflow) {
                    Some(latest) => Some(*latest),
                    None => record::get::<u32>(&self.shared.db, &latest_key)?,
                };
                let version = latest.unwrap_or(0) + 1;
                self.latest.insert(plan.workflow.clone(), version);
                let ops = &mut self.item.ops;
                record::put(ops, &keys::plan(digest), &bytes);
                let number = record::encode(&version, max_bytes)?;
                record::put(ops, &key, &number);
                record::put(ops, &latest_key, &number);
                version
            }
        };
        Ok((digest, version, Arc::new(plan)))
    }
}

/// One plan for each workflow, all of this namespace, and one candidate beside it at most.
fn check(namespace: &Namespace, publication: &Publication) -> Result<(), StoreError> {
    let mut names = BTreeSet::new();
    let plans = publication.plans.iter().map(|plan| (plan, false));
    let candidates = publication
        .rollouts
        .iter()
        .flat_map(|trial| &trial.candidates);
    for (plan, is_candidate) in plans.chain(candidates.map(|plan| (plan, true))) {
        let name = plan.workflow.as_str();
        if plan.namespace != *namespace {
            let whose = &plan.namespace;
            return Err(StoreError::Failed(format!(
                "workflow `{name}` belongs to namespace `{whose}`, not to `{namespace}`"
            )));
        }
        if !names.insert((name, is_candidate)) {
            return Err(StoreError::Failed(format!(
                "workflow `{name}` was published twice at once"
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
