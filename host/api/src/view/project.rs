//! From the journal of a run to the view of it.
//!
//! What happened to the run itself is here, what happened to its steps in `steps`, what a replay
//! clears in `replay`, and what waits in a parked run in `asleep`. Entries may be missing: what
//! happened inside of parts of a `foreach` that are done is forgotten, and the counters of the
//! `foreach` tell of it.

mod asleep;
mod past;
mod replay;
mod steps;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};

use mortise_model::entry::{Accepted, End, LogLine, RequestRecord};
use mortise_model::event::Event;
use mortise_model::failure::RUN_TIMEOUT;
use mortise_model::id::RunId;
use mortise_model::path::{RECEIVE, UNDO};
use mortise_model::{Entry, Fact, Failure, Letter, Plan, ScopePath, Status, StepPath, Timestamp};
use mortise_ports::logs::AttemptKey;

use super::failure::FailureView;
use super::history::NewsView;
use super::run::{RunView, TriggerView};
use super::step::{StepView, WaitView};
use super::value::Values;
use mortise_model::sentence::Place;
use past::past;

/// The address at which a step can be told something.
pub type Link<'a> = &'a (dyn Fn(&StepPath) -> String + Sync);

/// What a view of a run is made of.
pub struct Record<'a> {
    /// The journal, the acceptance first.
    pub entries: &'a [(u32, Entry)],
    /// The plan that it runs on now, for the steps that have not begun; without it only the others
    /// are shown.
    pub plan: Option<&'a Plan>,
    /// What plugins said, attempt by attempt.
    pub logs: Vec<(AttemptKey, Vec<LogLine>)>,
    /// Where the store says that the run stands; the journal knows better once it is at rest, but for
    /// a parked run that was told to go on and has not read that yet.
    pub status: Status,
    /// The addresses of its steps.
    pub link: Option<Link<'a>>,
}

/// The view of a run; none where the journal does not begin with an acceptance.
#[must_use]
pub fn project(record: Record<'_>, values: &Values) -> Option<RunView> {
    let ((_, first), rest) = record.entries.split_first()?;
    let Fact::Accepted(accepted) = &first.fact else {
        return None;
    };
    let mut projection = Projection {
        accepted,
        edits: 0,
        stored: record.status,
        view: queued(accepted, first.at, record.status, values),
        places: HashMap::new(),
        asleep: Vec::new(),
        plan: record.plan,
        link: record.link,
        values,
        logs: record.logs.into_iter().collect(),
    };
    let past = past(record.plan, rest);
    for (sequence, entry) in rest {
        if past.has(*sequence, &entry.fact) {
            continue;
        }
        if let Some(foreach) = past.ends(*sequence) {
            projection.forget(foreach);
        }
        projection.apply(entry);
    }
    projection.pending();
    let last = record.entries.last().map(|(_, entry)| &entry.fact);
    if matches!(last, Some(Fact::Ended(End::Parked { .. }))) && !record.status.is_rest() {
        projection.resume();
    }
    Some(projection.view)
}

fn queued(accepted: &Accepted, at: Timestamp, status: Status, values: &Values) -> RunView {
    RunView {
        id: accepted.run,
        workflow: accepted.workflow.clone(),
        namespace: accepted.namespace.clone(),
        plan: accepted.plan,
        version: accepted.version,
        rollout: accepted.rollout.clone(),
        parent: accepted.parent.as_ref().map(|parent| parent.run),
        status: status.word(),
        trigger: TriggerView {
            id: accepted.origin.trigger.clone(),
            kind: accepted.origin.kind,
            event_id: accepted.event.id.clone(),
        },
        accepted_at: at,
        started_at: None,
        finished_at: None,
        input: values.show(&accepted.event.payload),
        request: accepted.event.request.clone(),
        output: None,
        why: None,
        failure: None,
        history: Vec::new(),
        steps: Vec::new(),
    }
}

struct Projection<'a> {
    accepted: &'a Accepted,
    /// Replays with an edited event: part of idempotency keys.
    edits: u32,
    /// Where the store says that the run stands.
    stored: Status,
    view: RunView,
    /// Where each step stands among those of the view.
    places: HashMap<StepPath, usize>,
    /// What steps wait for when the run is not parked any more.
    asleep: Vec<(StepPath, WaitView)>,
    plan: Option<&'a Plan>,
    link: Option<Link<'a>>,
    values: &'a Values,
    logs: BTreeMap<AttemptKey, Vec<LogLine>>,
}

impl Projection<'_> {
    fn run(&self) -> RunId {
        self.accepted.run
    }

    /// The outermost steps that have not begun follow those that have.
    fn pending(&mut self) {
        let Some(plan) = self.plan else {
            return;
        };
        let outermost = [
            (ScopePath::root(), &plan.steps),
            (ScopePath::finally(), &plan.finally),
        ];
        for (scope, steps) in outermost {
            for step in steps {
                self.step(&scope.step(step.id.as_str()));
            }
        }
    }

    /// The view of a step, made where there is none.
    fn step(&mut self, path: &StepPath) -> &mut StepView {
        let steps = &mut self.view.steps;
        let place = *self.places.entry(path.clone()).or_insert_with(|| {
            steps.push(StepView::started(path, self.plan, &self.accepted.origin));
            steps.len() - 1
        });
        &mut steps[place]
    }

    /// Leaves out the steps inside of a `foreach`, such as one that the run was parked at.
    fn forget(&mut self, foreach: &StepPath) {
        self.view.steps.retain(|step| !step.path.is_inside(foreach));
        let paths = self.view.steps.iter().map(|step| step.path.clone());
        self.places = paths.zip(0..).collect();
    }

    fn apply(&mut self, entry: &Entry) {
        if matches!(
            entry.fact,
            Fact::Replayed { .. } | Fact::Ending(_) | Fact::Ended(_)
        ) {
            self.wake();
        }
        match &entry.fact {
            Fact::Started => self.view.started_at = Some(entry.at),
            Fact::EventReceived { event, requests } => {
                self.received(event);
                self.understood(entry.at, requests);
            }
            Fact::LetterRead { letter, .. } => self.told(entry.at, letter),
            Fact::Replayed { from, event } => {
                if let Some(payload) = event {
                    self.edits += 1;
                    self.view.input = self.values.show(payload);
                }
                self.replay(from.as_ref(), event.is_some());
            }
            Fact::Moved { plan, version } => {
                self.view.plan = *plan;
                self.view.version = *version;
                let rollout = self.accepted.rollout.clone();
                self.view.rollout = rollout.filter(|_| *plan == self.accepted.plan);
            }
            Fact::Ending(end) => self.ending(end),
            Fact::Ended(end) => self.end(end, entry.at),
            _ => self.of_step(entry),
        }
    }

    fn received(&mut self, event: &Event) {
        self.view.input = self.values.show(&event.payload);
        self.view.trigger.event_id.clone_from(&event.id);
        if event.request.is_some() {
            self.view.request.clone_from(&event.request);
        }
    }

    /// The plugin read the webhook's request.
    fn understood(&mut self, at: Timestamp, requests: &[RequestRecord]) {
        let receive = StepPath::from(RECEIVE);
        self.close(&receive, at, requests, None);
        self.step(&receive).status = "succeeded";
    }

    fn told(&mut self, at: Timestamp, letter: &Letter) {
        self.view.history.push(NewsView::new(at, letter));
    }

    /// Ends the steps that something is true of, as if somebody had cancelled them.
    fn cancel(&mut self, is_over: impl Fn(&StepView) -> bool) {
        for step in self.view.steps.iter_mut().filter(|step| is_over(step)) {
            step.status = "cancelled";
            step.wait = None;
        }
    }

    /// What waits is over; what is under way comes to its end first.
    fn ending(&mut self, end: &End) {
        if matches!(end, End::Cancelled { .. }) && self.view.finished_at.is_some() {
            self.resume();
        }
        if matches!(end, End::Cancelled { .. } | End::Failed { .. }) {
            self.cancel(|step| step.status == "waiting");
        }
        if matches!(end, End::Parked { .. }) {
            self.sleep();
        }
        if let End::Failed {
            step: Some(step), ..
        } = end
        {
            self.failed(step);
        }
    }

    /// A parked run goes on.
    fn resume(&mut self) {
        self.view.failure = None;
        self.view.finished_at = None;
        self.view.status = if self.stored.is_rest() {
            "running"
        } else {
            self.stored.word()
        };
    }

    fn end(&mut self, end: &End, at: Timestamp) {
        self.view.status = end.status().word();
        self.view.finished_at = Some(at);
        self.view.failure = None;
        // The request was understood, and there was nothing to do about it.
        if matches!(end, End::Skipped { .. }) && self.places.contains_key(&StepPath::from(RECEIVE))
        {
            self.understood(at, &[]);
        }
        match end {
            End::Succeeded { output } => self.view.output = Some(self.values.show(output)),
            End::Cancelled { why } | End::Skipped { why, .. } => self.view.why = Some(why.clone()),
            End::Failed { step, failure } | End::Parked { step, failure } => {
                if let Some(path) = step {
                    self.given_up(path, failure);
                }
                let failed = step.as_ref().and_then(|path| self.places.get(path));
                let failed = failed.and_then(|place| self.view.steps.get(*place));
                let nowhere = Place {
                    step: step.as_ref(),
                    plan: self.plan,
                    ..Place::default()
                };
                let place =
                    failed.map_or(nowhere, |view| view.place(view.attempts.len(), self.plan));
                self.view.failure = Some(FailureView::new(failure, place));
            }
        }
        if matches!(end, End::Parked { .. }) {
            self.sleep();
        } else {
            self.cancel(|step| matches!(step.status, "running" | "waiting"));
        }
    }

    /// A step that the run is parked or failed at. A run that it called goes on where only the time
    /// of this one was over.
    fn given_up(&mut self, path: &StepPath, failure: &Failure) {
        let calls = |view: &StepView| view.status == "waiting" && view.child.is_some();
        if failure.code != RUN_TIMEOUT || !calls(self.step(path)) {
            self.failed(path);
        }
    }

    /// A step failed and so did the blocks around it.
    fn failed(&mut self, path: &StepPath) {
        self.failed_inside(path, |_| true);
    }

    /// A step failed and so did those blocks around it.
    fn failed_inside(&mut self, path: &StepPath, fails: impl Fn(&StepPath) -> bool) {
        let around = blocks_around(path).into_iter();
        let around: Vec<StepPath> = around.filter(|block| fails(block)).collect();
        for path in around.iter().chain([path]) {
            let view = self.step(path);
            if view.status != "succeeded" {
                view.status = "failed";
                view.wait = None;
            }
        }
    }
}

/// The blocks that a step stands in; what takes a step back stands in none.
fn blocks_around(path: &StepPath) -> Vec<StepPath> {
    if path.id() == UNDO {
        return Vec::new();
    }
    let scope = path.scope();
    let owners = scope.outward().filter_map(|scope| Some(scope.owner()?.0));
    owners.collect()
}
