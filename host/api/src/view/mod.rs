//! How runs and workflows are shown to people and scripts: one shape, whoever asks.
//!
//! Reading order: [`value`] is data, possibly too large to print; [`failure`], [`step`], [`history`],
//! [`run`], [`decision`] and [`workflow`] are what is shown; [`project`] makes the one of a run out
//! of its journal.

pub mod decision;
pub mod failure;
#[cfg(test)]
pub mod fixture;
pub mod history;
pub mod project;
pub mod run;
pub mod step;
pub mod value;
pub mod workflow;

use serde::Serialize;

/// A list, as every list of the admin API is.
#[derive(Debug, Serialize)]
pub struct List<T> {
    /// What is in it.
    pub items: Vec<T>,
    /// Where it goes on; none at its end.
    pub next: Option<String>,
}
