//! `mortise runs`

mod file;
mod list;
mod order;
mod show;
mod wait;

use clap::Subcommand;

use crate::exit::Outcome;

pub use show::print;

/// Commands about runs.
#[derive(Subcommand)]
pub enum Runs {
    /// List runs, newest first
    #[command(
        after_help = "Examples:\n  mortise runs list --data data --status parked\n  mortise runs list --data data --workflow order-to-invoice --limit 5 --json"
    )]
    List(list::List),
    /// Show a run: its steps, every attempt, what failed and why
    #[command(after_help = "Example:\n  mortise runs show 01K… --data data")]
    Show(show::Show),
    /// Fetch a file that a step of a run made
    #[command(
        after_help = "Examples:\n  mortise runs file 01K… sha256:… --out invoice.pdf --data data\n  mortise runs file 01K… sha256:… --out - --data data | sha256sum\n\nA file is named in the input or output of a step, as `{\"$file\": \"sha256:…\"}`: see `runs show --json`. That is\nthe sha256 of its content."
    )]
    File(file::File),
    /// Wait for runs to come to rest; exits with 0 only if all of them succeeded
    #[command(after_help = "Example:\n  mortise runs wait 01K… 01K… --timeout 1m --data data")]
    Wait(wait::Wait),
    /// Stop a run with the runs that it called; what stands under `finally` is still done, unless the run is stopped
    /// once more
    #[command(
        after_help = "Example:\n  mortise runs cancel 01K… --why 'ordered twice' --data data"
    )]
    Cancel(order::Cancel),
    /// Let a run go on with another version of its workflow; refused where what it did does not fit
    #[command(
        after_help = "Example:\n  mortise runs move 01K… --to 4 --why 'the price was wrong' --data data"
    )]
    Move(order::Move),
}

/// Does what was asked about runs.
///
/// # Errors
/// Where the data folder cannot be used, there is no such run, or it cannot be told that.
pub async fn run(runs: Runs) -> Outcome {
    match runs {
        Runs::List(list) => list::run(list).await,
        Runs::Show(show) => show::run(show).await,
        Runs::File(file) => file::run(file).await,
        Runs::Wait(wait) => wait::run(wait).await,
        Runs::Cancel(cancel) => order::cancel(cancel).await,
        Runs::Move(wanted) => order::move_to(wanted).await,
    }
}
