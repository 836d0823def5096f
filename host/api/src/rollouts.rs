//! Versions of plugins that some of the new runs take: begun, changed and taken back while the process
//! runs.

use std::future::Future;
use std::pin::Pin;

use http::StatusCode;
use mortise_manifest::Diagnostic;
use mortise_model::{Digest, Namespace, Timestamp, WorkflowName};
use mortise_ports::catalog::{Active, ActivePlan, Rollout};
use mortise_ports::{Store, StoreError};
use mortise_registry::diff::Difference;
use mortise_runner::Shares;
use serde::Serialize;
use thiserror::Error;

use crate::problem::Problem;
use crate::view::List;

/// What is to be rolled out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// `acme/shop`
    pub plugin: String,
    /// The version.
    pub version: String,
    /// So many of a hundred new runs are to take it.
    pub share: u8,
}

/// An answer on its way.
pub type Trying<'a, T> = Pin<Box<dyn Future<Output = Result<T, RolloutError>> + Send + 'a>>;

/// What a version of a plugin would change.
#[derive(Clone, Debug, Serialize)]
pub struct Outlook {
    /// `acme/shop`
    pub plugin: String,
    /// The version that was looked at.
    pub version: String,
    /// Its bytes.
    pub digest: Digest,
    /// The versions that workflows have.
    pub from: Vec<String>,
    /// The workflows that would take it.
    pub workflows: Vec<WorkflowName>,
    /// What it breaks, asks for and adds, the worst first.
    pub differences: Vec<Difference>,
}

/// A rollout as it is shown.
#[derive(Clone, Debug, Serialize)]
pub struct RolloutView {
    /// `acme/shop`
    pub plugin: String,
    /// The version that is tried out.
    pub version: String,
    /// Its bytes.
    pub digest: Digest,
    /// So many of a hundred new runs take it.
    pub share: u8,
    /// When it began.
    pub since: Timestamp,
    /// The workflows that have a candidate; none where their manifests do not fit it any more.
    pub workflows: Vec<CandidateView>,
    /// The runs that were accepted since the daemon started; none where no daemon runs.
    pub runs: Option<SharesView>,
}

/// The plan that some of the new runs of a workflow take.
#[derive(Clone, Debug, Serialize)]
pub struct CandidateView {
    /// The workflow.
    pub workflow: WorkflowName,
    /// The plan's number among the versions of its workflow.
    pub version: u32,
    /// The plan.
    pub plan: Digest,
}

/// How many runs took which plan.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct SharesView {
    /// The active one.
    pub base: u64,
    /// The candidate.
    pub candidate: u64,
}

impl RolloutView {
    /// A rollout among what is active.
    #[must_use]
    pub fn new(rollout: &Rollout, active: &Active, runs: Option<Shares>) -> Self {
        let candidates = active.plans.iter().filter_map(|plan: &ActivePlan| {
            let candidate = plan.candidate.as_ref()?;
            (candidate.rollout.plugin == rollout.plugin).then(|| CandidateView {
                workflow: plan.plan.workflow.clone(),
                version: candidate.version,
                plan: candidate.digest,
            })
        });
        Self {
            plugin: rollout.plugin.clone(),
            version: rollout.version.clone(),
            digest: rollout.digest,
            share: rollout.share,
            since: rollout.since,
            workflows: candidates.collect(),
            runs: runs.map(|Shares { base, candidate }| SharesView { base, candidate }),
        }
    }
}

/// The rollouts of a namespace. `runs` says how many runs a rollout has had, where somebody counts them.
///
/// # Errors
/// Where the store cannot be read.
pub async fn list<S: Store>(
    store: &S,
    namespace: &Namespace,
    runs: impl Fn(&Rollout) -> Option<Shares>,
) -> Result<List<RolloutView>, StoreError> {
    let active = store.active(namespace).await?;
    let rollouts = active.rollouts.iter();
    Ok(List {
        items: rollouts
            .map(|rollout| RolloutView::new(rollout, &active, runs(rollout)))
            .collect(),
        next: None,
    })
}

/// Has another share of the new runs take a version that is rolled out already: what was rolled out,
/// and what is active now. None where no version of the plugin is rolled out.
///
/// # Errors
/// `Refused` where it is another version; `Failed` where the store refuses.
pub async fn change<S: Store>(
    store: &S,
    namespace: &Namespace,
    wanted: &Wanted,
) -> Result<Option<(Rollout, Active)>, RolloutError> {
    let active = store.active(namespace).await?;
    let Some(standing) = find(&active, &wanted.plugin) else {
        return Ok(None);
    };
    if standing.version != wanted.version {
        let (name, share) = (standing.name(), standing.share);
        return Err(RolloutError::Refused(format!(
            "`{name}` is being rolled out, to {share} of 100 new runs: take it back first, with \
             `mortise plugin rollback {}`",
            wanted.plugin
        )));
    }
    let mut publication = active.publication();
    for trial in &mut publication.rollouts {
        if trial.rollout.plugin == wanted.plugin {
            trial.rollout.share = wanted.share;
        }
    }
    let changed = store
        .publish(namespace, active.revision, publication)
        .await?;
    let rollout = Rollout {
        share: wanted.share,
        ..standing.clone()
    };
    Ok(Some((rollout, changed)))
}

/// Takes a rollout back: new runs take the active plans, and those under way end on what they have.
/// Gives what was rolled out, and what is active now.
///
/// # Errors
/// `Unknown` where no version of the plugin is rolled out; `Failed` where the store refuses.
pub async fn roll_back<S: Store>(
    store: &S,
    namespace: &Namespace,
    plugin: &str,
) -> Result<(Rollout, Active), RolloutError> {
    let active = store.active(namespace).await?;
    let Some(standing) = find(&active, plugin).cloned() else {
        return Err(RolloutError::Unknown(format!(
            "no version of `{plugin}` is being rolled out in namespace `{namespace}`"
        )));
    };
    let mut publication = active.publication();
    publication
        .rollouts
        .retain(|trial| trial.rollout.plugin != plugin);
    let left = store
        .publish(namespace, active.revision, publication)
        .await?;
    Ok((standing, left))
}

fn find<'a>(active: &'a Active, plugin: &str) -> Option<&'a Rollout> {
    let mut rollouts = active.rollouts.iter();
    rollouts.find(|rollout| rollout.plugin == plugin)
}

/// Why everything stays as it was.
#[derive(Debug, Error)]
pub enum RolloutError {
    /// There is no such plugin, version or rollout.
    #[error("{0}")]
    Unknown(String),
    /// It asks for more than the manifests grant.
    #[error("{0}")]
    NotGranted(String),
    /// Manifests are not valid with it.
    #[error("the manifests are not valid with `{0}`, so everything stays as it was")]
    Invalid(String, Vec<Diagnostic>),
    /// Something else stands against it.
    #[error("{0}")]
    Refused(String),
    /// This process has no manifests.
    #[error("this process has no folder of manifests")]
    NoFolder,
    /// Something broke.
    #[error("nothing was changed: {0}")]
    Failed(String),
}

impl From<StoreError> for RolloutError {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<RolloutError> for Problem {
    fn from(error: RolloutError) -> Self {
        let detail = error.to_string();
        let (status, code) = match &error {
            RolloutError::Unknown(_) => (StatusCode::NOT_FOUND, "nothing-to-roll-out"),
            RolloutError::NotGranted(_) => (StatusCode::FORBIDDEN, "not-granted"),
            RolloutError::Invalid(..) => (StatusCode::UNPROCESSABLE_ENTITY, "manifests-invalid"),
            RolloutError::Refused(_) => (StatusCode::CONFLICT, "rollout-refused"),
            RolloutError::NoFolder => (StatusCode::CONFLICT, "no-manifests"),
            RolloutError::Failed(_) => (StatusCode::INTERNAL_SERVER_ERROR, "rollout-failed"),
        };
        let problem = Self::new(status, code, detail);
        match error {
            RolloutError::Invalid(_, diagnostics) => problem.with_diagnostics(diagnostics),
            _ => problem,
        }
    }
}
