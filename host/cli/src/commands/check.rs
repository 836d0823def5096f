//! `mortise check`

use std::path::PathBuf;

use clap::Args;
use mortise_api::connections::Order;
use mortise_manifest::Diagnostic;
use mortise_model::{Connection, ConnectionName, Json, Namespace};
use serde_json::json;

use crate::access::connections::keep;
use crate::args::{From, folders};
use crate::exit::{Code, Outcome, Stop};
use crate::manifests::{Manifests, has_errors};
use crate::output::{self, cell, list};
use crate::plugins::Loaded;
use crate::settings::Settings;
use crate::wire;

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
    /// Data folder whose connections with secrets the manifests may name
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
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
        .resolve(&folders(&[
            ("plugins", &check.plugins),
            ("data", &check.data),
        ]))?
        .settings;
    // `MORTISE_DATA` is the daemon's: only a flag says that manifests are checked against it.
    let manifests = Manifests::of_files(&check.files)?;
    let mut kept = Vec::new();
    for folder in &manifests {
        kept.push(match check.data {
            Some(_) => Some(known(&settings, &folder.namespace).await?),
            None => None,
        });
    }
    let loaded = if settings.plugins.is_some() {
        let sandbox = wire::idle_sandbox(&settings).await?;
        wire::load_plugins(&sandbox, &settings).await?
    } else {
        Loaded::default()
    };
    let plugins = loaded.all();
    let diagnostics: Vec<Diagnostic> = manifests
        .iter()
        .zip(&kept)
        .flat_map(|(folder, kept)| folder.check(&plugins, kept.as_deref()).diagnostics)
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

/// The connections with secrets of a namespace of a data folder.
async fn known(settings: &Settings, namespace: &Namespace) -> Outcome<Vec<Connection>> {
    let settings = Settings {
        namespace: Some(namespace.clone()),
        ..settings.clone()
    };
    let listed = keep(&settings, Order::List).await?;
    let connections = list(&listed, "items").map(|view| {
        Ok(Connection {
            name: ConnectionName::from(cell(view, &["name"]).as_str()),
            plugin: cell(view, &["plugin"]),
            settings: Json::of(&view["settings"]).map_err(Stop::defect)?,
            origins: list(view, "origins").map(|one| cell(one, &[])).collect(),
            rate: None,
        })
    });
    connections.collect()
}
