//! What must be true of every run that came to rest.

use std::collections::BTreeMap;

use mortise_engine::{NoReplay, replayable};
use mortise_model::descriptor::Repeat;
use mortise_model::entry::End;
use mortise_model::path::UNDO;
use mortise_model::plan::{Action, Items, OnUnclear, Operation, OperationKind, Step};
use mortise_model::run::StepStatus;
use mortise_model::{Fact, Letter, Plan, Run, Status, StepPath};

use crate::{RULES, Simulation};

impl Simulation {
    pub fn check(&self, run: &Run) {
        let seed = self.seed;
        let ends = |rest: fn(Status) -> bool| {
            self.journal
                .iter()
                .filter(|(_, e)| matches!(&e.fact, Fact::Ended(end) if rest(end.status())))
                .count()
        };
        assert!(
            matches!(self.journal.last().unwrap().1.fact, Fact::Ended(_)),
            "seed {seed}"
        );
        assert!(ends(|status| status != Status::Parked) <= 1, "seed {seed}");
        assert!(!run.is_calling(), "seed {seed}: a call is still under way");
        if self.replays == 0 {
            assert!(self.stops > 0 || ends(|_| true) == 1, "seed {seed}");
            self.check_steps(run);
        }
        self.check_undone(run);
        self.check_finally(run);
    }

    /// No more items of a `foreach` are under way than its `at-once` says.
    pub fn check_bounds(&self, run: &Run) {
        for (path, state) in &run.steps {
            let (Some(items), Some(step)) = (&state.items, self.plan.step(path)) else {
                continue;
            };
            if let Action::Foreach(foreach) = &step.action {
                // A replay opens one item again, beside those that are under way.
                let allowed = (foreach.at_once + self.replays) as usize;
                let open = items.open.len();
                assert!(open <= allowed, "seed {}: {path}", self.seed);
                let keeps = foreach.steps.iter().any(undoes);
                let is_done = state.status == StepStatus::Succeeded;
                let is_kept = (is_done && items.records.is_some()) || !items.kept.is_empty();
                assert!(keeps || !is_kept, "seed {}: {path} keeps", self.seed);
            }
        }
    }

    /// Of no step that is in the history is it said that it has not begun.
    pub fn check_replayable(&self, run: &Run) {
        if self.replays > 0 {
            // What a replay cleared has not begun again.
            return;
        }
        for step in self.journal.iter().filter_map(|(_, e)| e.fact.step()) {
            let refusal = replayable(&self.plan, run, Some(step)).err();
            let is_denied = matches!(refusal, Some(NoReplay::NotBegun(_)));
            assert!(!is_denied, "seed {}: {step}\n{run:?}", self.seed);
            if let Some(NoReplay::Done { block, .. }) = refusal {
                let advice = replayable(&self.plan, run, Some(&block));
                assert_eq!(advice, Ok(()), "seed {}: {step}", self.seed);
            }
        }
    }

    /// Each step has at most one result, and takes effect twice only where it may.
    fn check_steps(&self, run: &Run) {
        let mut started = BTreeMap::<StepPath, u32>::new();
        let mut results = BTreeMap::<(StepPath, u32), u32>::new();
        for (_, entry) in &self.journal {
            match &entry.fact {
                Fact::AttemptStarted { step, .. } => *started.entry(step.clone()).or_default() += 1,
                Fact::AttemptSucceeded { step, .. } => {
                    *results.entry((step.clone(), 0)).or_default() += 1;
                }
                _ => {}
            }
        }
        for ((step, _), results) in &results {
            assert_eq!(
                *results, 1,
                "seed {}: {step} has {results} results",
                self.seed
            );
        }
        let is_whole = !self
            .plan
            .steps
            .iter()
            .any(|step| leaves_nothing(&self.plan, &step.id));
        for (step, started) in started {
            let operation = self.plan.operation(&step, &run.accepted.origin).unwrap();
            let performed = self.world.performed(&step);
            assert!(
                !is_whole || performed <= started,
                "seed {}: {step} ran {performed} times, {started} recorded",
                self.seed
            );
            let effects = self.world.effects(&step);
            let is_paged = operation.kind == OperationKind::Paged;
            assert!(
                may_repeat(operation) || is_paged || effects <= 1,
                "seed {}: {step} took effect {effects} times",
                self.seed
            );
            assert!(
                is_paged || started <= 4 * (operation.retry.attempts + RULES.interruptions_max),
                "seed {}: {step} was tried {started} times",
                self.seed
            );
        }
    }

    /// Where a run failed, everything that can be undone was, the last one first; also where it was
    /// cancelled once after that.
    fn check_undone(&self, run: &Run) {
        let is_failed = matches!(run.end, Some(End::Failed { .. }));
        let is_cancelled = matches!(run.end, Some(End::Cancelled { .. }));
        let is_cut_short = !is_cancelled || !run.takes_back || self.was_stopped();
        if !is_failed && is_cut_short {
            return;
        }
        assert!(run.done.is_empty(), "seed {}: {:?}", self.seed, run.done);
        if !is_failed {
            return;
        }
        if self.replays > 0 {
            return;
        }
        let mut done = Vec::new();
        let mut undoing = false;
        for (_, entry) in &self.journal {
            match &entry.fact {
                Fact::Undoing => undoing = true,
                Fact::AttemptSucceeded { step, .. } if step.id() == UNDO => {
                    assert!(undoing, "seed {}", self.seed);
                    let last: StepPath = done.pop().unwrap();
                    assert_eq!(*step, last.undo(), "seed {}", self.seed);
                }
                Fact::AttemptSucceeded { step, .. }
                    if self.plan.step(step).is_some_and(|s| s.undo.is_some()) =>
                {
                    done.push(step.clone());
                }
                _ => {}
            }
            if self.replays > 0 {
                return;
            }
        }
        assert!(
            done.is_empty(),
            "seed {}: {done:?} was not undone",
            self.seed
        );
    }

    fn check_finally(&self, run: &Run) {
        let finished = self
            .journal
            .iter()
            .any(|(_, entry)| entry.fact == Fact::Finishing);
        let ended = !matches!(run.end, Some(End::Parked { .. }));
        if ended && !self.was_stopped() {
            assert_eq!(
                finished,
                !self.plan.finally.is_empty(),
                "seed {}",
                self.seed
            );
        }
    }

    /// Who discards a run, or cancels it once more, wants no more of it.
    fn was_stopped(&self) -> bool {
        let letters = self
            .journal
            .iter()
            .filter_map(|(_, entry)| match &entry.fact {
                Fact::LetterRead { letter, .. } => Some(letter),
                _ => None,
            });
        let mut cancels = 0;
        let mut discards = 0;
        for letter in letters {
            cancels += u32::from(matches!(letter, Letter::Cancel { .. }));
            discards += u32::from(matches!(letter, Letter::Discard { .. }));
        }
        cancels > 1 || discards > 0
    }
}

/// Whether the entries inside of the parts of a `foreach` that are done may be forgotten.
pub fn leaves_nothing(plan: &Plan, step: &StepPath) -> bool {
    match plan.step(step).map(|step| &step.action) {
        Some(Action::Foreach(foreach)) => {
            matches!(foreach.items, Items::Pages(_)) && !foreach.steps.iter().any(undoes)
        }
        _ => false,
    }
}

fn undoes(step: &Step) -> bool {
    format!("{step:?}").contains("undo: Some")
}

fn may_repeat(operation: &Operation) -> bool {
    if matches!(operation.kind, OperationKind::Transform { .. }) {
        return true;
    }
    match operation.on_unclear {
        Some(OnUnclear::Retry) => true,
        Some(OnUnclear::Park) => false,
        None => operation.repeat != Repeat::Duplicates,
    }
}
