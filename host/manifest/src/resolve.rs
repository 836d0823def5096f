//! From what the author wrote to the plan: names become plugins, operations and connections, texts
//! become templates, and everything is checked against the schemas that it meets.

mod aliases;
mod grants;
mod plan;
mod step;
mod template;
mod versions;
mod with;

pub(crate) use plan::{Context, Pin, Resolved, resolve};
pub(crate) use versions::{newest, newest_named};
pub(crate) use with::{Checked, check as check_value};
