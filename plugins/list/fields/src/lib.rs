//! Records whose values stay as they are written: what an operation does not change leaves it digit for
//! digit, in its order; and numbers that are calculated with have exact decimals.

mod fields;
pub mod number;
mod pointer;

pub use fields::{Fields, push_text};
pub use pointer::Pointer;
