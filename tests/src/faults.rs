//! Faults injected into the binary that ships, by way of the library in `tests/preload`.
//!
//! Reading order: [`layout`], what library and harness agree on; [`preload`], a process under the
//! library: arming faults, counts, the log; [`record`], the log read; [`image`], what a power cut
//! leaves of a folder; [`replay`], a scenario whose daemon is killed on the way; [`effects`], what
//! came of it, held against what came of it undisturbed.

#[path = "../preload/src/layout.rs"]
pub mod layout;

pub mod image;
pub mod preload;
pub mod record;

pub mod effects;
pub mod replay;
