//! Which turns of a run's journal are about nothing but parts of a `foreach` that are done: their
//! entries are forgotten, so that a million items leave no million entries.

use mortise_engine::{PART_ITEMS, is_of_part, leaves_nothing};
use mortise_model::{Entry, Fact, Letter, Plan, Run, StepPath};
use mortise_ports::journal::History;

/// What is known of the turns that are in the journal.
#[derive(Default)]
pub(crate) struct Turns(Vec<Known>);

struct Known {
    /// The sequence number with which it began.
    start: u32,
    /// Each `foreach` that it lies inside of, whole.
    inside: Vec<StepPath>,
}

impl Turns {
    pub fn of(plan: &Plan, history: &History) -> Self {
        let mut turns = Self::default();
        let ends = history.turns.iter().skip(1).copied();
        let ends = ends.chain([u32::MAX]);
        let mut entries = history.entries.iter().peekable();
        for (start, end) in history.turns.iter().zip(ends) {
            let mut turn = Vec::new();
            while let Some((_, entry)) = entries.next_if(|(sequence, _)| *sequence < end) {
                turn.push(entry);
            }
            turns.add(plan, *start, turn);
        }
        turns
    }

    /// Remembers a turn that has been written.
    pub fn add<'e>(
        &mut self,
        plan: &Plan,
        start: u32,
        entries: impl IntoIterator<Item = &'e Entry>,
    ) {
        let mut inside: Option<Vec<StepPath>> = None;
        for about in entries.into_iter().filter_map(|e| about(plan, &e.fact)) {
            match &mut inside {
                None => inside = Some(about),
                Some(inside) => inside.retain(|foreach| about.contains(foreach)),
            }
            if inside.as_ref().is_some_and(Vec::is_empty) {
                return;
            }
        }
        if let Some(inside) = inside {
            self.0.push(Known { start, inside });
        }
    }

    /// The turns that a turn with these entries makes history; they are not asked for again.
    pub fn forgotten(&mut self, plan: &Plan, run: &Run, entries: &[Entry]) -> Vec<u32> {
        let mut forgotten = Vec::new();
        for entry in entries {
            let Fact::PageDone { step, .. } = &entry.fact else {
                continue;
            };
            if !is_forgetful(plan, run, step) {
                continue;
            }
            let gone = self.0.extract_if(.., |known| known.inside.contains(step));
            forgotten.extend(gone.map(|known| known.start));
        }
        forgotten
    }
}

/// Each `foreach` that leaves nothing behind and that a fact lies inside of; none for a fact that
/// nothing follows from once others came after it.
fn about(plan: &Plan, fact: &Fact) -> Option<Vec<StepPath>> {
    let step = match fact {
        Fact::Resumed | Fact::Suspended { .. } => return None,
        Fact::LetterRead { letter, .. } => match letter {
            Letter::Wake => return None,
            Letter::Callback { step, .. }
            | Letter::Decided { step, .. }
            | Letter::ChildEnded { step, .. } => step,
            _ => return Some(Vec::new()),
        },
        fact => match fact.step() {
            Some(step) => step,
            None => return Some(Vec::new()),
        },
    };
    let scope = step.scope();
    let around = scope.outward().filter_map(|scope| scope.owner());
    let mut inside: Vec<StepPath> = around
        .map(|(owner, _)| owner)
        .filter(|owner| leaves_nothing(plan, owner))
        .collect();
    if is_of_part(fact) && leaves_nothing(plan, step) {
        inside.push(step.clone());
    }
    Some(inside)
}

/// Whether the parts are worth forgetting: a short list is kept as people want to see it.
fn is_forgetful(plan: &Plan, run: &Run, step: &StepPath) -> bool {
    let items = run.steps.get(step).and_then(|s| s.items.as_deref());
    leaves_nothing(plan, step) && items.is_none_or(|items| items.paged || items.count > PART_ITEMS)
}
