//! `mortise check`

use std::path::PathBuf;

use clap::Args;
use mortise_manifest::Diagnostic;
use serde_json::json;

use crate::args::{From, folders};
use crate::exit::{Code, Outcome, Stop};
use crate::manifests::{Manifests, has_errors};
use crate::plugins::Loaded;
use crate::{output, wire};

/// Checks manifests.
#[derive(Args)]
#[command(
    after_help = "Example:\n  mortise check workflows --plugins plugins\n\nEvery problem is printed as FILE:LINE:COLUMN: error[CODE]: text, with a line of help."
)]
pub struct Check {
    /// Manifests, or folders of them, which are checked as a whole
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Folder of the plugins, a file NAME.wasm each [env: MORTISE_PLUGINS]
    #[arg(long, value_name = "DIR")]
    plugins: Option<PathBuf>,
    #[command(flatten)]
    from: From,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Prints every problem of the manifests.
///
/// # Errors
/// `Failed` where there is an error among them.
pub async fn run(check: Check) -> Outcome {
    let settings = check
        .from
        .resolve(&folders(&[("plugins", &check.plugins)]))?
        .settings;
    let manifests = Manifests::of_files(&check.files)?;
    let loaded = if settings.plugins.is_some() {
        let sandbox = wire::idle_sandbox(&settings).await?;
        wire::load_plugins(&sandbox, &settings).await?
    } else {
        Loaded::default()
    };
    let plugins = loaded.all();
    let diagnostics: Vec<Diagnostic> = manifests
        .iter()
        .flat_map(|folder| folder.check(&plugins).diagnostics)
        .collect();
    if check.json {
        output::json(&json!({"diagnostics": diagnostics}))?;
    } else {
        let lines: Vec<String> = diagnostics.iter().map(ToString::to_string).collect();
        output::text(&lines.join("\n"))?;
    }
    if has_errors(&diagnostics) {
        return Err(Stop::silent(Code::Failed));
    }
    Ok(())
}
