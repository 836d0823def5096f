//! The binary `mortise`: arguments become settings, `wire` puts everything together, commands run.
//!
//! Reading order: [`args`] is what can be written; [`settings`] what can be set; [`exit`] how it ends; [`harden`] what the process keeps to itself;
//! [`wire`] assembles an engine, with [`manifests`], [`plugins`], [`publisher`], [`rollouts`], [`keeper`] and [`cache`]; [`needs`] says what has to stay; [`watch`]
//! looks for manifests that change, [`tls`] for certificates; [`access`] finds the runs of a data folder, with [`daemon`] and [`client`]; [`commands`] has a file for each command;
//! [`output`] is stdout, [`progress`] and [`logging`] are stderr.

mod access;
mod approved;
mod args;
mod cache;
mod client;
mod commands;
mod daemon;
mod exit;
mod folder;
mod harden;
mod keeper;
mod logging;
mod lone;
mod manifests;
mod needs;
mod output;
mod plugins;
mod progress;
mod publisher;
mod rollouts;
mod settings;
mod shop;
mod tls;
mod watch;
mod wire;

use std::process::ExitCode;

use clap::Parser as _;
use exit::Code;
use mimalloc::MiMalloc;

/// The store hands memory from thread to thread all the time; the system's allocator took a third
/// more processor time for the same runs.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    if let Err(why) = harden::keep_memory_to_itself() {
        progress::error(why);
        return Code::Environment.into();
    }
    match commands::run(args::Cli::parse()) {
        Ok(()) => Code::Done.into(),
        Err(stop) => {
            if let Some(message) = stop.message {
                progress::error(message);
            }
            stop.code.into()
        }
    }
}
