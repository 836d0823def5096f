//! Manifests that are read again while the process runs: all or nothing.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use mortise_manifest::Diagnostic;
use mortise_model::{Namespace, WorkflowName};
use mortise_ports::catalog::{Active, Rollout};
use mortise_runner::Activation;
use serde::Serialize;
use thiserror::Error;

use crate::rollouts::{Outlook, Trying, Wanted};

/// Changes what is active: reads the manifests again and publishes their plans, and rolls versions of
/// plugins out beside them. Whoever assembles the process says how.
pub trait Reload: Send + Sync {
    /// Reads, checks and publishes the manifests of a namespace, or of all of them where none is
    /// named; nothing has changed where that fails. Takes seconds where plugins have to be compiled.
    fn load(&self, only: Option<Namespace>) -> Loading<'_>;

    /// Says what a version of a plugin would change for the workflows of a namespace.
    fn outlook(&self, namespace: Namespace, plugin: String, version: String)
    -> Trying<'_, Outlook>;

    /// Has a share of the new runs of a namespace take a version of a plugin, and publishes that.
    fn roll_out(&self, namespace: Namespace, wanted: Wanted) -> Trying<'_, (Rollout, Active)>;

    /// Takes that back, and publishes it. Says whether the next reload would take the version for all
    /// runs, because nothing pins another one.
    fn roll_back(
        &self,
        namespace: Namespace,
        plugin: String,
    ) -> Trying<'_, (Rollout, Active, bool)>;
}

/// A reload on its way.
pub type Loading<'a> =
    Pin<Box<dyn Future<Output = Result<Vec<Reloaded>, ReloadError>> + Send + 'a>>;

/// What was published, to be made active.
pub struct Reloaded {
    /// Whose it is.
    pub namespace: Namespace,
    /// What is to be active.
    pub activation: Activation,
    /// What that changes.
    pub changes: Changes,
}

/// Why everything stays as it was.
#[derive(Debug, Error)]
pub enum ReloadError {
    /// The manifests have errors.
    #[error("the manifests have errors, so everything stays as it was")]
    Invalid(Vec<Diagnostic>),
    /// Something else is in the way.
    #[error("the manifests were not read again: {0}")]
    Failed(String),
    /// There is no folder of that name.
    #[error(
        "there is no namespace `{0}`: no folder of that name with manifests lies beside the others"
    )]
    NoNamespace(Namespace),
    /// This process cannot.
    #[error("this process has no folder of manifests")]
    NoFolder,
}

/// What a reload changed, workflow by workflow.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Changes {
    /// New ones.
    pub added: Vec<WorkflowName>,
    /// Those with another version.
    pub changed: Vec<Changed>,
    /// Those that are not active any more; their runs end on the plans that they began with.
    pub removed: Vec<WorkflowName>,
    /// Those that are as they were.
    pub unchanged: Vec<WorkflowName>,
}

/// A workflow with another version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Changed {
    /// Its name.
    pub workflow: WorkflowName,
    /// The version before.
    pub from: u32,
    /// The version now.
    pub to: u32,
}

impl Changes {
    /// What one publication changed about another, by name.
    #[must_use]
    pub fn between(before: &Active, after: &Active) -> Self {
        let version = |active: &Active, name: &WorkflowName| {
            let plans = active.plans.iter();
            plans
                .filter(|plan| plan.plan.workflow == *name)
                .map(|plan| plan.version)
                .next()
        };
        let names = |active: &Active| -> Vec<WorkflowName> {
            let mut names: Vec<_> = active
                .plans
                .iter()
                .map(|p| p.plan.workflow.clone())
                .collect();
            names.sort();
            names
        };
        let mut changes = Self::default();
        for workflow in names(after) {
            match (version(before, &workflow), version(after, &workflow)) {
                (Some(from), Some(to)) if from != to => {
                    changes.changed.push(Changed { workflow, from, to });
                }
                (Some(_), _) => changes.unchanged.push(workflow),
                (None, _) => changes.added.push(workflow),
            }
        }
        changes.removed = names(before);
        changes
            .removed
            .retain(|name| version(after, name).is_none());
        changes
    }

    /// The changes of several namespaces: workflows of any but the first one are named with theirs.
    #[must_use]
    pub fn of_all(all: impl IntoIterator<Item = (Namespace, Self)>) -> Self {
        let mut whole = Self::default();
        for (namespace, mut changes) in all {
            let name = |name: &mut WorkflowName| {
                if !namespace.is_default() {
                    *name = WorkflowName::from(format!("{namespace}/{name}").as_str());
                }
            };
            changes.added.iter_mut().for_each(name);
            changes.removed.iter_mut().for_each(name);
            changes.unchanged.iter_mut().for_each(name);
            changes
                .changed
                .iter_mut()
                .for_each(|changed| name(&mut changed.workflow));
            whole.added.extend(changes.added);
            whole.removed.extend(changes.removed);
            whole.unchanged.extend(changes.unchanged);
            whole.changed.extend(changes.changed);
        }
        whole
    }

    /// Whether there is any.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.changed.is_empty() && self.removed.is_empty()
    }
}

impl fmt::Display for Changes {
    /// One line: `added a; changed b (version 1 -> 2); removed c; 3 unchanged`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |names: &[WorkflowName]| {
            let names: Vec<&str> = names.iter().map(WorkflowName::as_str).collect();
            names.join(", ")
        };
        if !self.added.is_empty() {
            write!(f, "added {}; ", list(&self.added))?;
        }
        for Changed { workflow, from, to } in &self.changed {
            write!(f, "changed {workflow} (version {from} -> {to}); ")?;
        }
        if !self.removed.is_empty() {
            write!(f, "removed {}; ", list(&self.removed))?;
        }
        write!(f, "{} unchanged", self.unchanged.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::fixture::active_plan;

    fn active(workflows: &[(&str, u32)]) -> Active {
        let plans = workflows.iter().map(|(name, version)| {
            let mut active = active_plan();
            let mut plan = (*active.plan).clone();
            plan.workflow = (*name).into();
            active.plan = plan.into();
            active.version = *version;
            active
        });
        Active {
            plans: plans.collect(),
            ..Active::default()
        }
    }

    #[test]
    fn the_difference_is_told_by_workflow() {
        let before = active(&[("a", 1), ("b", 3), ("c", 1)]);
        let after = active(&[("d", 1), ("b", 4), ("a", 1)]);
        let changes = Changes::between(&before, &after);
        assert_eq!(
            changes.to_string(),
            "added d; changed b (version 3 -> 4); removed c; 1 unchanged"
        );
        assert!(!changes.is_empty());
        assert!(Changes::between(&after, &after).is_empty());
    }
}
