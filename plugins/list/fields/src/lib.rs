//! Records whose values stay as they are written: what an operation does not change leaves it digit for
//! digit, in its order.

mod fields;
mod pointer;

pub use fields::{Fields, push_text};
pub use pointer::Pointer;
