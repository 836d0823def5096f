//! The ports on sled: what the engine needs kept, in one folder, by one process.
//!
//! Everything that is written goes through one thread, which makes groups of writes durable and only
//! then answers. Values stay small, because sled moves large ones to files that it never syncs;
//! large payloads and plugins are files that we write and sync ourselves. Who works on which run is
//! known in memory alone.
//!
//! Reading order: [`settings`]; [`mod@open`] says what a data folder is; `keys`, `record`, `rows` and
//! `small` how things are kept in it; `claims` who works on what, with `places` and `letters`. `job` is
//! what callers hand over, made by `prepare`; `queue` where it waits; `committer` the one thread
//! that writes it as a `group`, which `commits` counts and `barrier` makes durable; `watch` the one that sees it fail, `disk` the room that there is. Then
//! the ports, one file each: `journal` with `purge`, `inbox`, `runs`, `payloads` and `files` with `sweep`, `logs`,
//! `triggers` with `holds`, `secrets`, `tokens` with `audit`, `catalog`, `registry`.

mod audit;
mod barrier;
mod catalog;
mod claims;
mod commits;
mod committer;
mod disk;
mod files;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod golden;
mod group;
mod holds;
mod inbox;
mod job;
mod journal;
mod keys;
pub mod kinds;
mod letters;
mod logs;
pub mod open;
mod payloads;
mod places;
mod prepare;
mod purge;
mod queue;
mod record;
mod registry;
mod rows;
mod runs;
mod secrets;
pub mod settings;
mod shared;
mod small;
mod store;
mod sweep;
mod sync;
mod tokens;
mod triggers;
mod watch;

pub use kinds::kinds;
pub use open::{OpenError, open};
pub use settings::Settings;
pub use shared::Fatal;
pub use store::SledStore;
