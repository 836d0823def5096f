//! Whether a run that is under way can go on with another version of its plan.

use std::collections::BTreeSet;

use mortise_model::path::{RECEIVE, UNDO};
use mortise_model::plan::{Action, Items, Step, Wait};
use mortise_model::{Plan, Run, ScopePath, StepPath};
use thiserror::Error;

/// Why a run cannot go on with another version of its plan.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Misfit {
    /// A step has begun that the other version does not have.
    #[error("step `{0}` has begun, and the other version has no such step")]
    Gone(StepPath),
    /// A step has begun that does something else there.
    #[error("step `{0}` has begun, and does something else in the other version")]
    Other(StepPath),
    /// A step that has not begun stands before one that has.
    #[error("step `{new}` of the other version stands before `{begun}`, which has begun")]
    Before {
        /// The step that would be left out.
        new: StepPath,
        /// The one that has begun.
        begun: StepPath,
    },
    /// It is the plan of another workflow.
    #[error("the run is of workflow `{0}`")]
    Workflow(String),
}

/// Whether everything that a run has begun is there in another version of its plan, in the same
/// order, and does the same.
///
/// # Errors
/// The first step that does not fit.
pub fn fits(old: &Plan, new: &Plan, run: &Run) -> Result<(), Misfit> {
    if (&old.namespace, &old.workflow) != (&new.namespace, &new.workflow) {
        return Err(Misfit::Workflow(old.workflow.to_string()));
    }
    let mut scopes = BTreeSet::new();
    for path in run.steps.keys() {
        if path.as_str() == RECEIVE {
            continue;
        }
        if path.id() == UNDO {
            new.node(path).ok_or_else(|| Misfit::Gone(path.clone()))?;
            continue;
        }
        let there = new.step(path).ok_or_else(|| Misfit::Gone(path.clone()))?;
        let here = old.step(path).ok_or_else(|| Misfit::Gone(path.clone()))?;
        if !does_the_same(here, there) {
            return Err(Misfit::Other(path.clone()));
        }
        scopes.insert(path.scope());
    }
    scopes
        .iter()
        .try_for_each(|scope| in_order(new, run, scope))
}

/// The steps that have begun must be the first ones of their scope.
fn in_order(new: &Plan, run: &Run, scope: &ScopePath) -> Result<(), Misfit> {
    let steps = new.steps_of(scope).unwrap_or_default();
    let paths = steps.iter().map(|step| scope.step(step.id.as_str()));
    let mut skipped = None;
    for path in paths {
        match (&skipped, run.steps.contains_key(&path)) {
            (None, false) => skipped = Some(path),
            (Some(new), true) => {
                return Err(Misfit::Before {
                    new: new.clone(),
                    begun: path,
                });
            }
            _ => {}
        }
    }
    Ok(())
}

fn does_the_same(here: &Step, there: &Step) -> bool {
    match (&here.action, &there.action) {
        (Action::Operation(a), Action::Operation(b)) => {
            (&a.plugin, &a.name, &a.connection) == (&b.plugin, &b.name, &b.connection)
        }
        (Action::Foreach(a), Action::Foreach(b)) => {
            let from = |items: &Items| match items {
                Items::List(_) => None,
                Items::Pages(step) => Some(step.clone()),
            };
            a.batch == b.batch && from(&a.items) == from(&b.items)
        }
        (Action::Call(a), Action::Call(b)) => a.workflow == b.workflow,
        (Action::Collect(a), Action::Collect(b)) => a.pages == b.pages,
        (Action::Wait(a), Action::Wait(b)) => match (a, b) {
            // How long it waits was decided when it began to.
            (Wait::Duration { .. } | Wait::Until(_), Wait::Duration { .. } | Wait::Until(_)) => {
                true
            }
            (a, b) => std::mem::discriminant(a) == std::mem::discriminant(b),
        },
        (here, there) => std::mem::discriminant(here) == std::mem::discriminant(there),
    }
}
