//! The engine: what follows from what, and nothing else.
//!
//! [`decide`] turns an input into entries for the journal; [`apply`] turns an entry into a changed
//! run and the commands that follow. Neither knows a clock, randomness or IO: the time and the
//! jitter of a retry come in as values, and so do the results of expressions. Whoever drives the
//! engine makes the entries durable between the two, so that every command follows from something that
//! a crash cannot take back. Recovery is [`fold`]: `apply` over the entries that are there.
//!
//! Reading order: `decide` (with `decide::claim`, `decide::call`, `decide::letter` and
//! `decide::failure`, one for each kind of news), `apply` (with `blocks`), `flow` (which step comes next), `items`
//! (the parts of a `foreach`, with `parts`, those that are done), `reset` (a replay), [`fits`], [`retry`], then [`render`] and
//! [`scope`], which evaluate templates as far as that takes no sandbox.

mod apply;
mod blocks;
mod decide;
mod fits;
mod flow;
mod fold;
mod items;
mod parts;
pub mod render;
mod reset;
pub mod retry;
pub mod scope;

pub use apply::apply;
pub use decide::{INTERRUPTED, Rules, decide, next_due};
pub use fits::{Misfit, fits};
pub use fold::fold;
pub use items::{PART_ITEMS, item_count};
pub use parts::{PartsDone, is_of_part, leaves_nothing};
pub use reset::{NoReplay, replayable};

use mortise_model::StepPath;
use thiserror::Error;

/// The journal or the caller contradicts the plan: a defect of the program, never of a user.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Defect {
    /// The first entry is not `Accepted`.
    #[error("the journal does not begin with an acceptance")]
    NoAcceptance,
    /// The plan has no such step.
    #[error("the plan has no step `{0}`")]
    UnknownStep(StepPath),
    /// The step is not in a state in which this can happen to it.
    #[error("step `{step}` got `{input}`, which does not fit its state")]
    Unexpected {
        /// The step.
        step: StepPath,
        /// What came.
        input: &'static str,
    },
    /// Nothing is under way and nothing will ever be due.
    #[error("the run has come to a halt that nothing ends")]
    Stalled,
}
