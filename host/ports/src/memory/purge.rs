//! What goes from memory.

use mortise_model::Timestamp;
use mortise_model::id::Namespace;

use super::{Kept, Key, State};

impl State {
    pub fn purge(
        &mut self,
        namespace: &Namespace,
        workflow: &str,
        finished_before: Timestamp,
        limit: usize,
    ) -> usize {
        self.see(finished_before);
        let goes = |key: &Key, run: &Kept| {
            key.0 == *namespace
                && run.accepted.workflow.as_str() == workflow
                && run.live.is_none()
                && !run.is_parked()
                && run.last().is_some_and(|last| last.at < finished_before)
        };
        let runs = self.runs.iter().filter(|(key, run)| goes(key, run));
        let gone: Vec<Key> = runs.map(|(key, _)| key.clone()).take(limit).collect();
        for key in &gone {
            self.runs.remove(key);
            self.payloads.remove(key);
            self.files.remove(key);
            self.logs.remove(key);
        }
        let (runs, now) = (&self.runs, self.now);
        self.known.retain(|identity, first| match first.until {
            Some(until) => until > now,
            None => runs.contains_key(&(identity.namespace().clone(), first.run)),
        });
        gone.len()
    }
}
