//! What follows where a step fails for good: its own word counts, and then that of whatever lies
//! around it.

use mortise_model::entry::{End, ItemFailure};
use mortise_model::path::Part;
use mortise_model::plan::{Action, OnFailure, OnItemFailure};
use mortise_model::run::Phase;
use mortise_model::{Fact, Failure, StepPath};

use super::View;

/// How a failure ends the run that nothing in the manifest keeps going.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Park,
    Fail,
}

impl View<'_> {
    /// The entries of a step that gives up.
    pub(super) fn give_up(&self, step: &StepPath, failure: &Failure) -> Vec<Fact> {
        if !self.is_live(step) {
            return Vec::new();
        }
        if self.run.phase != Phase::Steps {
            return vec![self.over(step, failure, Fate::Park)];
        }
        let mut fate = Fate::Park;
        let mut current = step.clone();
        loop {
            match self.plan.step(&current).map(|step| &step.on_failure) {
                Some(OnFailure::Continue | OnFailure::Steps(_)) => {
                    return vec![Fact::StepFailed {
                        step: current,
                        failure: failure.clone(),
                    }];
                }
                Some(OnFailure::Fail) => fate = Fate::Fail,
                Some(OnFailure::Park) | None => {}
            }
            match self.around(&current) {
                Around::Nothing => return vec![self.over(step, failure, fate)],
                Around::Item(foreach, item) => {
                    let item = ItemFailure {
                        item,
                        step: step.clone(),
                        failure: failure.clone(),
                    };
                    return vec![Fact::ItemFailed {
                        step: foreach,
                        item,
                    }];
                }
                Around::Block(block) => current = block,
            }
        }
    }

    /// What decides about a failure of a step after the step itself.
    fn around(&self, step: &StepPath) -> Around {
        let mut scope = step.scope();
        loop {
            let Some((owner, part)) = scope.owner() else {
                return Around::Nothing;
            };
            // The step whose failure was being handled has spoken already.
            if part == Part::OnFailure {
                scope = owner.scope();
                continue;
            }
            let action = self.plan.step(&owner).map(|step| &step.action);
            return match (action, part) {
                (Some(Action::Foreach(foreach)), Part::Index(item))
                    if foreach.on_failure != OnItemFailure::Stop =>
                {
                    Around::Item(owner, item)
                }
                _ => Around::Block(owner),
            };
        }
    }

    /// Nothing in the manifest keeps the run going.
    fn over(&self, step: &StepPath, failure: &Failure, fate: Fate) -> Fact {
        let step_path = Some(step.clone());
        let failure = failure.clone();
        let end = match fate {
            Fate::Park => End::Parked {
                step: step_path,
                failure,
            },
            Fate::Fail => End::Failed {
                step: step_path,
                failure,
            },
        };
        self.end(end, Some(step))
    }
}

enum Around {
    Nothing,
    Block(StepPath),
    Item(StepPath, u64),
}
