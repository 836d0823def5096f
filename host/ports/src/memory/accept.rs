//! Events that become runs.

use std::collections::{BTreeMap, BTreeSet};

use mortise_model::entry::Accepted;
use mortise_model::id::{Digest, Namespace, RunId, WorkflowName};
use mortise_model::{Entry, Fact, Timestamp};

use super::{Kept, Live, State, accepted};
use crate::journal::{Acceptance, Admission, Dedupe, Place};

/// What makes two events one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Identity {
    namespace: Namespace,
    workflow: WorkflowName,
    /// Of an event's id; none of a key.
    trigger: Option<String>,
    text: String,
}

impl Identity {
    pub fn of(accepted: &Accepted, dedupe: &Dedupe) -> Self {
        let (trigger, text) = match dedupe {
            Dedupe::Event { id, .. } => (Some(accepted.origin.trigger.clone()), id.clone()),
            Dedupe::Key { key, .. } => (None, key.clone()),
        };
        Self {
            namespace: accepted.namespace.clone(),
            workflow: accepted.workflow.clone(),
            trigger,
            text,
        }
    }

    pub fn namespace(&self) -> &Namespace {
        &self.namespace
    }
}

/// The first run of an identity.
#[derive(Clone, Copy, Debug)]
pub struct First {
    pub run: RunId,
    /// Of an event; it goes with its run.
    body: Option<Digest>,
    /// Of a key; it goes at this time.
    pub until: Option<Timestamp>,
}

impl First {
    pub fn of(run: RunId, dedupe: &Dedupe) -> Self {
        let (body, until) = match *dedupe {
            Dedupe::Event { body, .. } => (Some(body), None),
            Dedupe::Key { until, .. } => (None, Some(until)),
        };
        Self { run, body, until }
    }
}

impl State {
    /// What an event is told whose identity is another run's.
    pub fn known(&self, accepted: &Accepted, dedupe: &Dedupe, at: Timestamp) -> Option<Admission> {
        let first = self.known.get(&Identity::of(accepted, dedupe))?;
        if first.until.is_some_and(|until| until <= at) {
            return None;
        }
        match dedupe {
            Dedupe::Event { body, .. } if first.body != Some(*body) => {
                Some(Admission::Conflict(first.run))
            }
            _ => Some(Admission::Duplicate(first.run)),
        }
    }

    /// Takes an event in. One that `must` start is not refused for the length of its queue.
    pub fn accept(&mut self, event: Acceptance, must: bool) -> Option<Admission> {
        if let Some(memory) = event.memory {
            self.memories.insert(memory.trigger, memory.value);
        }
        let first = accepted(&event.entries)?.clone();
        let (run, at) = (first.run, event.entries.first()?.at);
        let mut known = event.dedupe.iter();
        let refused = known
            .find_map(|dedupe| self.known(&first, dedupe, at))
            .or_else(|| self.no_place(&first, event.place.as_ref(), must));
        if refused.is_some() {
            let key = (first.namespace.clone(), run);
            self.payloads.remove(&key);
            self.files.remove(&key);
            return refused;
        }
        for dedupe in &event.dedupe {
            let identity = Identity::of(&first, dedupe);
            self.known.insert(identity, First::of(run, dedupe));
        }
        self.begin(first, event.entries, event.place);
        Some(Admission::New(run))
    }

    fn no_place(&self, first: &Accepted, place: Option<&Place>, must: bool) -> Option<Admission> {
        let place = place.filter(|place| !must && !place.skip)?;
        let waiting = self.places.waiting(first, place)?;
        (waiting >= place.queue_max).then_some(Admission::NoPlace)
    }

    /// Writes the first turn of a run.
    fn begin(&mut self, accepted: Accepted, mut entries: Vec<Entry>, mut place: Option<Place>) {
        let key = (accepted.namespace.clone(), accepted.run);
        let mut told = None;
        if let Some(wanted) = place.take_if(|place| place.skip)
            && !is_end(entries.last())
        {
            if self.places.waiting(&accepted, &wanted).is_some() {
                let at = entries.first().map_or(self.now, |first| first.at);
                let (end, post) = wanted.skipped(&accepted, at);
                entries.push(end);
                told = post;
            } else {
                place = Some(wanted);
            }
        }
        let live = (!is_end(entries.last())).then_some(Live { due: None, place });
        let mut run = Kept {
            accepted: Box::new(accepted),
            order: self.count(),
            turns: Vec::new(),
            next_sequence: 0,
            letters: BTreeMap::new(),
            answered: BTreeSet::new(),
            approvals: BTreeMap::new(),
            live: live.clone(),
        };
        run.write(entries);
        self.runs.insert(key.clone(), run);
        if live.is_some() {
            self.line_up(key);
        }
        if let Some(post) = told {
            self.deliver(post, true);
        }
    }
}

fn is_end(entry: Option<&Entry>) -> bool {
    matches!(entry.map(|entry| &entry.fact), Some(Fact::Ended(_)))
}
