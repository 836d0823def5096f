//! Expressions: jq between `${{` and `}}`.
//!
//! [`scan`] finds them in a text, [`parse`] turns one into a term, [`analyse`] walks the term: it
//! collects what is read of the scope, and checks functions, variables, paths and types.

mod analyse;
mod calls;
mod names;
mod operators;
mod parse;
mod part;
mod scan;
mod scope;
mod walk;

pub(crate) use analyse::{analyse, bare_path};
pub(crate) use scan::{Part, scan};
pub(crate) use scope::{EarlierStep, Given, ROOTS, Scope, Sees, known};

use crate::diagnostic::Code;

/// Something wrong with an expression.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    pub code: Code,
    /// Byte of the expression's text.
    pub at: usize,
    pub message: String,
    pub help: String,
}
