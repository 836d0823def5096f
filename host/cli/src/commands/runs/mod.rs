//! `mortise runs`

mod list;
mod show;
mod wait;

use clap::Subcommand;

use crate::exit::Outcome;

/// Commands about runs.
#[derive(Subcommand)]
pub enum Runs {
    /// List runs, newest first
    #[command(
        after_help = "Examples:\n  mortise runs list --data data --status parked\n  mortise runs list --data data --workflow order-to-invoice --limit 5 --json"
    )]
    List(list::List),
    /// Show a run: its steps, every attempt, what failed and why
    Show(show::Show),
    /// Wait for runs to come to rest; exits with 0 only if all of them succeeded
    #[command(after_help = "Example:\n  mortise runs wait 01K… 01K… --timeout 1m --data data")]
    Wait(wait::Wait),
}

/// Does what was asked about runs.
///
/// # Errors
/// Where the data folder cannot be used, or there is no such run.
pub async fn run(runs: Runs) -> Outcome {
    match runs {
        Runs::List(list) => list::run(list).await,
        Runs::Show(show) => show::run(show).await,
        Runs::Wait(wait) => wait::run(wait).await,
    }
}
