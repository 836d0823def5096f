//! What follows from what a run is told.

use mortise_model::entry::{End, Waiting};
use mortise_model::plan::Decision;
use mortise_model::run::StepStatus;
use mortise_model::{Disposition, Fact, Failure, Json, Letter, Payload, RunId, StepPath};

use super::View;
use super::claim::decision;
use crate::reset;

impl View<'_> {
    pub(super) fn letter(&self, number: u64, letter: Letter) -> Vec<Fact> {
        let read = Fact::LetterRead {
            number,
            letter: letter.clone(),
        };
        if let Some(end) = self.parked() {
            let then = self.parked_letter(letter, end);
            return [vec![read], then].concat();
        }
        if self.run.status.is_rest() {
            return Vec::new();
        }
        let then = match letter {
            // Nothing has begun, so there is nothing to come to an end.
            Letter::Cancel { why, .. } if !self.run.has_begun() => {
                vec![Fact::Ended(End::Cancelled { why })]
            }
            Letter::Cancel { why, .. } if self.may_cancel() => {
                vec![Fact::Ending(End::Cancelled { why })]
            }
            Letter::Callback { step, body } => self.callback(step, body),
            Letter::Decided {
                step,
                decision,
                by,
                why,
            } => self.decided(step, decision, &by, &why),
            Letter::ChildEnded { step, child, end } => self.child_ended(step, child, end),
            Letter::Move { plan, version, .. } => vec![Fact::Moved { plan, version }],
            Letter::Cancel { .. }
            | Letter::Replay { .. }
            | Letter::Discard { .. }
            | Letter::Wake => Vec::new(),
        };
        [vec![read], then].concat()
    }

    /// A letter that asks for what cannot be done any more: it is recorded, and no more.
    pub(super) fn refused(&self, number: u64, letter: Letter) -> Vec<Fact> {
        let mut facts = vec![Fact::LetterRead { number, letter }];
        facts.extend(self.parked().cloned().map(Fact::Ended));
        facts
    }

    /// A parked run goes on, is given up, or is parked again as it was.
    fn parked_letter(&self, letter: Letter, end: &End) -> Vec<Fact> {
        match letter {
            Letter::Replay { from, event, .. }
                if reset::replayable(self.plan, self.run, from.as_ref()).is_ok() =>
            {
                vec![Fact::Replayed { from, event }]
            }
            Letter::Discard { why, .. } => vec![Fact::Ended(End::Cancelled { why })],
            Letter::Cancel { why, .. } if self.is_cancelled() => {
                vec![Fact::Ended(End::Cancelled { why })]
            }
            Letter::Cancel { why, .. } => vec![Fact::Ending(End::Cancelled { why })],
            Letter::Move { plan, version, .. } => {
                vec![Fact::Moved { plan, version }, Fact::Ended(end.clone())]
            }
            _ => vec![Fact::Ended(end.clone())],
        }
    }

    /// Whether it is not being ended at once already.
    fn may_cancel(&self) -> bool {
        !matches!(self.run.parking, Some(End::Cancelled { .. }))
    }

    fn is_cancelled(&self) -> bool {
        matches!(self.run.ending, Some(End::Cancelled { .. }))
    }

    fn callback(&self, step: StepPath, body: Payload) -> Vec<Fact> {
        if !self.is_live(&step) {
            return Vec::new();
        }
        match self.status(&step) {
            Some(StepStatus::Waiting {
                wait: Waiting::Callback,
                ..
            }) => vec![Fact::StepSucceeded { step, output: body }],
            Some(StepStatus::Suspended { callback: true, .. }) => vec![self.start(&step, None)],
            _ => Vec::new(),
        }
    }

    fn decided(&self, step: StepPath, decided: Decision, by: &str, why: &str) -> Vec<Fact> {
        let Some((_, Waiting::Approval { .. })) = self.waits(&step) else {
            return Vec::new();
        };
        match decided {
            Decision::Approve => vec![Fact::StepSucceeded {
                step,
                output: decision("approve", Some(by), why).into(),
            }],
            Decision::Reject => {
                let message = if why.is_empty() {
                    format!("`{by}` rejected it")
                } else {
                    format!("`{by}` rejected it: {why}")
                };
                let failure = Failure::new(Disposition::Reject, "rejected", message);
                self.give_up(&step, &failure)
            }
        }
    }

    fn child_ended(&self, step: StepPath, child: RunId, end: End) -> Vec<Fact> {
        match self.waits(&step) {
            Some((_, Waiting::Child(called))) if called == child => {}
            _ => return Vec::new(),
        }
        match end {
            End::Succeeded { output } => vec![Fact::StepSucceeded { step, output }],
            End::Skipped { .. } => vec![Fact::StepSucceeded {
                step,
                output: Json::null().into(),
            }],
            End::Cancelled { why } => {
                let message = format!("run {child}, which this step called, was cancelled: {why}");
                let failure = Failure::new(Disposition::Reject, "child-cancelled", message);
                self.give_up(&step, &failure)
            }
            End::Failed { failure, .. } | End::Parked { failure, .. } => {
                let message = format!(
                    "run {child}, which this step called, failed: {}",
                    failure.message
                );
                let failure = Failure {
                    disposition: Disposition::Reject,
                    code: "child-failed".to_owned(),
                    message,
                    cause: failure.cause,
                };
                self.give_up(&step, &failure)
            }
        }
    }
}
