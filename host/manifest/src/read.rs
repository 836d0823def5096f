//! From the tree to what the author wrote, in types: one file for each part of a manifest.

pub(crate) mod connections;
pub(crate) mod durations;
mod fields;
mod grants;
mod hosts;
mod ids;
mod keys;
mod manifest;
mod plugins;
mod step;
mod steps;
mod triggers;
pub(crate) mod values;

pub(crate) use fields::{Fields, items};
pub(crate) use manifest::manifest;
pub(crate) use step::DECISIONS;
