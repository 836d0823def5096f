//! The registry: what is known of it lies in the tree, content in files below `registry`.
//!
//! `turn` lets changes happen one after the other, each whole; `files` is where content lies;
//! `uploads` is how it comes, `artifacts` what becomes of it, and `collect` how it goes.

mod artifacts;
mod collect;
pub mod files;
mod turn;
mod uploads;

use mortise_model::{ContentDigest, Repository, Timestamp};
use mortise_ports::StoreError;
use mortise_ports::uploads::Room;
use serde::{Deserialize, Serialize};

use crate::keys::{Key, registry as keys};
use crate::record;
use crate::shared::Shared;

/// A blob of a repository as it is kept.
#[derive(Debug, Serialize, Deserialize)]
pub struct Linked {
    /// When it came there.
    pub at: Timestamp,
}

/// A tag as it is kept.
#[derive(Debug, Serialize, Deserialize)]
pub struct Leads {
    /// The manifest.
    pub to: ContentDigest,
    /// It leads there forever.
    pub version: bool,
    /// It was removed, and is remembered because it is a version.
    pub gone: bool,
}

/// A record to be written.
fn write<T: Serialize>(shared: &Shared, key: Key, value: &T) -> Result<(Key, Vec<u8>), StoreError> {
    let bytes = record::encode(value, shared.settings.record_max_bytes)?;
    Ok((key, bytes))
}

/// A record to be removed.
fn remove(key: Key) -> (Key, Vec<u8>) {
    (key, Vec::new())
}

/// Whether a record is there.
fn has(shared: &Shared, key: &[u8]) -> Result<bool, StoreError> {
    let first = crate::keys::chunk(key, 0);
    shared.db.contains_key(first).map_err(record::unreadable)
}

/// How many records there are below a prefix.
fn count(shared: &Shared, prefix: &[u8]) -> Result<usize, StoreError> {
    let mut count = 0;
    for found in record::scan_bytes(&shared.db, prefix) {
        found?;
        count += 1;
    }
    Ok(count)
}

/// Whether this may be one of the repositories.
fn has_room(shared: &Shared, repository: &Repository, room: Room) -> Result<bool, StoreError> {
    if has(shared, &keys::repository(repository))? {
        return Ok(true);
    }
    Ok(count(shared, &keys::all_repositories())? < room.repositories)
}
