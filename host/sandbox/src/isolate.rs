//! Plugins in processes of their own.
//!
//! wasmtime is large and has flaws like everything that is large, so with `isolate` a guest runs in
//! a worker: a process that has no secret, no socket and no file, and that the kernel lets do next
//! to nothing. Whatever a guest wants of the outside, the worker asks for over its pipe, and this
//! process does it by the code that it uses anyway, after every check.
//!
//! A worker serves one plugin, for one namespace, one connection and one list of grants: whoever
//! takes it over gains what that plugin may do there already. [`protocol`] is what both sides say in the
//! [`frame`]s of [`pipe`]; here, [`pool`] finds a worker, [`start`] makes one, [`process`] and [`talk`] are
//! its life and a call's, and [`describe`] a worker that only says what it is; there, [`worker`] begins, is [`confine`]d, [`serve`]s, and asks by its
//! [`link`]. [`record`] counts crashes.

mod confine;
mod describe;
mod frame;
mod link;
mod pipe;
mod pool;
mod process;
mod protocol;
mod record;
mod serve;
pub mod settings;
mod start;
mod talk;
pub mod worker;

pub(crate) use link::Link;
pub(crate) use pool::Pool;
pub(crate) use protocol::Task;
