//! `mortise plugin new`

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use mortise_author::{Language, NewPlugin, Role};

use crate::exit::{Outcome, Stop};
use crate::{folder, output};

/// A folder that builds, passes its tests and says how.
#[derive(Args)]
pub struct New {
    /// Its name, in lower-case letters, digits and `-`
    name: String,
    /// What it is written in
    #[arg(long, value_enum)]
    lang: Lang,
    /// What it is for; a connector is all but a transform
    #[arg(long, value_enum, default_value = "connector")]
    role: As,
    /// Whose it is: the part of its whole name before the `/`
    #[arg(long, value_name = "NAME", default_value = "example")]
    namespace: String,
    /// Where it goes [default: a folder of its name]
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Lang {
    Rust,
    Python,
    Javascript,
    Typescript,
    Go,
    C,
}

#[derive(Clone, Copy, ValueEnum)]
enum As {
    Action,
    Polling,
    Webhook,
    Connector,
    Transform,
}

/// Writes the folder.
///
/// # Errors
/// Where there is one already, or the name is none.
pub fn run(new: New) -> Outcome {
    let plugin = NewPlugin {
        name: new.name.clone(),
        namespace: new.namespace,
        language: Language::ALL[new.lang as usize],
        role: Role::ALL[new.role as usize],
    };
    let files = plugin.files().map_err(Stop::usage)?;
    let dir = new.dir.unwrap_or_else(|| PathBuf::from(&new.name));
    let count = folder::write(&dir, files)?;
    let shown = dir.display();
    output::text(&format!(
        "`{shown}` has {count} files; `{shown}/README.md` says how to go on"
    ))
}
