//! Connections: what a step may use of an application, under a name.
//!
//! A connection has settings that anybody may read and origins that are fixed when it is made.
//! Secrets are to stand beside them, never inside them: what a plugin or a log can see of a
//! connection is what [`Connection::described`] gives.

pub mod connections;

pub use connections::{Connection, Connections};
