//! The conformance kit: plays a plugin in the real sandbox against an application that its author
//! describes, and holds what it does against `plugins/SPEC.md`.
//!
//! A [`script`] is a file `tests/NAME.yaml` of the plugin: for one operation, what it is given, which
//! requests it has to make, what the application answers, and what has to come of it. [`application`] is
//! that application: a server on loopback that answers as the script says, or breaks as a check wants, and a database
//! and mail servers without any.
//! [`lab`] calls the plugin, and [`play`] has a file for each kind of operation. From one case that works the
//! kit makes all those that do not: every status, every broken connection, every page asked for again.
//! [`report`] is what is found.

pub mod application;
mod database;
pub mod lab;
pub mod mail;
mod matching;
pub mod play;
pub mod report;
pub mod script;

pub use play::play;
pub use report::{Finding, Report};
pub use script::{Script, ScriptError};
