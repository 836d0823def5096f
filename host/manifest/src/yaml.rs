//! YAML into a tree of nodes that know their places.

mod node;
mod position;
mod reader;
mod scalar;

pub(crate) use node::{Entry, Node, Text, Value};
pub(crate) use reader::read;

/// Longest file in bytes.
pub const FILE_BYTES_MAX: usize = 1024 * 1024;

/// How deep lists and maps may be nested.
pub const DEPTH_MAX: u32 = 16;

/// How many times the length of the file its aliases may expand to.
pub const ALIAS_FACTOR_MAX: usize = 10;
