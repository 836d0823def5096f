//! What follows from the result of an attempt.

use mortise_model::entry::RequestRecord;
use mortise_model::failure::RUN_TIMEOUT;
use mortise_model::input::{Outcome, Received};
use mortise_model::path::RECEIVE;
use mortise_model::plan::Action;
use mortise_model::run::{Phase, StepState};
use mortise_model::{Disposition, Fact, Failure, StepPath, Timestamp, entry::End};

use super::{View, deadline};
use crate::Defect;
use crate::retry::{self, Verdict};

/// Milliseconds that an application which calls back may work on, where it names no time itself.
/// After that it is asked once more.
const SUSPENSION_MAX_MS: u64 = 7 * 86_400_000;

/// The least number of milliseconds before an application is asked again: one that names none must
/// not be asked without a pause.
const SUSPENSION_MIN_MS: u64 = 100;

impl View<'_> {
    pub(super) fn called(
        &self,
        step: StepPath,
        result: Result<Outcome, Failure>,
        requests: Vec<RequestRecord>,
        jitter_ppm: u32,
    ) -> Result<Vec<Fact>, Defect> {
        let state = self.running(&step)?;
        Ok(match result {
            Ok(Outcome::Output { value, failures }) => vec![Fact::AttemptSucceeded {
                step,
                output: value,
                failures,
                requests,
            }],
            Ok(Outcome::Page {
                records,
                count,
                next,
            }) => {
                let mut facts = vec![Fact::AttemptPaged {
                    step: step.clone(),
                    records,
                    count,
                    next: next.clone(),
                    requests,
                }];
                let action = self.plan.step(&step).map(|step| &step.action);
                if let (Some(Action::Collect(_)), Some(items)) = (action, &state.items)
                    && self.is_live(&step)
                {
                    facts.extend(self.collected(&step, items, count, next));
                }
                facts
            }
            Ok(Outcome::Suspended {
                token,
                poll_after_ms,
                callback,
            }) => {
                let suspended = Fact::AttemptSuspended {
                    step: step.clone(),
                    token,
                    until: self
                        .now
                        .plus_ms(poll_after_ms.map_or(SUSPENSION_MAX_MS, |ms| {
                            ms.clamp(SUSPENSION_MIN_MS, SUSPENSION_MAX_MS)
                        })),
                    callback,
                    requests,
                };
                self.suspended(step, state, suspended, callback)
            }
            Err(failure) => {
                let verdict = self.verdict(&step, state, &failure, &requests, jitter_ppm)?;
                self.failed(&step, failure, requests, verdict)
            }
        })
    }

    fn suspended(
        &self,
        step: StepPath,
        state: &StepState,
        suspended: Fact,
        callback: bool,
    ) -> Vec<Fact> {
        if !self.is_live(&step) {
            return match self.run.parking {
                Some(_) => vec![suspended],
                None => vec![suspended, Fact::StepCancelled { step }],
            };
        }
        // The call came back before the step was told to wait for it.
        if callback && self.run.early.contains_key(&step) {
            let next = match self.start(&step, None) {
                Fact::AttemptStarted { step, .. } => Fact::AttemptStarted {
                    step,
                    attempt: 1,
                    turn: state.turn + 1,
                    input: None,
                },
                entered => entered,
            };
            return vec![suspended, next];
        }
        vec![suspended]
    }

    fn verdict(
        &self,
        step: &StepPath,
        state: &StepState,
        failure: &Failure,
        requests: &[RequestRecord],
        jitter_ppm: u32,
    ) -> Result<Verdict, Defect> {
        let attempt = retry::Attempt {
            number: state.tries,
            touched: !requests.is_empty(),
            jitter_ppm,
            asked_max_ms: self.rules.retry_after_max_ms,
        };
        Ok(retry::judge(self.operation(step)?, failure, attempt))
    }

    fn failed(
        &self,
        step: &StepPath,
        failure: Failure,
        requests: Vec<RequestRecord>,
        verdict: Verdict,
    ) -> Vec<Fact> {
        let is_wanted = self.is_live(step) || self.run.parking.is_some();
        let (retry_at, reason) = match verdict {
            Verdict::Retry { after_ms } if is_wanted => {
                let at = self.now.plus_ms(after_ms);
                if self.is_overdue(at) {
                    (None, self.overdue())
                } else {
                    (Some(at), failure.clone())
                }
            }
            Verdict::Unclear => {
                let unclear = Failure {
                    disposition: Disposition::Unclear,
                    ..failure.clone()
                };
                (None, unclear)
            }
            Verdict::Retry { .. } | Verdict::GiveUp => (None, failure.clone()),
        };
        let mut facts = vec![Fact::AttemptFailed {
            step: step.clone(),
            failure,
            retry_at,
            requests,
        }];
        if retry_at.is_none() {
            facts.extend(self.give_up(step, &reason));
        }
        facts
    }

    pub(super) fn received(
        &self,
        result: Result<Received, Failure>,
        requests: Vec<RequestRecord>,
        jitter_ppm: u32,
    ) -> Result<Vec<Fact>, Defect> {
        let step = StepPath::from(RECEIVE);
        let state = self.running(&step)?;
        Ok(match result {
            Ok(Received::Event(event)) => vec![Fact::EventReceived { event, requests }],
            Ok(Received::Nothing(why)) => vec![Fact::Ended(End::Skipped { why, of: None })],
            Ok(Received::Duplicate { why, of }) => {
                let of = Some(of);
                vec![Fact::Ended(End::Skipped { why, of })]
            }
            Err(failure) => {
                let verdict = self.verdict(&step, state, &failure, &requests, jitter_ppm)?;
                self.failed(&step, failure, requests, verdict)
            }
        })
    }

    /// Whether the workflow's `timeout` is over at a time.
    pub(super) fn is_overdue(&self, at: Timestamp) -> bool {
        self.run.phase == Phase::Steps && deadline(self.plan, self.run).is_some_and(|end| end < at)
    }

    pub(super) fn overdue(&self) -> Failure {
        let allowed_ms = self.plan.timeout_ms.unwrap_or_default();
        Failure::new(
            Disposition::Timeout,
            RUN_TIMEOUT,
            format!(
                "the run takes longer than the {allowed_ms} ms that `timeout` of the workflow allows"
            ),
        )
    }
}
