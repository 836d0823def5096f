//! The gate before an application, as runs meet it: rates over all workflows together, and circuit
//! breakers, over a store in memory and an application that does what a test tells it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod breakers;
mod rates;
#[path = "../triggers/world.rs"]
mod world;
