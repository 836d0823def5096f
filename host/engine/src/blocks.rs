//! What became true of a block: a `switch`, a `parallel`, a `foreach`, a `collect`.

use mortise_model::path::Part;
use mortise_model::plan::{Action, Items as Source};
use mortise_model::run::{Items, StepStatus};
use mortise_model::{Command, Fact, ScopePath, StepPath};

use crate::apply::next_turn;
use crate::flow::Flow;
use crate::items;

impl Flow<'_> {
    /// What became true of a block.
    pub(crate) fn of_block(&mut self, fact: &Fact) {
        match fact {
            Fact::CaseTaken { step, case } => {
                let state = self.state(step);
                state.status = StepStatus::Open;
                state.case = *case;
                if let Some(case) = case {
                    self.go_on(&ScopePath::of(step, &Part::Index((*case).into())));
                }
            }
            Fact::BranchesTaken { step } => {
                self.state(step).status = StepStatus::Open;
                let Some(Action::Parallel(branches)) = self.plan.step(step).map(|s| &s.action)
                else {
                    return;
                };
                for branch in branches {
                    let part = Part::Branch(branch.name.clone());
                    self.go_on(&ScopePath::of(step, &part));
                }
            }
            Fact::ItemsTaken { .. } | Fact::AttemptPaged { .. } => self.paged(fact),
            Fact::PageDone { .. } => self.page_done(fact),
            Fact::ItemFailed { step, item } => {
                let scope = ScopePath::of(step, &Part::Index(item.item));
                self.cancel_inside(&StepPath::from(scope.as_str()));
                if let Some(items) = self.items_mut(step)
                    && items.open.remove(&item.item)
                {
                    items.failed += 1;
                    items.page_failures.push(item.clone());
                }
                self.next_items(step);
            }
            _ => {}
        }
    }

    fn paged(&mut self, fact: &Fact) {
        let (step, records, count, next) = match fact {
            Fact::ItemsTaken {
                step,
                items,
                count,
                next,
            } => (step, items, *count, next),
            Fact::AttemptPaged {
                step,
                records,
                count,
                next,
                ..
            } => (step, records, *count, next),
            _ => return,
        };
        let action = self.plan.step(step).map(|step| &step.action);
        let is_paged = !matches!(
            action,
            Some(Action::Foreach(f)) if matches!(f.items, Source::List(_))
        );
        let item_count = match action {
            Some(Action::Foreach(foreach)) => items::item_count(foreach, count),
            _ => u64::from(count),
        };
        let state = self.state(step);
        match action {
            // A page of the paged step itself, which is done with it.
            Some(Action::Operation(_)) => {
                state.status = StepStatus::Succeeded;
                state.output = Some(records.clone());
                state.token.clone_from(next);
                state.count = count;
                state.failure = None;
                self.after(step);
                return;
            }
            _ if matches!(fact, Fact::ItemsTaken { .. }) => {
                let mut taken = Items {
                    paged: is_paged,
                    ..Default::default()
                };
                items::take(&mut taken, records.clone(), item_count, next.clone());
                state.items = Some(Box::new(taken));
            }
            _ => {
                if let Some(items) = &mut state.items {
                    items::turn_page(items, records.clone(), item_count, next.clone());
                }
            }
        }
        state.status = StepStatus::Open;
        state.failure = None;
        if state.unwanted {
            state.status = StepStatus::Cancelled;
            self.late(step);
        } else if matches!(action, Some(Action::Foreach(_))) {
            self.next_items(step);
        }
        self.settle();
    }

    fn page_done(&mut self, fact: &Fact) {
        let Fact::PageDone {
            step,
            page,
            output,
            succeeded,
            failed,
            failures,
            next,
        } = fact
        else {
            return;
        };
        self.forget_inside(step);
        let is_collect = self.foreach(step).is_none();
        let keeps = self.keeps_items(step);
        let Some(items) = self.items_mut(step) else {
            return;
        };
        items.page = *page;
        items.next.clone_from(next);
        items.succeeded = *succeeded;
        items.failed = *failed;
        items.failures.extend_from_slice(failures);
        let given = items.records.take_if(|_| items.paged);
        if keeps && let Some(records) = &given {
            items.kept.push((items.first, records.clone()));
        }
        items
            .outputs
            .extend(if is_collect { given } else { output.clone() });
        items::end_part(items);
        let (complete, paged) = (items.complete, items.paged);
        next_turn(self.state(step));
        if complete {
            let (step, whole) = (step.clone(), true);
            self.commands.push(Command::Gather { step, whole });
        } else if !paged {
            self.next_items(step);
        }
        self.settle();
    }
}
