//! The commands, a file each.

pub mod check;
pub mod input;
pub mod lock;
pub mod plugin;
pub mod run;
pub mod runs;
pub mod schema;
pub mod serve;
pub mod settings;
pub mod workflows;

use std::future::Future;

use crate::args::{Cli, Command};
use crate::exit::{Code, Outcome, Stop};

/// Does what was asked.
///
/// # Errors
/// Why it was not done, with the exit code.
pub fn run(cli: Cli) -> Outcome {
    match cli.command {
        Command::Serve(serve) => serve::run(&serve),
        Command::Run(run) => block_on(run::run(run)),
        Command::Check(check) => block_on(check::run(check)),
        Command::Lock(lock) => block_on(lock::run(lock)),
        Command::Schema => schema::run(),
        Command::Runs(runs) => block_on(runs::run(runs)),
        Command::Workflows(workflows) => block_on(workflows::run(workflows)),
        Command::Plugin(plugin) => block_on(plugin::run(plugin)),
        Command::Settings(list) => settings::run(&list),
    }
}

/// Runs a command that ends by itself, or by the terminal's interrupt.
fn block_on(command: impl Future<Output = Outcome>) -> Outcome {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(Stop::environment)?;
    runtime.block_on(async {
        tokio::select! {
            biased;
            outcome = command => outcome,
            _ = tokio::signal::ctrl_c() => Err(Stop::new(Code::Interrupted, "interrupted")),
        }
    })
}
