//! From what the author wrote to the plan: names become plugins, operations and connections, texts
//! become templates, and everything is checked against the schemas that it meets.

mod aliases;
mod callees;
mod control;
mod grants;
mod kind;
mod operation;
mod pins;
mod plan;
mod steps;
mod template;
mod triggers;
mod versions;
mod with;

pub(crate) use callees::Callees;
pub(crate) use pins::Pin;
pub(crate) use plan::{Context, Resolved, resolve};
pub(crate) use versions::{newest, newest_named};
pub(crate) use with::{Checked, check as check_value};
