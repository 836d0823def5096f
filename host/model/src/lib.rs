//! The values that every other crate of the host speaks in.
//!
//! Nothing here does anything: no clock, no randomness, no IO. What is written to disk is
//! serialised with externally tagged enums only, because [`Json`] keeps its text unparsed and
//! serde cannot carry unparsed text through any other representation.
//!
//! Reading order: [`id`], [`content`] and [`time`] name things; [`json`] is how data travels; [`plan`],
//! [`template`], [`connection`] and [`descriptor`] say what shall happen; [`event`] starts a run;
//! [`entry`] is what the journal keeps of it; [`letter`] is what a run is told; [`failure`] is what went wrong and [`sentence`] how
//! people are told; [`command`] and [`input`] are what the engine asks for and what it is told;
//! [`run`] is the fold of the entries; [`text`] makes others' words harmless.

pub mod command;
pub mod connection;
pub mod content;
pub mod descriptor;
pub mod duration;
pub mod entry;
pub mod event;
pub mod failure;
pub mod id;
pub mod input;
pub mod json;
pub mod letter;
pub mod origin;
pub mod path;
pub mod plan;
pub mod run;
pub mod sentence;
pub mod template;
pub mod text;
pub mod time;

pub use command::Command;
pub use connection::Connection;
pub use content::{ContentDigest, UploadId};
pub use entry::{Entry, Fact, Letter};
pub use event::Event;
pub use failure::{Cause, Disposition, Failure};
pub use id::{ConnectionName, Digest, Namespace, Repository, RunId, StepPath, Tag, WorkflowName};
pub use input::Input;
pub use json::{Json, Payload};
pub use path::ScopePath;
pub use plan::Plan;
pub use run::{Run, Status};
pub use time::Timestamp;
