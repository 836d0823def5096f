//! Plugins on wasmtime. The only crate that knows it.
//!
//! A file becomes a plugin in [`sandbox`]'s `load`: looked at before anything runs, compiled in a process
//! of its own ([`compiling`]) or found compiled, asked to describe itself, linked. A call makes a store and an instance of its own and
//! leaves nothing behind. Transforms and expressions are pure: they run on the thread that asked, and
//! where they take long, begin anew on a thread of their own. Connectors wait for applications, so their
//! `calls` are asynchronous and let others run every few milliseconds. What a guest gives passes the
//! `border`: it fits what the plugin declares, and it is bounded; its `files` go with it. Whoever drops a call ends it. With
//! [`isolate`] plugins run in processes of their own.

pub mod settings;

mod contract;
mod engine;

mod guest;
mod host;
mod link;
mod log;
mod reach;

pub mod compiling;

mod bulk;
mod cache;
mod descriptor;
mod load;
mod plugin;
mod screen;

mod border;
mod calls;
mod expression;
mod failure;
mod files;
mod invoke;
mod outline;
mod reception;
mod records;
mod transform;
mod warm;

pub mod isolate;
pub mod sandbox;

#[cfg(test)]
mod tests;

pub use sandbox::{Sandbox, SetupError};
pub use settings::Settings;
