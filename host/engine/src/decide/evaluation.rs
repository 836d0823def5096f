//! What follows from evaluated expressions and gathered outputs.

use mortise_model::entry::{StepInput, Waiting};
use mortise_model::input::Evaluated;
use mortise_model::plan::{Action, Wait};
use mortise_model::run::{Items, StepStatus};
use mortise_model::{Disposition, Fact, Failure, Json, Payload, StepPath, Timestamp};

use super::View;

/// The code of a list that is longer than `max` allows.
const COLLECT_LIMIT: &str = "collect-limit";

impl View<'_> {
    /// What an evaluated step is about to do.
    pub(super) fn evaluated(
        &self,
        step: &StepPath,
        result: Result<Evaluated, Failure>,
    ) -> Vec<Fact> {
        if self.state(step).is_some() || !self.is_live(step) {
            return Vec::new();
        }
        let evaluated = match result {
            Ok(evaluated) => evaluated,
            Err(failure) => return self.give_up(step, &failure),
        };
        let step = step.clone();
        match evaluated {
            Evaluated::Skip => vec![Fact::StepSkipped { step }],
            Evaluated::Operation(input) => vec![self.start(&step, Some(input))],
            Evaluated::Case(case) => {
                let taken = Fact::CaseTaken {
                    step: step.clone(),
                    case,
                };
                match case {
                    Some(_) => vec![taken],
                    None => vec![taken, nothing(step)],
                }
            }
            Evaluated::Branches => vec![Fact::BranchesTaken { step }],
            Evaluated::Items { items, count, next } => self.items(step, items, count, next),
            Evaluated::Wait { until } => self.wait(step, until),
            Evaluated::Call { child, input } => {
                let input = Some(StepInput {
                    with: input,
                    records: None,
                });
                let entered = Fact::StepEntered {
                    step: step.clone(),
                    input,
                };
                let waiting = Fact::StepWaiting {
                    step,
                    until: Timestamp(i64::MAX),
                    wait: Waiting::Child(child),
                };
                vec![entered, waiting]
            }
        }
    }

    fn items(&self, step: StepPath, items: Payload, count: u32, next: Option<Json>) -> Vec<Fact> {
        let taken = Fact::ItemsTaken {
            step: step.clone(),
            items,
            count,
            next: next.clone(),
        };
        match self.plan.step(&step).map(|step| &step.action) {
            Some(Action::Collect(_)) => {
                let fresh = Items::default();
                let mut facts = vec![taken];
                facts.extend(self.collected(&step, &fresh, count, next));
                facts
            }
            _ => vec![taken],
        }
    }

    /// A page of a `collect`: it is done at once.
    pub(super) fn collected(
        &self,
        step: &StepPath,
        items: &Items,
        count: u32,
        next: Option<Json>,
    ) -> Vec<Fact> {
        let records_max = match self.plan.step(step).map(|step| &step.action) {
            Some(Action::Collect(collect)) => collect.records_max,
            _ => u32::MAX,
        };
        let total = items.succeeded + u64::from(count);
        if total > u64::from(records_max) {
            let message = format!(
                "there are more than the {records_max} records that `max` of `collect` allows; raise it, or walk the pages with `foreach`"
            );
            let failure = Failure::new(Disposition::Limit, COLLECT_LIMIT, message);
            return self.give_up(step, &failure);
        }
        let fetches = next.is_some();
        let mut facts = vec![Fact::PageDone {
            step: step.clone(),
            page: items.page,
            output: None,
            succeeded: total,
            failed: 0,
            failures: Vec::new(),
            next,
        }];
        if fetches {
            facts.push(self.fetch(step, items.page + 1));
        }
        facts
    }

    /// Asks for a page of a `foreach` or `collect`.
    fn fetch(&self, step: &StepPath, page: u32) -> Fact {
        match self.start(step, None) {
            Fact::AttemptStarted { step, .. } => Fact::AttemptStarted {
                step,
                attempt: 1,
                turn: page,
                input: None,
            },
            entered => entered,
        }
    }

    fn wait(&self, step: StepPath, until: Timestamp) -> Vec<Fact> {
        let wait = match self.plan.step(&step).map(|step| &step.action) {
            Some(Action::Wait(Wait::Callback { .. })) => Waiting::Callback,
            Some(Action::Wait(Wait::Approval { otherwise, .. })) => Waiting::Approval {
                otherwise: *otherwise,
            },
            _ => Waiting::Time,
        };
        let mut facts = vec![Fact::StepWaiting {
            step: step.clone(),
            until,
            wait,
        }];
        if let (Waiting::Callback, Some(body)) = (wait, self.run.early.get(&step)) {
            facts.push(Fact::StepSucceeded {
                step,
                output: body.clone(),
            });
        }
        facts
    }

    /// A block or a part of one is put together.
    pub(super) fn gathered(
        &self,
        step: &StepPath,
        whole: bool,
        result: Result<Option<Payload>, Failure>,
    ) -> Vec<Fact> {
        if self.status(step) != Some(StepStatus::Open) || !self.is_live(step) {
            return Vec::new();
        }
        let output = match result {
            Ok(output) => output,
            Err(failure) => return self.give_up(step, &failure),
        };
        let items = self.state(step).and_then(|state| state.items.as_deref());
        match items {
            Some(items) if !whole => self.part(step, items, output),
            _ => vec![Fact::StepSucceeded {
                step: step.clone(),
                output: output.unwrap_or_else(|| Json::null().into()),
            }],
        }
    }

    fn part(&self, step: &StepPath, items: &Items, output: Option<Payload>) -> Vec<Fact> {
        let collects = matches!(
            self.plan.step(step).map(|step| &step.action),
            Some(Action::Foreach(foreach))
                if foreach.on_failure == mortise_model::plan::OnItemFailure::Collect
        );
        let room = ITEM_FAILURES_MAX.saturating_sub(items.failures.len());
        let failures = if collects {
            items.page_failures.iter().take(room).cloned().collect()
        } else {
            Vec::new()
        };
        let mut facts = vec![Fact::PageDone {
            step: step.clone(),
            page: items.page,
            output,
            succeeded: items.succeeded,
            failed: items.failed,
            failures,
            next: items.next.clone(),
        }];
        if items.paged && items.next.is_some() {
            facts.push(self.fetch(step, items.page + 1));
        }
        facts
    }
}

/// Failed items that a `foreach` lists; more are only counted.
const ITEM_FAILURES_MAX: usize = 1_000;

fn nothing(step: StepPath) -> Fact {
    Fact::StepSucceeded {
        step,
        output: Json::null().into(),
    }
}
