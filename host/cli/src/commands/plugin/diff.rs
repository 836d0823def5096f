//! `mortise plugin diff`

use std::path::PathBuf;

use clap::Args;
use mortise_registry::diff::{Difference, Kind, diff};
use serde::Serialize;

use super::subject;
use crate::args::From;
use crate::commands::differences;
use crate::exit::{Code, Outcome, Stop};
use crate::output;
use crate::settings::Flags;

/// What breaks, what is asked for in addition and what is new in another version of a plugin.
#[derive(Args)]
pub struct Diff {
    /// The version that is in use
    old: PathBuf,
    /// The one that shall take its place
    new: PathBuf,
    #[command(flatten)]
    from: From,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct View {
    differences: Vec<Difference>,
}

/// Prints every difference.
///
/// # Errors
/// `Failed` where one of them breaks something.
pub async fn run(wanted: Diff) -> Outcome {
    let settings = wanted.from.resolve(&Flags::new())?.settings;
    let old = subject::load_file(&settings, &wanted.old).await?;
    let new = subject::load_file(&settings, &wanted.new).await?;
    let differences = diff(&old, &new);
    let breaks = differences
        .iter()
        .any(|difference| difference.kind == Kind::Breaks);
    if wanted.json {
        output::json(&View { differences })?;
    } else {
        output::text(&differences::text(&differences))?;
    }
    match breaks {
        true => Err(Stop::silent(Code::Failed)),
        false => Ok(()),
    }
}
