//! Text that is read piece by piece: a text of a step's input, or a file of the run, which is never in
//! memory as a whole. Every character has a place in the bytes of the file, so that another call can
//! go on where this one ended.

mod encoding;
mod input;
mod pieces;

pub use encoding::Encoding;
pub use input::Input;
pub use pieces::{Pieces, Place};
