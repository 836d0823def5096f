//! What waits for the committer.
//!
//! Writers that were answered together tend to come back together. So the committer waits a moment
//! for as many as it served last, and is woken once for all of them: fewer and larger groups cost
//! less, and a writer who is alone waits for nobody.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use crate::job::Job;
use crate::sync::{instant, lock};

/// Jobs on their way to the committer. How much may wait is bounded by whoever hands over.
#[derive(Debug, Default)]
pub struct Queue {
    state: Mutex<State>,
    enough: Condvar,
}

#[derive(Debug, Default)]
struct State {
    jobs: VecDeque<Job>,
    /// Wake the committer when so many wait; zero while it does not listen.
    wanted: usize,
    closed: bool,
}

impl Queue {
    /// Hands over a job; gives it back where nothing is taken any more.
    pub fn push(&self, job: Job) -> Result<(), Job> {
        let mut state = lock(&self.state);
        if state.closed {
            return Err(job);
        }
        state.jobs.push_back(job);
        if state.wanted > 0 && state.jobs.len() >= state.wanted {
            state.wanted = 0;
            drop(state);
            self.enough.notify_one();
        }
        Ok(())
    }

    /// Waits for a first job, and from then until `expected` are there or `gather` has passed.
    /// None when the queue is closed and empty.
    pub fn take(&self, expected: usize, gather: Duration) -> Option<VecDeque<Job>> {
        let mut state = lock(&self.state);
        while state.jobs.is_empty() {
            if state.closed {
                return None;
            }
            state.wanted = 1;
            state = self
                .enough
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        let end = instant() + gather;
        while state.jobs.len() < expected && !state.closed {
            let left = end.saturating_duration_since(instant());
            if left.is_zero() {
                break;
            }
            state.wanted = expected;
            let waited = self.enough.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        state.wanted = 0;
        Some(std::mem::take(&mut state.jobs))
    }

    /// Takes nothing any more. What waits is still taken, unless `forget` says that the disk is
    /// gone: then whoever waits is told at once.
    pub fn close(&self, forget: bool) {
        let mut state = lock(&self.state);
        state.closed = true;
        let forgotten = if forget {
            std::mem::take(&mut state.jobs)
        } else {
            VecDeque::new()
        };
        drop(state);
        drop(forgotten);
        self.enough.notify_all();
    }
}
