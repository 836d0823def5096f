//! JSON Schemas: what a path finds in the values that they describe.

mod kinds;
mod shape;

pub(crate) use kinds::Kinds;
pub(crate) use shape::{Miss, Shape};

use crate::yaml::Node;

/// The node that a JSON Pointer leads to, or the last one on the way to it.
pub(crate) fn locate<'n>(node: &'n Node, pointer: &str) -> &'n Node {
    let segments = pointer.split('/').skip(1);
    let mut at = node;
    for segment in segments {
        let name = segment.replace("~1", "/").replace("~0", "~");
        match at.child(&name) {
            Some(child) => at = child,
            None => break,
        }
    }
    at
}
