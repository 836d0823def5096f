//! Manifests: from YAML text to a checked plan, with diagnostics that name line, column and remedy.
//!
//! A text becomes a tree of nodes that know their places (`yaml`), then what the author wrote
//! in types (`read` into `authored`), then the plan (`resolve`): names become plugins and operations, texts become
//! templates (`expression`), and every value and path is checked against the schema that it meets
//! (`schema`). Nothing stops at the first mistake. Nothing here runs an expression or reads a file.
//!
//! Each word of the language has one file under `read`; a new one adds a file and, where it needs
//! names resolved, one under `resolve`.

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

pub use check::{Checked, Folder, check, check_whole, lock};
pub use diagnostic::{Code, Diagnostic, Level};
pub use editors::{connections_schema, schema};
pub use source::Source;
pub use yaml::{ALIAS_FACTOR_MAX, DEPTH_MAX, FILE_BYTES_MAX};
