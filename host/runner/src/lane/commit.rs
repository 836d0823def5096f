//! A turn on its way into the journal: its entries, and what follows from them for others.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use mortise_model::entry::{End, Known, Parent, RequestRecord, Waiting};
use mortise_model::event::{Origin, TriggerKind};
use mortise_model::input::Received;
use mortise_model::run::StepStatus;
use mortise_model::{
    Disposition, Entry, Fact, Failure, Input, Letter, Payload, Plan, Run, RunId, Status, StepPath,
};
use mortise_ports::inbox::Post;
use mortise_ports::journal::{Acceptance, Admission, Asked, Committed, Dedupe, Turn};
use mortise_ports::{Plugins, Store, StoreError};

use super::{Lane, Stop};
use crate::accept::NewEvent;
use crate::accept::draft::{self, EventFiles};
use crate::accept::failed::{self, Failed};
use crate::evaluate::view::{Halt, hand_over, patiently};

/// How often a lane looks whether there is room on the disk again, in milliseconds.
const FULL_RETRY_MS: u64 = 250;

/// The trigger of runs that other runs call: no id of a manifest has a hyphen.
const BY_CALL: &str = "workflow-call";

/// What the next commit is made of.
#[derive(Default)]
pub(super) struct Draft {
    pub entries: Vec<Entry>,
    /// Letters up to this number have been read.
    pub read: Option<u64>,
    pub starts: Vec<Acceptance>,
    pub letters: Vec<Post>,
    pub identity: Option<Dedupe>,
    /// The plan that the run is about to go on with.
    pub moving: Option<Arc<Plan>>,
    /// The run as it was before it took its event, and what that asked of the network: another run
    /// may have the event already.
    before: Option<(Arc<Run>, Vec<RequestRecord>)>,
}

impl Draft {
    pub fn snapshot(&mut self, run: &Arc<Run>, input: &Input) {
        if let Input::Received { requests, .. } = input {
            self.before = Some((Arc::clone(run), requests.clone()));
        }
    }
}

impl<S: Store, P: Plugins> Lane<S, P> {
    /// Writes the turn and begins what waited for it; true where the claim is given up with it.
    pub(super) async fn commit(&mut self) -> Result<bool, Stop> {
        if self.turn.entries.is_empty() {
            return Ok(false);
        }
        let end = self.fresh_end();
        if let Some(end) = &end {
            self.tell_of(end).await?;
        }
        let turn = self.turn();
        let committed = self.write(&turn).await?;
        match committed {
            Committed::Known(admission) => {
                self.revert(admission).await?;
                return Ok(false);
            }
            Committed::Written(admissions) => {
                self.keep_conflicts(&turn.starts, &admissions).await?;
            }
        }
        self.turn = Draft::default();
        self.was_parked = false;
        let count = u32::try_from(turn.entries.len()).unwrap_or(u32::MAX);
        self.turns.add(&self.plan, self.durable, &turn.entries);
        self.durable += count;
        self.spread(&turn);
        if let Some(end) = end {
            self.inner.metrics.ended(&end);
            failed::warn_of(&self.plan, &self.run, &end);
        }
        if let Some(end) = &self.run.end {
            self.inner.waiters.notify(self.claim.run, end);
            if self.plan.concurrency.is_some() {
                // Its place is free: the next run of its key may begin.
                self.inner.news.notify_one();
            }
            return Ok(true);
        }
        if self.run.status == Status::Waiting {
            // It may be due before anything that the dispatcher waits for.
            self.inner.news.notify_one();
            return Ok(true);
        }
        self.begin_waiting();
        self.leave_quarantine().await;
        Ok(false)
    }

    /// How the run ends with this turn; none where it was parked before and still is.
    fn fresh_end(&self) -> Option<End> {
        let end = self.run.end.clone()?;
        let goes_on = |entry: &Entry| matches!(entry.fact, Fact::Replayed { .. } | Fact::Ending(_));
        let is_old = self.was_parked
            && matches!(end, End::Parked { .. })
            && !self.turn.entries.iter().any(goes_on);
        (!is_old).then_some(end)
    }

    /// Has those told that the end of the run matters to: the run that called it, unless a person
    /// decides first, and workflows that look after failures.
    async fn tell_of(&mut self, end: &End) -> Result<(), Stop> {
        let (inner, run) = (&self.inner, &self.run);
        let accepted = &run.accepted;
        if let Some(parent) = accepted.parent.as_ref()
            && !matches!(end, End::Parked { .. })
        {
            let mut told = end.clone();
            if let End::Succeeded { output } = end {
                let runs = (accepted.run, parent.run);
                match hand_over(inner, &accepted.namespace, runs, output).await {
                    Ok(()) => {}
                    Err(Halt::Store(error)) => return Err(error.into()),
                    // It has no room for the files of this run.
                    Err(Halt::Failure(failure)) => {
                        told = End::Failed {
                            step: None,
                            failure,
                        }
                    }
                }
            }
            self.turn.letters.push(Post::new(
                accepted.namespace.clone(),
                parent.run,
                Letter::ChildEnded {
                    step: parent.step.clone(),
                    child: accepted.run,
                    end: told,
                },
            ));
        }
        let ended = u32::try_from(self.turn.entries.len()).unwrap_or(u32::MAX);
        let sequence = self.durable + ended.saturating_sub(1);
        if let Some(failed) = Failed::of((&self.plan, run), end, sequence) {
            let starts = patiently(|| failed::starts(inner, &failed)).await?;
            self.turn.starts.extend(starts);
        }
        Ok(())
    }

    fn turn(&mut self) -> Turn {
        Turn {
            expected_sequence: self.durable,
            read: self.turn.read,
            starts: self.turn.starts.clone(),
            letters: self.turn.letters.clone(),
            approvals: self.approvals(),
            forget: self
                .turns
                .forgotten(&self.plan, &self.run, &self.turn.entries),
            identity: self.turn.identity.clone(),
            entries: self.turn.entries.clone(),
        }
    }

    /// Approvals that are asked for from now on, and those that are not any more.
    fn approvals(&mut self) -> Vec<(StepPath, Option<Asked>)> {
        let asks = |entry: &Entry| match &entry.fact {
            Fact::StepWaiting { wait, .. } => matches!(wait, Waiting::Approval { .. }),
            Fact::Replayed { .. } => true,
            _ => false,
        };
        if self.asked.is_empty() && !self.turn.entries.iter().any(asks) {
            return Vec::new();
        }
        let mut now = asked(&self.run, self.inner.now());
        let mut changes = Vec::new();
        for (step, before) in &self.asked {
            match now.get_mut(step) {
                Some(asked) => *asked = *before,
                None => changes.push((step.clone(), None)),
            }
        }
        let new = now
            .iter()
            .filter(|(step, _)| !self.asked.contains_key(*step));
        changes.extend(new.map(|(step, asked)| (step.clone(), Some(*asked))));
        self.asked = now;
        changes
    }

    /// Writes a turn, however long that takes.
    async fn write(&mut self, turn: &Turn) -> Result<Committed, Stop> {
        let (inner, claim) = (&self.inner, &self.claim);
        let after = turn.expected_sequence + u32::try_from(turn.entries.len()).unwrap_or(u32::MAX);
        let writing = async {
            loop {
                match inner.store.commit(claim, turn.clone()).await {
                    Ok(committed) => return Ok(committed),
                    // The run keeps its lane, which is what slows everything down as it should.
                    Err(StoreError::Full) => {}
                    // Where it was written after all, its journal says so.
                    Err(StoreError::Unknown) => {
                        match inner.store.entries(&claim.namespace, claim.run).await {
                            Ok(history) if history.next_sequence >= after => {
                                return Ok(Committed::Written(Vec::new()));
                            }
                            Ok(_) | Err(StoreError::Unknown) => {}
                            Err(error) => return Err(error.into()),
                        }
                    }
                    Err(error) => return Err(error.into()),
                }
                tokio::time::sleep(Duration::from_millis(FULL_RETRY_MS)).await;
            }
        };
        Self::meanwhile((&mut self.flying, &mut self.ready), writing).await
    }

    /// Has other runs look at what they were told or started with.
    fn spread(&self, turn: &Turn) {
        self.inner.metrics.accepted(turn.starts.len() as u64);
        self.inner.metrics.letters(turn.letters.len() as u64);
        if !turn.starts.is_empty() {
            self.inner.news.notify_one();
        }
        for post in &turn.letters {
            self.inner.poke(post.run);
        }
    }

    /// Another run has the event: the run becomes again what it was before, and is told so. All that
    /// was begun since is harmless.
    async fn revert(&mut self, admission: Admission) -> Result<(), Stop> {
        let draft = std::mem::take(&mut self.turn);
        let Some((run, requests)) = draft.before else {
            let why = "a turn without an event is known";
            return Err(StoreError::Damaged(why.to_owned()).into());
        };
        self.run = run;
        self.flying.clear();
        self.ready.clear();
        self.quick.clear();
        self.waiting.clear();
        self.last_letter = None;
        self.bell.notify_one();
        let result = match (&draft.identity, admission) {
            (Some(Dedupe::Event { id, .. }), Admission::Duplicate(run)) => {
                let why = format!("event `{id}` is run {run}");
                let event = id.clone();
                let of = Known { event, run };
                Ok(Received::Duplicate { why, of })
            }
            (Some(Dedupe::Event { id, .. }), Admission::Conflict(first)) => {
                Err(conflict(id, first))
            }
            _ => Ok(Received::Nothing("the event is known".to_owned())),
        };
        self.turn.starts = draft.starts;
        let input = Input::Received {
            result,
            requests,
            jitter_ppm: 0,
        };
        self.feed(input).await?;
        Ok(())
    }

    /// Further events of a request whose ids are known with other bodies: each is kept as a parked
    /// run, since the sender was told long ago that it was taken.
    async fn keep_conflicts(
        &mut self,
        starts: &[Acceptance],
        admissions: &[Admission],
    ) -> Result<(), Stop> {
        let mut parked = Vec::new();
        for (start, admission) in starts.iter().zip(admissions) {
            let id = start.dedupe.iter().find_map(|dedupe| match dedupe {
                Dedupe::Event { id, .. } => Some(id),
                Dedupe::Key { .. } => None,
            });
            if let (Some(id), Admission::Conflict(first), true) =
                (id, admission, self.is_own(start))
            {
                let (inner, plan) = (&self.inner, &self.plan);
                let failure = conflict(id, *first);
                parked.extend(
                    patiently(|| draft::parked(inner, plan, start, failure.clone())).await?,
                );
            }
        }
        if !parked.is_empty() {
            let store = &self.inner.store;
            patiently(|| store.accept(parked.clone())).await?;
            self.inner.metrics.accepted(parked.len() as u64);
            self.inner.news.notify_one();
        }
        Ok(())
    }

    /// Whether it is an event of the request that started this run.
    fn is_own(&self, start: &Acceptance) -> bool {
        let first = start.entries.first().map(|entry| &entry.fact);
        matches!(first, Some(Fact::Accepted(accepted)) if accepted.origin == self.run.accepted.origin
            && accepted.workflow == self.run.accepted.workflow)
    }

    /// Has a run of another workflow start with the turn.
    pub(super) async fn start_child(
        &mut self,
        step: StepPath,
        child: RunId,
        input: &Payload,
    ) -> Result<(), Stop> {
        let view = self.view();
        let (plan, taken) = self.callees.remove(&child).ok_or_else(|| {
            StoreError::Damaged(format!(
                "step `{step}` calls a workflow that was not looked up"
            ))
        })?;
        let accepted = &self.run.accepted;
        let caller = accepted.run;
        let parent = Parent {
            run: accepted.run,
            step,
            depth: accepted.parent.as_ref().map_or(1, |p| p.depth + 1),
            after_failure: accepted.is_after_failure(),
        };
        let making = async {
            let payload = view.json(input).await?;
            let event = NewEvent {
                plan,
                origin: Origin {
                    trigger: BY_CALL.to_owned(),
                    kind: TriggerKind::Call,
                },
                id: None,
                payload,
                request: None,
            };
            let making = || {
                let draft = draft::Draft {
                    run: child,
                    taken: taken.clone(),
                    event_id: child.to_string(),
                    parent: Some(parent.clone()),
                    files: EventFiles::Of(caller),
                    ..draft::Draft::of(&view.inner, event.clone())
                };
                draft.acceptances(&view.inner)
            };
            Ok::<_, Halt>(patiently(making).await?)
        };
        let made = Self::meanwhile((&mut self.flying, &mut self.ready), making).await;
        match made {
            Ok(starts) => {
                if let Some(taken) = &taken {
                    let namespace = &self.run.accepted.namespace;
                    self.inner.shares.count(namespace, taken);
                }
                self.turn.starts.extend(starts);
            }
            Err(Halt::Store(error)) => return Err(error.into()),
            Err(Halt::Failure(failure)) => {
                return Err(StoreError::Damaged(failure.message).into());
            }
        }
        Ok(())
    }

    pub(super) fn cancel_child(&mut self, child: RunId) {
        let accepted = &self.run.accepted;
        self.turn.letters.push(Post::new(
            accepted.namespace.clone(),
            child,
            Letter::Cancel {
                by: format!("run {}", accepted.run),
                why: "the run that called it does not wait for it any more".to_owned(),
            },
        ));
    }

    /// A run that is no suspect any more makes room for the next one and takes a lane.
    async fn leave_quarantine(&mut self) {
        if self.pass.is_none() || self.run.interruptions() > 0 {
            return;
        }
        self.pass = None;
        let taking = Arc::clone(&self.inner.lanes).acquire_owned();
        let permit = Self::meanwhile((&mut self.flying, &mut self.ready), taking).await;
        self.permit = permit.ok();
    }
}

/// An event that is known with another body: dropping it could lose what its sender changed.
fn conflict(id: &str, first: RunId) -> Failure {
    let message = format!("event `{id}` came before with another body, as run {first}");
    Failure::new(Disposition::Reject, "event-conflict", message)
}

/// The approvals that a run waits for.
pub(super) fn asked(run: &Run, since: mortise_model::Timestamp) -> BTreeMap<StepPath, Asked> {
    if run.end.is_some() {
        return BTreeMap::new();
    }
    let waits = run
        .steps
        .iter()
        .filter_map(|(path, state)| match state.status {
            StepStatus::Waiting {
                until,
                wait: Waiting::Approval { .. },
            } => Some((path.clone(), Asked { since, until })),
            _ => None,
        });
    waits.collect()
}
