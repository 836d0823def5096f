//! `mortise plugin`, a file for each command.

mod check;
mod inspect;

use std::path::Path;
use std::sync::Arc;

use clap::Subcommand;
use mortise_model::descriptor::Plugin as Loaded;
use mortise_ports::Plugins as _;
use mortise_ports::plugins::LoadError;

use super::input;
use crate::exit::Outcome;
use crate::settings::Settings;
use crate::wire;

/// Commands about plugins.
#[derive(Subcommand)]
pub enum Plugin {
    /// Look into a plugin's file: what it is, what it does, what it wants
    #[command(after_help = "Example:\n  mortise plugin inspect plugins/http.wasm --json")]
    Inspect(inspect::Inspect),
    /// Say what a plugin lacks, without calling it: contract, descriptor, schemas, examples, credentials
    #[command(after_help = "Example:\n  mortise plugin check dist/crm.wasm --json")]
    Check(check::Check),
}

/// Does what was asked about plugins.
///
/// # Errors
/// Why it was not done.
pub async fn run(plugin: Plugin) -> Outcome {
    match plugin {
        Plugin::Inspect(inspect) => inspect::run(inspect).await,
        Plugin::Check(check) => check::run(check).await,
    }
}

/// Loads a file as every host does.
///
/// # Errors
/// Where it cannot be read, or the system allows no sandbox. What is wrong with the component is the
/// value's.
async fn load(settings: &Settings, file: &Path) -> Outcome<Result<Arc<Loaded>, LoadError>> {
    let bytes = input::subject(file)?;
    let sandbox = wire::idle_sandbox(settings).await?;
    Ok(sandbox.load(bytes).await)
}
