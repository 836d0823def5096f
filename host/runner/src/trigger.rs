//! Triggers that come to their events by themselves: one task for each schedule, poll and
//! subscription, for as long as a manifest has it.
//!
//! Reading order: `tasks`, which follow what is active; `watch`, what each of them is given; `lease`,
//! because only one process at a time looks after a trigger; `call`, a call that belongs to no run;
//! `status`, what people see of them.

mod call;
mod lease;
mod status;
mod tasks;
mod watch;

pub(crate) use call::Asked;
pub use status::TriggerStatus;
pub(crate) use tasks::{Tasks, replace};
pub(crate) use watch::Watch;
