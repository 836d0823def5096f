//! `mortise init`

use std::path::PathBuf;

use clap::Args;
use clap::builder::PossibleValue;
use clap::builder::PossibleValuesParser;
use mortise_author::template::{STARTER, Template};

use crate::exit::{Outcome, Stop};
use crate::{folder, output};

/// A folder of workflows that work, with their tests and a page that explains them.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Init {
    /// Where it goes: a folder that is not there yet, or empty
    dir: PathBuf,
    /// What it begins with
    #[arg(long, value_name = "NAME", default_value = STARTER, value_parser = names())]
    template: String,
}

const EXAMPLES: &str = "\
Examples:
  mortise init shop
  mortise init shop --template payment-to-sheet
  mortise check shop/*.yaml && mortise test shop/*.yaml";

fn names() -> PossibleValuesParser {
    let all = Template::all().into_iter();
    PossibleValuesParser::new(all.map(|one| PossibleValue::new(one.name).help(one.summary())))
}

/// Writes the folder.
///
/// # Errors
/// Where there is one already.
pub fn run(init: Init) -> Outcome {
    let template = Template::named(&init.template)
        .ok_or_else(|| Stop::usage(format!("there is no template `{}`", init.template)))?;
    let count = folder::write(&init.dir, template.files())?;
    let shown = init.dir.display();
    output::text(&format!(
        "`{shown}` has {count} files; `{shown}/README.md` says how to go on"
    ))
}
