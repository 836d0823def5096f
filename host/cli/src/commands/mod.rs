//! The commands, a file each.

pub mod approvals;
pub mod audit;
pub mod check;
pub mod compile_component;
pub mod connections;
pub mod differences;
pub mod init;
pub mod input;
pub mod lock;
pub mod pages;
pub mod parked;
pub mod plugin;
pub mod run;
pub mod runs;
pub mod said;
pub mod schema;
pub mod serve;
pub mod settings;
pub mod test;
pub mod tokens;
pub mod worker;
pub mod workflows;

use std::future::Future;

use mortise_model::RunId;

use crate::access::Access;
use crate::access::orders::Order;
use crate::args::{Cli, Command, Data};
use crate::exit::{Code, Outcome, Stop};
use crate::output::{self, cell};

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
        Command::Init(init) => init::run(init),
        Command::Test(test) => block_on(test::run(test)),
        Command::Runs(runs) => block_on(runs::run(runs)),
        Command::Parked(parked) => block_on(parked::run(parked)),
        Command::Approvals(approvals) => block_on(approvals::run(approvals)),
        Command::Workflows(workflows) => block_on(workflows::run(workflows)),
        Command::Connections(wanted) => block_on(connections::run(wanted)),
        Command::Keys(keys) => block_on(connections::run_keys(keys)),
        Command::Tokens(tokens) => block_on(tokens::run(tokens)),
        Command::Audit(audit) => block_on(audit::run(audit)),
        Command::Plugin(plugin) => block_on(plugin::run(plugin)),
        Command::Worker => worker::run(),
        Command::Settings(list) => settings::run(&list),
        Command::CompileComponent(limits) => compile_component::run(&limits),
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

/// Tells a run what was decided, and prints its id.
///
/// # Errors
/// Where there is no such run, or it cannot be told that.
async fn order(data: &Data, (run, order): (RunId, Order)) -> Outcome {
    let settings = data.resolve()?.settings;
    let access = Access::find(&settings).await?;
    let told = access.order(run, order).await?;
    if data.json {
        return output::json(&told);
    }
    output::text(&cell(&told, &["run"]))
}
