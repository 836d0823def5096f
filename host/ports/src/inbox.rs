//! What runs are told from outside: callbacks, decisions, the ends of other runs.

use std::future::Future;

use mortise_model::id::{Namespace, RunId};
use mortise_model::{Letter, Status};

use crate::error::StoreError;
use crate::journal::Claim;

/// Keeps letters until the run that they are for has read them. A letter makes a suspended run due
/// at once. It wakes a parked one where it says so ([`Letter::wakes`]); an answer that the run may
/// still want (a callback, a decision, the end of a call) is kept until the run goes on. A run that
/// waits for its place does not need it any more once it is told to stop.
pub trait Inbox: Send + Sync + 'static {
    /// Keeps a letter, durably, and returns when it is.
    ///
    /// # Errors
    /// `Full` or `Failed`.
    fn send(&self, post: Post) -> impl Future<Output = Result<Delivery, StoreError>> + Send;

    /// Letters for a claimed run that have not been read, oldest first, after a number.
    ///
    /// # Errors
    /// `Fenced` where the claim is lost.
    fn letters(
        &self,
        claim: &Claim,
        after: Option<u64>,
    ) -> impl Future<Output = Result<Vec<(u64, Letter)>, StoreError>> + Send;

    /// The secret from which the addresses for callbacks are made: random, and the same for the
    /// life of the store.
    fn callback_key(&self) -> [u8; 32];
}

/// A letter and its address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Post {
    /// Whose run it is.
    pub namespace: Namespace,
    /// The run.
    pub run: RunId,
    /// What it is told.
    pub letter: Letter,
    /// A word of the run under which one letter is kept and no other, whether that one has been
    /// read or not: the address of a step takes one answer.
    pub once: Option<String>,
}

impl Post {
    /// A letter that is kept however many came before.
    #[must_use]
    pub fn new(namespace: Namespace, run: RunId, letter: Letter) -> Self {
        Self {
            namespace,
            run,
            letter,
            once: None,
        }
    }
}

/// What became of a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// It is kept.
    Kept,
    /// There is no such run.
    NoSuchRun,
    /// The run is at rest and reads no more; nothing was kept.
    AtRest(Status),
    /// One was kept under the same word before; nothing was kept.
    Answered,
    /// As many letters as allowed wait for the run; nothing was kept.
    TooMany,
}

/// Letters that may wait for one run; past it further ones are refused.
pub const LETTERS_MAX: usize = 10_000;
