//! What runs are told, in memory.

use mortise_model::id::Digest;
use mortise_model::{Letter, Status};

use super::{Key, Live, MemoryStore, State, Write};
use crate::Inbox;
use crate::error::StoreError;
use crate::inbox::{Delivery, LETTERS_MAX, Post};
use crate::journal::Claim;

impl Inbox for MemoryStore {
    async fn send(&self, post: Post) -> Result<Delivery, StoreError> {
        self.state()
            .write(Write::Send, |state| state.deliver(post, false))
    }

    async fn letters(
        &self,
        claim: &Claim,
        after: Option<u64>,
    ) -> Result<Vec<(u64, Letter)>, StoreError> {
        let mut state = self.state();
        state.held(claim).ok_or(StoreError::Fenced(claim.run))?;
        let key = (claim.namespace.clone(), claim.run);
        let letters = state.runs.get(&key).map(|run| &run.letters);
        let letters = letters.into_iter().flatten();
        Ok(letters
            .filter(|(number, _)| after.is_none_or(|after| **number > after))
            .map(|(number, letter)| (*number, letter.clone()))
            .collect())
    }

    /// The same for every store in memory: a test that is run again sees the same addresses.
    fn callback_key(&self) -> [u8; 32] {
        Digest::of(b"a store in memory").0
    }
}

impl State {
    /// Delivers a letter. One that `must` arrive is not refused for the number of those before it.
    pub fn deliver(&mut self, post: Post, must: bool) -> Delivery {
        let key = (post.namespace, post.run);
        let number = self.count();
        let Some(run) = self.runs.get_mut(&key) else {
            return Delivery::NoSuchRun;
        };
        let wakes = post.letter.wakes();
        if run.live.is_none() {
            let status = run.rest_status();
            if status != Status::Parked || post.letter == Letter::Wake {
                return Delivery::AtRest(status);
            }
        }
        if !must && run.letters.len() >= LETTERS_MAX {
            return Delivery::TooMany;
        }
        if let Some(word) = post.once
            && !run.answered.insert(word)
        {
            return Delivery::Answered;
        }
        let stops = matches!(post.letter, Letter::Cancel { .. });
        run.letters.insert(number, post.letter);
        match &mut run.live {
            Some(live) => {
                if let Some(due) = live.due.take() {
                    self.due.remove(&(due, key.clone()));
                    self.ready.push_back(key);
                } else if stops && self.waits_for_place(&key) {
                    self.free_place(&key);
                    self.ready.push_back(key);
                }
            }
            None if wakes => self.wake(key),
            None => {}
        }
        Delivery::Kept
    }

    /// Takes a parked run up again.
    pub fn wake(&mut self, key: Key) {
        if let Some(run) = self.runs.get_mut(&key) {
            run.live = Some(Live::default());
            self.ready.push_back(key);
        }
    }
}
