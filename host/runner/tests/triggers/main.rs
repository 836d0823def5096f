//! Schedules, polls and subscriptions, over a store in memory and an application that does what a test
//! tells it. The clock jumps to whatever is due.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod polls;
mod schedules;
mod subscriptions;
mod world;
