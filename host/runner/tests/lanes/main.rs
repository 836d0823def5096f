//! The runner over a store in memory and a plugin that does what a test tells it. The clock jumps to
//! whatever is due.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod accepting;
mod attempts;
mod blocks;
mod calls;
mod cancels;
mod files;
mod letters;
mod lives;
mod pages;
mod plans;
mod rollouts;
mod script;
mod world;
