//! Runs of one key that wait for each other, in memory: who has a place, and who waits in which order.

use std::collections::{HashMap, VecDeque};

use mortise_model::id::RunId;

/// The places of every key that has any.
#[derive(Debug, Default)]
pub struct Places(HashMap<Box<[u8]>, Queue>);

#[derive(Debug, Default)]
struct Queue {
    /// How many runs have a place, claimed or not.
    has: u32,
    /// Runs that wait, in the order of their acceptance, each with the limit that it knows.
    waits: VecDeque<(RunId, u32)>,
}

impl Places {
    /// How many wait where a run would have to.
    pub fn waiting(&self, key: &[u8], limit: u32) -> Option<u32> {
        let queue = self.0.get(key)?;
        let free = queue.waits.is_empty() && queue.has < limit;
        (!free).then(|| u32::try_from(queue.waits.len()).unwrap_or(u32::MAX))
    }

    /// Gives a run a place or lets it wait for one; says which.
    pub fn line_up(&mut self, key: &[u8], run: RunId, limit: u32) -> bool {
        let queue = self.0.entry(key.into()).or_default();
        let free = queue.waits.is_empty() && queue.has < limit;
        if free {
            queue.has += 1;
        } else {
            queue.waits.push_back((run, limit));
        }
        free
    }

    /// Takes the place of a run away; the runs that get one from that.
    pub fn leave(&mut self, key: &[u8], run: RunId) -> Vec<RunId> {
        let Some(queue) = self.0.get_mut(key) else {
            return Vec::new();
        };
        let waited = queue.waits.len();
        queue.waits.retain(|(waits, _)| *waits != run);
        if queue.waits.len() == waited {
            queue.has -= 1;
        }
        let mut next = Vec::new();
        while let Some((run, limit)) = queue.waits.front()
            && queue.has < *limit
        {
            next.push(*run);
            queue.has += 1;
            queue.waits.pop_front();
        }
        if queue.has == 0 && queue.waits.is_empty() {
            self.0.remove(key);
        }
        next
    }

    /// Whether a run waits for its place.
    pub fn waits(&self, key: &[u8], run: RunId) -> bool {
        let queue = self.0.get(key);
        queue.is_some_and(|queue| queue.waits.iter().any(|(waits, _)| *waits == run))
    }

    /// Every run that waits.
    pub fn all_waiting(&self) -> impl Iterator<Item = RunId> {
        let queues = self.0.values();
        queues.flat_map(|queue| queue.waits.iter().map(|(run, _)| *run))
    }
}
