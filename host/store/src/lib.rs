//! The ports on sled: what the engine needs kept, in one folder, by one process.
//!
//! Everything that is written goes through one thread, which makes groups of writes durable and only
//! then answers. Values stay small, because sled moves large ones to files that it never syncs;
//! large payloads and plugins are files that we write and sync ourselves. Who works on which run is
//! known in memory alone.
//!
//! Reading order: [`settings`]; [`mod@open`] says what a data folder is; `keys` and `record` how
//! things are kept in it; `claims` who works on what. `queue` is what waits to be written,
//! `committer` the one thread that writes, `watch` the one that sees it fail, `disk` the room that
//! there is. Then the ports, one file each: `journal` with `purge`, `runs`, `payloads` with
//! `sweep`, `logs`, `triggers`, `catalog`.

mod catalog;
mod claims;
mod committer;
mod disk;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod golden;
mod journal;
mod keys;
mod logs;
pub mod open;
mod payloads;
mod purge;
mod queue;
mod record;
mod runs;
pub mod settings;
mod shared;
mod store;
mod sweep;
mod sync;
mod triggers;
mod watch;

pub use open::{OpenError, open};
pub use settings::Settings;
pub use shared::Fatal;
pub use store::SledStore;
