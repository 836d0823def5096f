//! From the tree to what the author wrote, in types: one file for each part of a manifest.

pub(crate) mod connections;
mod durations;
mod fields;
mod grants;
mod hosts;
mod manifest;
mod plugins;
mod step;
mod triggers;
mod values;

pub(crate) use fields::{Fields, items};
pub(crate) use manifest::manifest;
