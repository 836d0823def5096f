//! What follows when a run is taken up, and when something of it is due.

use mortise_model::entry::{End, Waiting};
use mortise_model::path::RECEIVE;
use mortise_model::plan::Decision;
use mortise_model::run::{StepState, StepStatus};
use mortise_model::{Disposition, Entry, Fact, Failure, Json, Run, StepPath};

use super::{INTERRUPTED, View};
use crate::retry;
use crate::{Defect, apply};

impl View<'_> {
    /// A run that somebody took up: a new one begins; of another the attempts that were under way
    /// are judged, and what is due is done.
    pub(super) fn claimed(&self) -> Result<Vec<Fact>, Defect> {
        if self.run.started_at.is_none() {
            let mut facts = vec![Fact::Started];
            if self.run.event.is_none() {
                facts.push(self.attempt(&StepPath::from(RECEIVE), None));
            }
            return Ok(facts);
        }
        let mut scratch = Scratch::new(self);
        scratch.push(vec![Fact::Resumed])?;
        let interrupted: Vec<StepPath> = self
            .run
            .steps
            .iter()
            .filter(|(_, state)| state.status == StepStatus::Running)
            .map(|(path, _)| path.clone())
            .collect();
        for path in &interrupted {
            let facts = scratch.view().interrupted(path)?;
            scratch.push(facts)?;
        }
        let due = scratch.view().due()?;
        scratch.push(due)?;
        Ok(scratch.facts)
    }

    /// Everything that is due.
    pub(super) fn due(&self) -> Result<Vec<Fact>, Defect> {
        if self.is_overdue(self.now) && self.run.ending.is_none() && self.run.parking.is_none() {
            let step = self.unfinished();
            return Ok(vec![self.park(step, self.overdue())]);
        }
        let mut scratch = Scratch::new(self);
        let due: Vec<StepPath> = self
            .run
            .steps
            .iter()
            .filter(|(_, state)| state.status.due().is_some_and(|due| due <= self.now))
            .map(|(path, _)| path.clone())
            .collect();
        for path in &due {
            let facts = scratch.view().step_due(path);
            scratch.push(facts)?;
        }
        Ok(scratch.facts)
    }

    /// The step that the run has come to, for people.
    fn unfinished(&self) -> Option<StepPath> {
        self.run
            .steps
            .iter()
            .find(|(_, state)| state.status == StepStatus::Running || state.status.due().is_some())
            .map(|(path, _)| path.clone())
    }

    fn step_due(&self, path: &StepPath) -> Vec<Fact> {
        if !self.is_live(path) && path.as_str() != RECEIVE {
            return Vec::new();
        }
        let step = path.clone();
        match self.status(path) {
            Some(StepStatus::Held(_) | StepStatus::Retrying(_) | StepStatus::Suspended { .. }) => {
                vec![self.start(path, None)]
            }
            Some(StepStatus::Waiting { wait, .. }) => match wait {
                Waiting::Time | Waiting::Child(_) => vec![Fact::StepSucceeded {
                    step,
                    output: Json::null().into(),
                }],
                Waiting::Callback => self.give_up(
                    path,
                    &expired("callback-expired", "no callback came in time"),
                ),
                Waiting::Approval {
                    otherwise: Decision::Approve,
                } => vec![Fact::StepSucceeded {
                    step,
                    output: decision("approve", None, "nobody decided in time").into(),
                }],
                Waiting::Approval {
                    otherwise: Decision::Reject,
                } => self.give_up(
                    path,
                    &expired(
                        "approval-expired",
                        "nobody decided in time, and so it counts as rejected",
                    ),
                ),
            },
            _ => Vec::new(),
        }
    }

    /// The process ended while the attempt was under way: what it did is unknown.
    fn interrupted(&self, path: &StepPath) -> Result<Vec<Fact>, Defect> {
        let failure = Failure::new(
            Disposition::Unclear,
            INTERRUPTED,
            "the host stopped while this attempt was under way",
        );
        let state = self.running(path)?;
        let tired = state.interruptions + 1 >= self.rules.interruptions_max;
        let repeats = retry::may_repeat(self.operation(path)?, true) && !tired;
        let wanted = self.is_live(path) || path.as_str() == RECEIVE || self.run.parking.is_some();
        let retry_at = (repeats && wanted).then_some(self.now);
        let mut facts = vec![Fact::AttemptFailed {
            step: path.clone(),
            failure: failure.clone(),
            retry_at,
            requests: Vec::new(),
        }];
        if retry_at.is_none() {
            facts.extend(self.give_up(path, &failure));
        }
        Ok(facts)
    }
}

/// Entries that follow each other in one decision: each sees what the ones before it changed.
struct Scratch<'a> {
    base: View<'a>,
    run: Run,
    facts: Vec<Fact>,
}

impl<'a> Scratch<'a> {
    fn new(base: &View<'a>) -> Self {
        Self {
            run: base.run.clone(),
            base: *base,
            facts: Vec::new(),
        }
    }

    fn view(&self) -> View<'_> {
        View {
            run: &self.run,
            ..self.base
        }
    }

    fn push(&mut self, facts: Vec<Fact>) -> Result<(), Defect> {
        for fact in facts {
            if self.run.end.is_some() {
                break;
            }
            let at = self.base.now;
            let entry = Entry { at, fact };
            apply(self.base.plan, &mut self.run, &entry)?;
            self.facts.push(entry.fact);
        }
        Ok(())
    }
}

/// `{decision, by, why}`, the output of an approval.
pub(super) fn decision(decision: &str, by: Option<&str>, why: &str) -> Json {
    let document = serde_json::json!({ "decision": decision, "by": by, "why": why });
    Json::of(&document).unwrap_or_else(|_| Json::null())
}

fn expired(code: &str, message: &str) -> Failure {
    Failure::new(Disposition::Timeout, code, message)
}

impl View<'_> {
    /// How the run came to be parked.
    pub(super) fn parked(&self) -> Option<&End> {
        self.run.end.as_ref().filter(|_| self.is_parked())
    }

    /// A state, for what letters are about.
    pub(super) fn waits(&self, step: &StepPath) -> Option<(&StepState, Waiting)> {
        let state = self.state(step).filter(|_| self.is_live(step))?;
        match state.status {
            StepStatus::Waiting { wait, .. } => Some((state, wait)),
            _ => None,
        }
    }
}
