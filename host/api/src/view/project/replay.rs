//! What a replay makes pending again.

use mortise_model::plan::{Action, OnFailure, OnItemFailure, Step};
use mortise_model::{Plan, StepPath};

use super::{Projection, blocks_around};
use crate::view::step::{ItemsView, StepView};

/// How far a block has come: its case, or its items.
type Way = (StepPath, Option<u32>, Option<ItemsView>);

impl Projection<'_> {
    /// The run goes on from a step, or from the one that failed. What is done again keeps its
    /// attempts and loses its result.
    pub(super) fn replay(&mut self, from: Option<&StepPath>, is_edited: bool) {
        let failed = self.view.failure.take().and_then(|failure| failure.step);
        self.resume();
        let plan = self.plan;
        let kept = self.ways_to(failed.as_ref());
        self.again(|step| step.status == "failed" && !goes_on(plan, &step.path));
        for (path, case, items) in kept {
            let view = self.step(&path);
            (view.case, view.items) = (case, items);
        }
        let Some(from) = from.cloned().or_else(|| failed.clone()) else {
            return;
        };
        let keeps_call = !is_edited && failed.as_ref() == Some(&from);
        self.again(|step| {
            let waits = step.status == "waiting" && step.child.is_some();
            let is_from = step.path == from && !(keeps_call && waits);
            is_from || step.path.is_inside(&from)
        });
        let around = blocks_around(&from);
        for path in around.iter().chain([&from]) {
            self.again_after(path);
        }
        for path in &around {
            let view = self.step(path);
            view.status = "running";
            view.output = None;
        }
    }

    /// The cases and the counts of the blocks around the step that failed: they are as far as they
    /// were, so nobody decides or counts them again.
    fn ways_to(&self, failed: Option<&StepPath>) -> Vec<Way> {
        let is_around = |step: &&StepView| failed.is_some_and(|f| f.is_inside(&step.path));
        let around = self.view.steps.iter().filter(is_around);
        let ways = around.map(|step| (step.path.clone(), step.case, step.items));
        ways.collect()
    }

    /// Makes the steps after one in its list pending.
    fn again_after(&mut self, step: &StepPath) {
        let scope = step.scope();
        let Some(steps) = self.plan.and_then(|plan| plan.steps_of(&scope)) else {
            return;
        };
        let later = steps
            .iter()
            .skip_while(|other| other.id.as_str() != step.id());
        let later: Vec<StepPath> = later.skip(1).map(|s| scope.step(s.id.as_str())).collect();
        self.again(|step| {
            later
                .iter()
                .any(|path| step.path == *path || step.path.is_inside(path))
        });
    }

    fn again(&mut self, is_again: impl Fn(&StepView) -> bool) {
        for step in self.view.steps.iter_mut().filter(|step| is_again(step)) {
            step.status = "pending";
            step.output = None;
            step.failure = None;
            step.failures.clear();
            step.wait = None;
            step.case = None;
            step.items = None;
            step.child = None;
        }
    }
}

/// Whether the manifest goes on behind a step that failed, or behind the item that it failed with.
fn goes_on(plan: Option<&Plan>, step: &StepPath) -> bool {
    let step_of = |path: &StepPath| plan.and_then(|plan| plan.step(path));
    let is_settled =
        |step: &Step| matches!(step.on_failure, OnFailure::Continue | OnFailure::Steps(_));
    step_of(step).is_some_and(is_settled) || is_of_item(plan, step)
}

/// Whether a `foreach` around a step goes on without the items that fail.
fn is_of_item(plan: Option<&Plan>, step: &StepPath) -> bool {
    let around = step.scope();
    let around = around.outward().filter_map(|scope| Some(scope.owner()?.0));
    let mut around = around.filter_map(|owner| plan?.step(&owner));
    around.any(|step| match &step.action {
        Action::Foreach(foreach) => foreach.on_failure != OnItemFailure::Stop,
        _ => false,
    })
}
