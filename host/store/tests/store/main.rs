//! The store on sled, from outside.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod conformance;
mod folder;
mod kill;
mod support;
mod writing;
