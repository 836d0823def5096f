//! The journal in memory.

use mortise_model::id::{Namespace, RunId};
use mortise_model::{Entry, Fact, Letter, Timestamp};

use super::accept::{First, Identity};
use super::{Key, MemoryStore, State, Write, accepted};
use crate::Journal;
use crate::error::StoreError;
use crate::journal::{
    Acceptance, Admission, Claim, Claimed, Committed, History, Owner, Renewal, Turn, Work,
};

/// A run that is claimed.
#[derive(Debug)]
pub struct Held {
    fence: u64,
    until: Timestamp,
    lease_ms: u64,
}

impl Journal for MemoryStore {
    async fn accept(&self, events: Vec<Acceptance>) -> Result<Vec<Admission>, StoreError> {
        let mut state = self.state();
        state.check(&events)?;
        state.write(Write::Accept, |state| state.accept_all(events, false))
    }

    async fn claim(&self, owner: &Owner, now: Timestamp, limit: usize) -> Result<Work, StoreError> {
        let mut state = self.state();
        state.see(now);
        let mut claimed = Vec::new();
        while claimed.len() < limit
            && let Some(key) = state.next(now)
        {
            let claim = state.hold_run(&key, now, owner.lease_ms);
            claimed.push(Claimed {
                claim,
                history: state.history(&key),
                letters: state.letters(&key),
            });
        }
        let next_due = state.due.first().map(|(due, _)| *due);
        Ok(Work { claimed, next_due })
    }

    async fn commit(&self, claim: &Claim, turn: Turn) -> Result<Committed, StoreError> {
        let mut state = self.state();
        let fenced = StoreError::Fenced(claim.run);
        state.held(claim).ok_or_else(|| fenced.clone())?;
        let key = (claim.namespace.clone(), claim.run);
        let run = state.runs.get(&key).ok_or(fenced)?;
        let Some(first) = turn.entries.first() else {
            return Err(StoreError::Failed("a turn must have an entry".to_owned()));
        };
        if run.next_sequence != turn.expected_sequence {
            return Err(StoreError::Sequence {
                run: claim.run,
                expected: turn.expected_sequence,
                actual: run.next_sequence,
            });
        }
        if let Some(dedupe) = &turn.identity
            && let Some(known) = state.known(&run.accepted, dedupe, first.at)
            && known != Admission::Duplicate(claim.run)
        {
            return Ok(Committed::Known(known));
        }
        state.check(&turn.starts)?;
        let admissions = state.write(Write::Commit, |state| state.commit(&key, turn))?;
        Ok(Committed::Written(admissions))
    }

    async fn entries(&self, namespace: &Namespace, run: RunId) -> Result<History, StoreError> {
        Ok(self.state().history(&(namespace.clone(), run)))
    }

    async fn renew(&self, claims: &[Claim], now: Timestamp) -> Result<Renewal, StoreError> {
        let mut state = self.state();
        state.see(now);
        let mut renewal = Renewal::default();
        for claim in claims {
            match state.held(claim) {
                Some(held) => held.until = now.plus_ms(held.lease_ms),
                None => renewal.lost.push(claim.run),
            }
            let key = (claim.namespace.clone(), claim.run);
            if !renewal.lost.contains(&claim.run) && !state.letters(&key).is_empty() {
                renewal.letters.push(claim.run);
            }
        }
        Ok(renewal)
    }

    async fn purge(
        &self,
        namespace: &Namespace,
        workflow: &str,
        finished_before: Timestamp,
        limit: usize,
    ) -> Result<usize, StoreError> {
        if self.state().faults.purges_hang() {
            return std::future::pending().await;
        }
        let mut state = self.state();
        let gone = state.purge(namespace, workflow, finished_before, limit);
        Ok(gone)
    }
}

impl State {
    /// Refuses a list of events of which one cannot be taken.
    fn check(&self, events: &[Acceptance]) -> Result<(), StoreError> {
        for event in events {
            if accepted(&event.entries).is_none() {
                let why = "a run must begin with its acceptance";
                return Err(StoreError::Failed(why.to_owned()));
            }
            if let Some(memory) = &event.memory {
                self.check_fence(memory)?;
            }
        }
        Ok(())
    }

    fn accept_all(&mut self, events: Vec<Acceptance>, must: bool) -> Vec<Admission> {
        let events = events.into_iter();
        events
            .filter_map(|event| self.accept(event, must))
            .collect()
    }

    /// Writes a turn of which it is known that it may be written.
    fn commit(&mut self, key: &Key, turn: Turn) -> Vec<Admission> {
        let last = turn.entries.last().map(|entry| entry.fact.clone());
        if let Some(run) = self.runs.get_mut(key) {
            if let Some(dedupe) = &turn.identity {
                let identity = Identity::of(&run.accepted, dedupe);
                self.known.insert(identity, First::of(key.1, dedupe));
            }
            // The first turn says what the run is.
            let goes = |sequence: &u32| *sequence > 0 && turn.forget.contains(sequence);
            run.turns.retain(|(sequence, _)| !goes(sequence));
            run.write(turn.entries);
            if let Some(read) = turn.read {
                run.letters = run.letters.split_off(&read.saturating_add(1));
            }
            for (step, asked) in turn.approvals {
                match asked {
                    Some(asked) => run.approvals.insert(step, asked),
                    None => run.approvals.remove(&step),
                };
            }
        }
        let admissions = self.accept_all(turn.starts, true);
        for post in turn.letters {
            self.deliver(post, true);
        }
        match last {
            Some(Fact::Suspended { until }) => self.suspend(key, until),
            Some(Fact::Ended(_)) => self.end(key),
            _ => {}
        }
        admissions
    }

    fn suspend(&mut self, key: &Key, until: Timestamp) {
        self.held.remove(key);
        let Some(run) = self.runs.get_mut(key) else {
            return;
        };
        if let Some(live) = &mut run.live {
            live.due = run.letters.is_empty().then_some(until);
        }
        self.line_up(key.clone());
    }

    fn end(&mut self, key: &Key) {
        self.held.remove(key);
        self.free_place(key);
        let Some(run) = self.runs.get_mut(key) else {
            return;
        };
        run.live = None;
        if !run.is_parked() {
            run.letters.clear();
            run.approvals.clear();
        } else if run.letters.values().any(Letter::wakes) {
            self.wake(key.clone());
        }
    }

    /// The next run that may be claimed: due, queued, or with a lease that ran out.
    fn next(&mut self, now: Timestamp) -> Option<Key> {
        if let Some((due, _)) = self.due.first()
            && *due <= now
        {
            return self.due.pop_first().map(|(_, key)| key);
        }
        if let Some(key) = self.ready.pop_front() {
            return Some(key);
        }
        let mut held = self.held.iter();
        held.find(|(_, held)| held.until <= now)
            .map(|(key, _)| key.clone())
    }

    fn hold_run(&mut self, key: &Key, now: Timestamp, lease_ms: u64) -> Claim {
        let fence = self.count();
        let until = now.plus_ms(lease_ms);
        let held = Held {
            fence,
            until,
            lease_ms,
        };
        self.held.insert(key.clone(), held);
        // It is not due any more: a letter that comes now must not have it claimed once more.
        if let Some(live) = self.runs.get_mut(key).and_then(|run| run.live.as_mut()) {
            live.due = None;
        }
        let (namespace, run) = key.clone();
        Claim {
            namespace,
            run,
            fence,
        }
    }

    pub fn held(&mut self, claim: &Claim) -> Option<&mut Held> {
        self.held
            .get_mut(&(claim.namespace.clone(), claim.run))
            .filter(|held| held.fence == claim.fence)
    }

    fn history(&self, key: &Key) -> History {
        let Some(run) = self.runs.get(key) else {
            return History::default();
        };
        let numbered = |(first, entries): &(u32, Vec<Entry>)| {
            let numbers = *first..;
            numbers.zip(entries.clone()).collect::<Vec<_>>()
        };
        History {
            entries: run.turns.iter().flat_map(numbered).collect(),
            turns: run.turns.iter().map(|(first, _)| *first).collect(),
            next_sequence: run.next_sequence,
        }
    }

    fn letters(&self, key: &Key) -> Vec<(u64, Letter)> {
        let letters = self.runs.get(key).map(|run| &run.letters);
        let letters = letters.into_iter().flatten();
        letters.map(|(n, letter)| (*n, letter.clone())).collect()
    }
}
