//! What becomes of steps.

use mortise_model::entry::{ItemFailure, RequestRecord, StepInput, Waiting};
use mortise_model::id::idempotency_key;
use mortise_model::{Entry, Fact, Failure, StepPath, Timestamp};
use mortise_ports::logs::AttemptKey;

use super::Projection;
use crate::view::failure::FailureView;
use crate::view::step::{AttemptView, ItemsView, LeftOut, WaitView};

impl Projection<'_> {
    pub(super) fn of_step(&mut self, entry: &Entry) {
        match &entry.fact {
            Fact::StepSkipped { step } => self.step(step).status = "skipped",
            Fact::StepEntered { step, input } => self.entered(step, input.as_ref()),
            Fact::StepHeld { step, until, why } => {
                self.waits(step, WaitView::held(*why, *until));
            }
            Fact::StepWaiting { step, until, wait } => self.waiting(step, *until, wait),
            Fact::StepSucceeded { step, output } => {
                let output = self.values.show(output);
                let view = self.step(step);
                view.status = "succeeded";
                view.output = Some(output);
                view.wait = None;
            }
            Fact::StepFailed { step, failure } => {
                self.cancel_inside(step);
                let plan = self.plan;
                let view = self.step(step);
                view.status = "failed";
                view.wait = None;
                let place = view.place(view.attempts.len(), plan);
                view.failure = Some(FailureView::new(failure, place));
            }
            Fact::StepCancelled { step } => {
                self.close(step, entry.at, &[], None);
                let view = self.step(step);
                view.status = "cancelled";
                view.wait = None;
            }
            Fact::CaseTaken { step, case } => {
                let view = self.step(step);
                view.status = "running";
                view.case = *case;
            }
            Fact::BranchesTaken { step } => self.step(step).status = "running",
            Fact::ItemsTaken { .. } | Fact::PageDone { .. } | Fact::ItemFailed { .. } => {
                self.of_items(&entry.fact);
            }
            _ => self.of_attempt(entry),
        }
    }

    fn of_attempt(&mut self, entry: &Entry) {
        match &entry.fact {
            Fact::AttemptStarted {
                step,
                attempt,
                turn,
                input,
            } => {
                self.entered(step, input.as_ref());
                self.attempt(step, (*turn, *attempt), entry.at);
            }
            Fact::AttemptSucceeded {
                step,
                output,
                failures,
                requests,
            } => {
                self.close(step, entry.at, requests, None);
                let output = self.values.show(output);
                let view = self.step(step);
                view.status = "succeeded";
                view.output = Some(output);
                view.failures = failures.iter().cloned().map(LeftOut::Record).collect();
            }
            Fact::AttemptPaged {
                step,
                records,
                count,
                next,
                requests,
            } => {
                self.close(step, entry.at, requests, None);
                self.page(step, (*count, next.is_some()), records);
            }
            _ => self.of_pause(entry),
        }
    }

    /// An attempt that gave no result.
    fn of_pause(&mut self, entry: &Entry) {
        match &entry.fact {
            Fact::AttemptSuspended {
                step,
                until,
                callback,
                requests,
                ..
            } => {
                self.close(step, entry.at, requests, None);
                let wait = WaitView {
                    url: self.link.filter(|_| *callback).map(|link| link(step)),
                    ..WaitView::until("application", *until)
                };
                self.waits(step, wait);
            }
            Fact::AttemptFailed {
                step,
                failure,
                retry_at,
                requests,
            } => {
                self.close(step, entry.at, requests, Some(failure));
                match retry_at {
                    Some(until) => self.waits(step, WaitView::until("retry", *until)),
                    None => self.step(step).status = "failed",
                }
            }
            _ => {}
        }
    }

    fn of_items(&mut self, fact: &Fact) {
        match fact {
            Fact::ItemsTaken {
                step,
                items,
                count,
                next,
            } => {
                let input = self.values.show(items);
                let view = self.step(step);
                view.status = "running";
                view.input = Some(input);
                view.items = Some(ItemsView {
                    count: *count,
                    more: next.is_some(),
                    ..ItemsView::default()
                });
            }
            Fact::PageDone {
                step,
                page,
                succeeded,
                failed,
                failures,
                next,
                ..
            } => {
                let items = self.items(step);
                items.parts = page + 1;
                items.succeeded = *succeeded;
                items.failed = *failed;
                items.more = next.is_some();
                self.left_out(step, failures);
            }
            Fact::ItemFailed { step, item } => {
                self.items(step).failed += 1;
                self.failed_inside(&item.step, |block| block.is_inside(step));
                let plan = self.plan;
                let failed = self.step(&item.step);
                let place = failed.place(failed.attempts.len(), plan);
                failed.failure = Some(FailureView::new(&item.failure, place));
                let scope = format!("{step}[{}]", item.item);
                self.cancel_inside(&StepPath::from(scope.as_str()));
            }
            _ => {}
        }
    }

    fn items(&mut self, step: &StepPath) -> &mut ItemsView {
        self.step(step).items.get_or_insert_default()
    }

    fn left_out(&mut self, step: &StepPath, failures: &[ItemFailure]) {
        let plan = self.plan;
        let failures = failures.iter().map(|item| LeftOut::item(item, plan));
        self.step(step).failures.extend(failures);
    }

    /// A page: the first one is the output of the paged step, the others are what a `foreach` or
    /// `collect` goes on with.
    fn page(
        &mut self,
        step: &StepPath,
        (count, more): (u32, bool),
        records: &mortise_model::Payload,
    ) {
        let records = self.values.show(records);
        let view = self.step(step);
        match &mut view.items {
            Some(items) => {
                items.count = count;
                items.more = more;
                view.input = Some(records);
            }
            None => {
                view.status = "succeeded";
                view.output = Some(records);
            }
        }
    }

    fn entered(&mut self, step: &StepPath, input: Option<&StepInput>) {
        let values = self.values;
        let view = self.step(step);
        view.status = "running";
        view.wait = None;
        if let Some(input) = input {
            view.input = Some(values.show(&input.with));
            view.records = input.records.as_ref().map(|records| values.show(records));
        }
    }

    fn waits(&mut self, step: &StepPath, wait: WaitView) {
        let view = self.step(step);
        view.status = "waiting";
        view.wait = Some(wait);
    }

    fn waiting(&mut self, step: &StepPath, until: Timestamp, wait: &Waiting) {
        let (what, has_address) = match wait {
            Waiting::Time => ("time", false),
            Waiting::Callback => ("callback", true),
            Waiting::Approval { .. } => ("approval", true),
            Waiting::Child(child) => {
                self.step(step).child = Some(*child);
                ("call", false)
            }
        };
        let wait = WaitView {
            url: self.link.filter(|_| has_address).map(|link| link(step)),
            ..WaitView::until(what, until)
        };
        self.waits(step, wait);
    }

    fn attempt(&mut self, step: &StepPath, (turn, number): (u32, u32), at: Timestamp) {
        let key = AttemptKey {
            step: step.clone(),
            turn,
            attempt: number,
        };
        let log = self.logs.remove(&key).unwrap_or_default();
        let idempotency_key = idempotency_key(self.run(), step, turn, self.edits);
        self.step(step).attempts.push(AttemptView {
            number,
            turn,
            idempotency_key,
            started_at: at,
            finished_at: None,
            failure: None,
            requests: Vec::new(),
            log: log.into_iter().map(Into::into).collect(),
        });
    }

    /// Ends the attempt that is under way; it may be among what was forgotten.
    pub(super) fn close(
        &mut self,
        step: &StepPath,
        at: Timestamp,
        requests: &[RequestRecord],
        failure: Option<&Failure>,
    ) {
        let plan = self.plan;
        let view = self.step(step);
        let failure = failure.map(|failure| FailureView::new(failure, view.place(1, plan)));
        let open = view.attempts.last_mut();
        if let Some(attempt) = open.filter(|attempt| attempt.finished_at.is_none()) {
            attempt.finished_at = Some(at);
            attempt.requests = requests.to_vec();
            attempt.failure = failure;
        }
    }

    /// Ends whatever is under way inside of a step.
    fn cancel_inside(&mut self, owner: &StepPath) {
        self.cancel(|step| {
            matches!(step.status, "running" | "waiting") && step.path.is_inside(owner)
        });
    }
}
