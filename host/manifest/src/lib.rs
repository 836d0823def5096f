//! Manifests: from YAML text to a checked plan, with diagnostics that name line, column and remedy.
//!
//! A text becomes a tree of nodes that know their places (`yaml`), then what the author wrote
//! in types (`read` into `authored`), then the plan (`resolve`): names become plugins and operations, texts become
//! templates (`expression`), and every value and path is checked against the schema that it meets
//! (`schema`). What concerns several manifests together is in `folder`, and what `mortise test` needs in
//! [`cases`]. Nothing stops at the first mistake. Nothing here runs an expression or reads a file.
//!
//! Each word of the language has one file under `read`; a new one adds a file and, where it needs
//! names resolved, one under `resolve`.
//!
//! Steps stand in steps, so both walk a tree. `expression::Scope` is a stack that follows the walk: a list
//! of steps lies on top of those around it and is taken off at its end; then the step that it belongs to
//! carries what it gave.

mod authored;
pub mod cases;
mod check;
mod diagnostic;
mod editors;
mod expression;
mod folder;
mod lock;
mod read;
mod resolve;
mod schema;
mod source;
mod suggest;
mod yaml;

pub use check::{Checked, Folder, Locked, Newer, Pinned, check, check_whole, lock, pinned};
pub use diagnostic::{Code, Diagnostic, Level};
pub use editors::{connections_schema, schema};
pub use source::Source;
pub use yaml::{ALIAS_FACTOR_MAX, DEPTH_MAX, FILE_BYTES_MAX};
