//! The parts of a `foreach`: a stretch of a list, or a page.

use mortise_model::path::Part;
use mortise_model::plan::{Action, Foreach, OnFailure, Step};
use mortise_model::run::{Items, StepStatus};
use mortise_model::{Command, Json, Payload, Run, ScopePath, StepPath};

use crate::flow::Flow;

/// Items of a list that make one part: its steps' states are in memory together.
pub const PART_ITEMS: u64 = 1_000;

/// Whether a step among these, at whatever depth, can be undone: what it did must be remembered.
#[must_use]
pub(crate) fn has_undo(steps: &[Step]) -> bool {
    steps.iter().any(|step| {
        let inside = match &step.action {
            Action::Foreach(foreach) => has_undo(&foreach.steps),
            Action::Switch(cases) => cases.iter().any(|case| has_undo(&case.steps)),
            Action::Parallel(branches) => branches.iter().any(|b| has_undo(&b.steps)),
            _ => false,
        };
        let after = match &step.on_failure {
            OnFailure::Steps(steps) => has_undo(steps),
            _ => false,
        };
        step.undo.is_some() || inside || after
    })
}

/// How many items so many records make.
#[must_use]
pub fn item_count(foreach: &Foreach, records: u32) -> u64 {
    u64::from(records.div_ceil(foreach.batch.unwrap_or(1).max(1)))
}

/// Begins with a list, or with the first page of one.
pub(crate) fn take(items: &mut Items, records: Payload, count: u64, next: Option<Json>) {
    items.records = Some(records);
    items.count = count;
    items.next = next;
    items.end = if items.paged {
        count
    } else {
        count.min(PART_ITEMS)
    };
}

/// Goes on with the page that came.
pub(crate) fn turn_page(items: &mut Items, records: Payload, count: u64, next: Option<Json>) {
    items.records = Some(records);
    items.count = count;
    items.next = next;
    items.first = items.end;
    items.fresh = items.end;
    items.end += count;
}

/// Ends the part, and begins the next one of a list.
pub(crate) fn end_part(items: &mut Items) {
    items.open.clear();
    items.page_failures.clear();
    if items.paged {
        // Every item of the pages so far is counted, and their entries may be gone.
        items.end = items.succeeded + items.failed;
        items.count = 0;
    }
    items.first = items.end;
    items.fresh = items.end;
    items.page += 1;
    if items.paged {
        items.complete = items.next.is_none();
    } else {
        items.complete = items.end >= items.count;
        items.end = (items.end + PART_ITEMS).min(items.count);
    }
}

/// Whether nothing of the part is left to be begun or to be ended.
fn is_exhausted(items: &Items) -> bool {
    items.open.is_empty() && items.fresh >= items.end && !items.complete
}

impl Flow<'_> {
    /// An item came to its end.
    pub(crate) fn item_done(&mut self, owner: &StepPath, item: u64) {
        let keeps = self.keeps_items(owner);
        let Some(items) = self.items_mut(owner) else {
            return;
        };
        if !items.open.remove(&item) {
            return;
        }
        items.succeeded += 1;
        let paged = items.paged;
        if paged && !keeps {
            let scope = ScopePath::of(owner, &Part::Index(item));
            drop_inside(self.run, &StepPath::from(scope.as_str()));
        }
        self.next_items(owner);
    }

    /// Begins as many items as may be under way at the same time; where none is left, the part is
    /// put together.
    pub(crate) fn next_items(&mut self, owner: &StepPath) {
        let Some(foreach) = self.foreach(owner) else {
            return;
        };
        let at_once = foreach.at_once.max(1) as usize;
        if self.is_open(owner) {
            while let Some(item) = self
                .items_mut(owner)
                .and_then(|items| begin(items, at_once))
            {
                self.go_on(&ScopePath::of(owner, &Part::Index(item)));
            }
        }
        self.part_done(owner);
    }

    /// Has the part put together where nothing of it is under way any more.
    pub(crate) fn part_done(&mut self, owner: &StepPath) {
        let is_exhausted = self
            .items_mut(owner)
            .is_some_and(|items| is_exhausted(items));
        if is_exhausted && self.is_open(owner) && !self.is_calling_inside(owner) {
            self.commands.push(Command::Gather {
                step: owner.clone(),
                whole: false,
            });
        }
    }

    /// Whether the states of an item's steps are needed after the item, and the item with them.
    pub(crate) fn keeps_items(&self, owner: &StepPath) -> bool {
        self.foreach(owner).is_some_and(|f| has_undo(&f.steps))
    }

    /// Forgets the states inside of a block that is done, but for what undoing needs.
    pub(crate) fn forget_inside(&mut self, owner: &StepPath) {
        let keeps = self.plan.step(owner).is_some_and(|step| {
            let inner = Step {
                undo: None,
                ..step.clone()
            };
            has_undo(std::slice::from_ref(&inner))
        });
        if !keeps {
            drop_inside(self.run, owner);
            self.run.early.retain(|path, _| !path.is_inside(owner));
            let before = &mut self.run.attempts_before;
            before.retain(|path, _| !path.is_inside(owner));
        }
    }

    pub(crate) fn foreach(&self, owner: &StepPath) -> Option<&Foreach> {
        match &self.plan.step(owner)?.action {
            Action::Foreach(foreach) => Some(foreach),
            _ => None,
        }
    }

    pub(crate) fn items_mut(&mut self, owner: &StepPath) -> Option<&mut Items> {
        self.run.steps.get_mut(owner)?.items.as_deref_mut()
    }

    /// Whether a call is under way inside of a step.
    pub(crate) fn is_calling_inside(&self, owner: &StepPath) -> bool {
        within(self.run, owner).any(|(_, state)| state.status == StepStatus::Running)
    }
}

fn begin(items: &mut Items, at_once: usize) -> Option<u64> {
    if items.open.len() >= at_once || items.fresh >= items.end {
        return None;
    }
    let item = items.fresh;
    items.fresh += 1;
    items.open.insert(item);
    Some(item)
}

/// The states of steps inside of a step.
pub(crate) fn within<'r>(
    run: &'r Run,
    owner: &'r StepPath,
) -> impl Iterator<Item = (&'r StepPath, &'r mortise_model::run::StepState)> {
    run.steps
        .range(owner.clone()..)
        .skip_while(move |(path, _)| *path == owner)
        .take_while(move |(path, _)| path.as_str().starts_with(owner.as_str()))
        .filter(move |(path, _)| path.is_inside(owner))
}

/// The paths of steps that have begun inside of a step.
pub(crate) fn inside(run: &Run, owner: &StepPath) -> Vec<StepPath> {
    within(run, owner).map(|(path, _)| path.clone()).collect()
}

/// Forgets the states inside of what is done, but for calls that are under way: their results are
/// still to be recorded.
fn drop_inside(run: &mut Run, owner: &StepPath) {
    for path in inside(run, owner) {
        if run
            .steps
            .get(&path)
            .is_some_and(|state| state.status != StepStatus::Running)
        {
            run.steps.remove(&path);
        }
    }
}
