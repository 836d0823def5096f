//! Which step comes next.

use mortise_model::entry::End;
use mortise_model::path::{FINALLY, Part, UNDO};
use mortise_model::plan::{Action, OnFailure, Step};
use mortise_model::run::{Phase, StepState, StepStatus};
use mortise_model::{Command, Plan, Run, ScopePath, StepPath};

/// A run on its way, and the commands that come up.
pub(crate) struct Flow<'a> {
    pub plan: &'a Plan,
    pub run: &'a mut Run,
    pub commands: Vec<Command>,
}

/// Whether a step may begin anything: its phase is on, and every block around it is open to it.
pub(crate) fn is_live(run: &Run, path: &StepPath) -> bool {
    let is_unwanted = run.steps.get(path).is_some_and(|state| state.unwanted);
    if run.parking.is_some() || run.end.is_some() || is_unwanted {
        return false;
    }
    let phase = if path.id() == UNDO {
        return run.phase == Phase::Undoing;
    } else if path.as_str().starts_with(FINALLY) && path.as_str() != FINALLY {
        Phase::Finally
    } else {
        Phase::Steps
    };
    if run.phase != phase || (phase == Phase::Steps && run.ending.is_some()) {
        return false;
    }
    path.scope()
        .outward()
        .filter_map(|scope| scope.owner())
        .all(|(owner, part)| admits(run, &owner, &part))
}

/// Whether a step that has parts is open to one of them.
fn admits(run: &Run, owner: &StepPath, part: &Part) -> bool {
    let Some(state) = run.steps.get(owner) else {
        return false;
    };
    match part {
        Part::OnFailure => state.status == StepStatus::Handling,
        _ if state.status != StepStatus::Open => false,
        Part::Branch(_) => true,
        Part::Index(index) => match &state.items {
            Some(items) => items.open.contains(index),
            None => state.case.map(u64::from) == Some(*index),
        },
    }
}

impl Flow<'_> {
    pub fn is_live(&self, path: &StepPath) -> bool {
        is_live(self.run, path)
    }

    /// Whether a block is open and may go on.
    pub fn is_open(&self, block: &StepPath) -> bool {
        self.is_live(block)
            && self
                .run
                .steps
                .get(block)
                .is_some_and(|state| state.status == StepStatus::Open)
    }

    /// Whether the run begins nothing new in this phase.
    pub fn is_stopping(&self) -> bool {
        self.run.parking.is_some() || (self.run.phase == Phase::Steps && self.run.ending.is_some())
    }

    /// Has the phase ended where nothing is under way any more.
    pub fn settle(&mut self) {
        if self.is_stopping() && self.run.end.is_none() && !self.run.is_calling() {
            self.commands.push(Command::Settle);
        }
    }

    /// Goes on behind the step that came to its end.
    pub fn after(&mut self, path: &StepPath) {
        if path.id() == UNDO {
            self.next_undo();
        } else if self.is_live(path) {
            self.go_on(&path.scope());
        } else {
            self.late(path);
        }
        self.settle();
    }

    /// Begins the next step of a scope, or ends the scope.
    pub fn go_on(&mut self, scope: &ScopePath) {
        match self.first_unfinished(scope) {
            Some((path, None)) => self.commands.push(Command::Evaluate { step: path }),
            Some((_, Some(_))) => {}
            None => self.scope_done(scope),
        }
    }

    /// The first step of a scope that is not over, and where it stands.
    fn first_unfinished(&self, scope: &ScopePath) -> Option<(StepPath, Option<StepStatus>)> {
        first_unfinished(self.plan, self.run, scope)
    }

    fn scope_done(&mut self, scope: &ScopePath) {
        let Some((owner, part)) = scope.owner() else {
            let is_root = scope.as_str().is_empty();
            self.commands.push(if is_root {
                Command::EvaluateOutput
            } else {
                Command::Settle
            });
            return;
        };
        match (part, self.plan.step(&owner).map(|step| &step.action)) {
            (Part::OnFailure, _) => {
                if let Some(state) = self.run.steps.get_mut(&owner) {
                    state.status = StepStatus::Failed;
                }
                self.go_on(&owner.scope());
            }
            (Part::Index(item), Some(Action::Foreach(_))) => self.item_done(&owner, item),
            _ => self.block_done(owner),
        }
    }

    /// A case or a branch is done: where all are, the block is put together.
    fn block_done(&mut self, owner: StepPath) {
        let all = match self.plan.step(&owner).map(|step| &step.action) {
            Some(Action::Parallel(branches)) => branches.iter().all(|branch| {
                let part = Part::Branch(branch.name.clone());
                self.first_unfinished(&ScopePath::of(&owner, &part))
                    .is_none()
            }),
            _ => true,
        };
        if all {
            self.commands.push(Command::Gather {
                step: owner,
                whole: true,
            });
        }
    }

    /// A result that nothing waits for any more: it may have been the last thing that a part of a
    /// `foreach` was held up by.
    pub fn late(&mut self, path: &StepPath) {
        let around: Vec<StepPath> = path
            .scope()
            .outward()
            .filter_map(|scope| scope.owner())
            .map(|(owner, _)| owner)
            .collect();
        for owner in around {
            if self.foreach(&owner).is_some() {
                self.part_done(&owner);
            }
        }
        self.go_on_cancelled();
    }

    /// Goes on with the end of a run that was cancelled there, once what was under way is over.
    pub fn go_on_cancelled(&mut self) {
        if !is_cancelled(self.run) || self.run.parking.is_some() || self.run.is_calling() {
            return;
        }
        match self.run.phase {
            Phase::Steps => {}
            Phase::Undoing => self.next_undo(),
            Phase::Finally => self.go_on(&ScopePath::finally()),
        }
    }

    /// Takes the next step back, or ends the phase.
    pub fn next_undo(&mut self) {
        if self.run.phase != Phase::Undoing || self.run.parking.is_some() {
            return;
        }
        while let Some(undo) = self.run.done.last().map(StepPath::undo) {
            match self.run.steps.get(&undo).map(|state| state.status) {
                None => self.commands.push(Command::Evaluate { step: undo }),
                Some(StepStatus::Entered) => self.commands.push(Command::Admit { step: undo }),
                // Who cancelled it wants the others taken back nevertheless.
                Some(StepStatus::Cancelled | StepStatus::Failed) if is_cancelled(self.run) => {
                    self.run.done.pop();
                    continue;
                }
                Some(_) => {}
            }
            return;
        }
        self.commands.push(Command::Settle);
    }

    /// Everything that is to be done and not under way: for a run that was taken up again.
    pub fn resume(&mut self) {
        if self.is_stopping() {
            self.settle();
            return;
        }
        match self.run.phase {
            Phase::Steps if self.run.event.is_none() => {}
            Phase::Steps => self.walk(&ScopePath::root()),
            Phase::Undoing => self.next_undo(),
            Phase::Finally => self.walk(&ScopePath::finally()),
        }
    }

    fn walk(&mut self, scope: &ScopePath) {
        let Some((path, Some(status))) = self.first_unfinished(scope) else {
            self.go_on(scope);
            return;
        };
        match status {
            StepStatus::Entered => self.commands.push(Command::Admit { step: path }),
            StepStatus::Handling => self.walk(&ScopePath::of(&path, &Part::OnFailure)),
            StepStatus::Open => self.walk_block(path),
            _ => {}
        }
    }

    fn walk_block(&mut self, path: StepPath) {
        let (plan, state) = (self.plan, self.run.steps.get(&path));
        let Some((step, state)) = plan.step(&path).zip(state) else {
            return;
        };
        if let Some(items) = &state.items {
            if items.complete {
                let (step, whole) = (path, true);
                self.commands.push(Command::Gather { step, whole });
                return;
            }
            for item in items.open.clone() {
                self.walk(&ScopePath::of(&path, &Part::Index(item)));
            }
            self.next_items(&path);
            return;
        }
        let mut parts = Vec::new();
        match (&step.action, state.case) {
            (Action::Parallel(branches), _) => {
                parts.extend(branches.iter().map(|b| Part::Branch(b.name.clone())));
            }
            (Action::Switch(_), Some(case)) => parts.push(Part::Index(case.into())),
            _ => {}
        }
        let scopes = parts.iter().map(|part| ScopePath::of(&path, part));
        let open: Vec<ScopePath> = scopes
            .filter(|scope| self.first_unfinished(scope).is_some())
            .collect();
        if open.is_empty() {
            self.block_done(path);
        }
        for scope in open {
            self.walk(&scope);
        }
    }

    /// A step's state, made where it has none.
    pub fn state(&mut self, path: &StepPath) -> &mut StepState {
        self.run.steps.entry(path.clone()).or_default()
    }
}

/// The first step of a scope that is not over, and where it stands.
fn first_unfinished(
    plan: &Plan,
    run: &Run,
    scope: &ScopePath,
) -> Option<(StepPath, Option<StepStatus>)> {
    // What was cancelled at the end of the run, or had failed before that, keeps nothing up.
    let goes_on = is_cancelled(run) && *scope == ScopePath::finally();
    plan.steps_of(scope)?.iter().find_map(|step| {
        let path = scope.step(step.id.as_str());
        let status = run.steps.get(&path).map(|state| state.status);
        let is_given_up = matches!(status, Some(StepStatus::Cancelled | StepStatus::Failed));
        let is_over = is_over(step, status) || (goes_on && is_given_up);
        (!is_over).then_some((path, status))
    })
}

/// Whether everything under `finally` is over.
pub(crate) fn is_finished(plan: &Plan, run: &Run) -> bool {
    first_unfinished(plan, run, &ScopePath::finally()).is_none()
}

fn is_cancelled(run: &Run) -> bool {
    matches!(run.ending, Some(End::Cancelled { .. }))
}

/// Whether what follows a step may begin.
fn is_over(step: &Step, status: Option<StepStatus>) -> bool {
    match status {
        Some(StepStatus::Succeeded | StepStatus::Skipped) => true,
        Some(StepStatus::Failed) => {
            matches!(step.on_failure, OnFailure::Continue | OnFailure::Steps(_))
        }
        _ => false,
    }
}
