//! Runs of one key that wait for each other.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use mortise_model::entry::Accepted;
use mortise_model::id::{Namespace, RunId, WorkflowName};

use super::{Key, State};
use crate::journal::Place;

type PlaceKey = (Namespace, WorkflowName, String);

/// The places of every key that has any.
#[derive(Debug, Default)]
pub struct Places(BTreeMap<PlaceKey, Queue>);

#[derive(Debug, Default)]
struct Queue {
    /// Runs that have a place, claimed or not.
    has: BTreeSet<RunId>,
    /// Runs that wait, in the order of their acceptance, each with the limit it knows.
    waits: VecDeque<(RunId, u32)>,
}

fn key(accepted: &Accepted, place: &Place) -> PlaceKey {
    let (namespace, workflow) = (&accepted.namespace, &accepted.workflow);
    (namespace.clone(), workflow.clone(), place.key.clone())
}

impl Places {
    /// How many wait, where a run would have to.
    pub fn waiting(&self, accepted: &Accepted, place: &Place) -> Option<u32> {
        let queue = self.0.get(&key(accepted, place))?;
        let free = queue.waits.is_empty() && queue.has.len() < place.limit as usize;
        (!free).then(|| u32::try_from(queue.waits.len()).unwrap_or(u32::MAX))
    }

    pub fn count_waiting(&self) -> usize {
        self.0.values().map(|queue| queue.waits.len()).sum()
    }
}

impl State {
    /// Lets a run that is not at rest wait for what it has to: its place, its time, nothing.
    pub fn line_up(&mut self, key: Key) {
        let Some(run) = self.runs.get(&key) else {
            return;
        };
        let Some(live) = &run.live else { return };
        let due = live.due;
        if let Some(place) = &live.place {
            let id = self::key(&run.accepted, place);
            let queue = self.places.0.entry(id).or_default();
            let has = queue.has.contains(&key.1);
            if !has && (!queue.waits.is_empty() || queue.has.len() >= place.limit as usize) {
                queue.waits.push_back((key.1, place.limit));
                return;
            }
            queue.has.insert(key.1);
        }
        match due {
            Some(due) => drop(self.due.insert((due, key))),
            None => self.ready.push_back(key),
        }
    }

    /// Takes the place of a run away, and gives it to whoever waits.
    pub fn free_place(&mut self, key: &Key) {
        let Some(run) = self.runs.get_mut(key) else {
            return;
        };
        let place = run.live.as_mut().and_then(|live| live.place.take());
        let Some(place) = place else { return };
        let id = self::key(&run.accepted, &place);
        let Some(queue) = self.places.0.get_mut(&id) else {
            return;
        };
        queue.has.remove(&key.1);
        queue.waits.retain(|(run, _)| *run != key.1);
        while let Some((run, limit)) = queue.waits.front().copied()
            && queue.has.len() < limit as usize
        {
            queue.waits.pop_front();
            queue.has.insert(run);
            self.ready.push_back((key.0.clone(), run));
        }
        if queue.has.is_empty() && queue.waits.is_empty() {
            self.places.0.remove(&id);
        }
    }

    /// Whether a run waits for its place.
    pub fn waits_for_place(&self, key: &Key) -> bool {
        let Some(run) = self.runs.get(key) else {
            return false;
        };
        let place = run.live.as_ref().and_then(|live| live.place.as_ref());
        let queue = place.and_then(|place| self.places.0.get(&self::key(&run.accepted, place)));
        queue.is_some_and(|queue| queue.waits.iter().any(|(run, _)| *run == key.1))
    }
}
