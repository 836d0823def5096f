//! `mortise.lock`: which bytes every plugin of every workflow is, and what it may reach.

mod read;
mod write;

use std::collections::{BTreeMap, BTreeSet};

use mortise_model::id::Digest;

pub(crate) use read::read_lock;
pub(crate) use write::write_lock;

/// What a lock says, by workflow and alias.
#[derive(Debug, Default)]
pub(crate) struct Lock {
    pins: BTreeMap<(String, String), LockedPlugin>,
}

/// What a lock says of one alias.
#[derive(Debug)]
pub(crate) struct LockedPlugin {
    pub name: String,
    pub version: String,
    pub digest: Digest,
    pub hosts: BTreeSet<String>,
    pub origins: BTreeSet<String>,
}

impl Lock {
    /// What it says of an alias of a workflow.
    pub fn pin(&self, workflow: &str, alias: &str) -> Option<&LockedPlugin> {
        self.pins.get(&(workflow.to_owned(), alias.to_owned()))
    }
}
