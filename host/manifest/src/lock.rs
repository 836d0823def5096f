//! `mortise.lock`: which bytes every plugin of every workflow is, and what it may reach.

mod read;
mod write;

use std::collections::{BTreeMap, BTreeSet};

use mortise_model::id::Digest;

use crate::check::Pinned;

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
    /// The line of the digest.
    pub line: u32,
    pub hosts: BTreeSet<String>,
    pub origins: BTreeSet<String>,
}

impl Lock {
    /// What it says of an alias of a workflow.
    pub fn pin(&self, workflow: &str, alias: &str) -> Option<&LockedPlugin> {
        self.pins.get(&(workflow.to_owned(), alias.to_owned()))
    }

    /// Everything that it says.
    pub fn all(&self) -> impl Iterator<Item = Pinned> {
        self.pins.iter().map(|((workflow, alias), pin)| Pinned {
            workflow: workflow.clone(),
            alias: alias.clone(),
            plugin: pin.name.clone(),
            version: pin.version.clone(),
            digest: pin.digest,
        })
    }
}
