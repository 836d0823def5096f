//! YAML into a tree of nodes that know their places.

mod node;
mod position;
mod reader;
mod scalar;

pub(crate) use node::{Entry, Node, Text, Value};
pub(crate) use reader::read;

/// Longest file in bytes.
pub const FILE_BYTES_MAX: usize = 1024 * 1024;

/// How deep lists and maps may be nested in a value.
pub const DEPTH_MAX: u32 = 16;

/// How deep they may be nested in a file: steps stand in steps, and a level of those is four of
/// these. What reads the tree recurses as deep.
pub(crate) const NESTING_MAX: u32 = 100;

/// How many times the length of the file its aliases may expand to.
pub const ALIAS_FACTOR_MAX: usize = 10;
