//! Faults for the binary that ships: preloaded, this library stands between a process and libc's
//! file functions, watches one folder, and at the chosen operation kills the process or fails.
//!
//! It also writes down what is done below the folder, so that the harness can rebuild what a power
//! cut leaves. Reading order: [`layout`], what it shares with the harness; [`world`], what it knows
//! from its start on; [`place`], which file or folder a call is about; [`fault`], counting and
//! striking; [`journal`], the log; then the functions: [`opening`], [`writing`], [`names`],
//! [`syncing`] and [`space`]; [`raw`] is the way to the kernel that does not lead through here.
//!
//! # Why the log is right
//!
//! Whoever changes the folder holds one lock from before the change until it is written down. So
//! the log is in the order of the changes, and whatever kills the process, at most one change is
//! missing at its end: one whose caller was never told. A sync is written down twice: that it
//! began, and, before the caller is told, that it succeeded. What was written down before the
//! first of these is durable from the second on; nothing else is. Writing the log is no part of
//! the folder and needs no sync itself, for the machine does not really go down.
//!
//! # Why it does not deadlock
//!
//! No function here calls one that is interposed while it holds the lock, nor allocates, nor waits
//! for a sync. A child between fork and exec passes through, as does every other process.

#![cfg(target_os = "linux")]

mod layout;

mod fault;
mod journal;
mod place;
mod raw;
mod world;

mod names;
mod opening;
mod space;
mod syncing;
mod writing;
