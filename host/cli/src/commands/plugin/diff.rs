//! `mortise plugin diff`

use std::path::PathBuf;

use clap::Args;
use mortise_registry::diff::{Difference, Kind, diff};
use serde::Serialize;

use super::subject;
use crate::args::From;
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
        output::text(&text(&differences))?;
    }
    match breaks {
        true => Err(Stop::silent(Code::Failed)),
        false => Ok(()),
    }
}

fn text(differences: &[Difference]) -> String {
    let mut text = String::new();
    for difference in differences {
        let kind = match difference.kind {
            Kind::Breaks => "breaks",
            Kind::Asks => "asks  ",
            Kind::Adds => "adds  ",
        };
        let (place, message) = (&difference.place, &difference.message);
        text.push_str(&format!("{kind}  {place}: {message}\n"));
    }
    if differences.is_empty() {
        text.push_str("nothing that matters to workflows differs\n");
    }
    text
}
