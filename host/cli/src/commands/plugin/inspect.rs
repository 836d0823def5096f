//! `mortise plugin inspect`

use std::path::PathBuf;

use clap::Args;
use mortise_model::Json;
use mortise_model::descriptor::{OperationDescriptor, Plugin as Loaded, Repeat, Role};
use serde::Serialize;

use crate::args::From;
use crate::exit::Outcome;
use crate::output;
use crate::settings::Flags;

use super::subject;

/// Looks into a file.
#[derive(Args)]
#[command(after_help = "Example:\n  mortise plugin inspect plugins/http.wasm --json")]
pub struct Inspect {
    /// A WebAssembly component
    file: PathBuf,
    #[command(flatten)]
    from: From,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Shows what a plugin is, does and wants.
///
/// # Errors
/// `Failed` where the file is no plugin.
pub async fn run(inspect: Inspect) -> Outcome {
    let settings = inspect.from.resolve(&Flags::new())?.settings;
    let loaded = subject::load_file(&settings, &inspect.file).await?;
    let view = View::of(&loaded);
    if inspect.json {
        return output::json(&view);
    }
    output::text(&view.text())
}

/// A plugin as it is shown.
#[derive(Serialize)]
struct View<'a> {
    name: &'a str,
    version: &'a str,
    title: &'a str,
    summary: &'a str,
    digest: String,
    size_bytes: u64,
    roles: Vec<String>,
    hosts: &'a [String],
    imports: &'a [String],
    auth: &'a [Json],
    settings: Option<&'a Json>,
    operations: Vec<OperationView<'a>>,
}

#[derive(Serialize)]
struct OperationView<'a> {
    name: &'a str,
    role: Role,
    summary: &'a str,
    input_schema: &'a Json,
    output_schema: &'a Json,
    repeat: Repeat,
    examples: &'a [Json],
}

impl<'a> View<'a> {
    fn of(plugin: &'a Loaded) -> Self {
        let descriptor = &plugin.descriptor;
        Self {
            name: &descriptor.name,
            version: &descriptor.version,
            title: &descriptor.title,
            summary: &descriptor.summary,
            digest: plugin.digest.to_string(),
            size_bytes: plugin.size_bytes,
            roles: roles(plugin),
            hosts: &descriptor.hosts,
            imports: &plugin.imports,
            auth: &descriptor.authentication,
            settings: descriptor.settings.as_ref(),
            operations: descriptor
                .operations
                .iter()
                .map(OperationView::of)
                .collect(),
        }
    }

    fn text(&self) -> String {
        let list = |items: &[String]| match items {
            [] => "-".to_owned(),
            items => items.join(", "),
        };
        let mut text = format!(
            "{}@{}  {}\n{}\n\ndigest   {}\nsize     {} bytes\nroles    {}\nhosts    {}\nimports  {}\n",
            self.name,
            self.version,
            self.title,
            self.summary,
            self.digest,
            self.size_bytes,
            list(&self.roles),
            list(self.hosts),
            list(self.imports),
        );
        for operation in &self.operations {
            text.push_str(&operation.text());
        }
        text
    }
}

impl<'a> OperationView<'a> {
    fn of(operation: &'a OperationDescriptor) -> Self {
        Self {
            name: &operation.name,
            role: operation.role,
            summary: &operation.summary,
            input_schema: &operation.input,
            output_schema: &operation.output,
            repeat: operation.repeat,
            examples: &operation.examples,
        }
    }

    fn text(&self) -> String {
        let mut text = format!(
            "\n{} ({}, repeating is {})\n  {}\n  input   {}\n  output  {}\n",
            self.name,
            word(self.role),
            word(self.repeat),
            self.summary,
            self.input_schema.as_str(),
            self.output_schema.as_str(),
        );
        for example in self.examples {
            text.push_str(&format!("  example {}\n", example.as_str()));
        }
        text
    }
}

/// What it can be called for; `describe` is no role, for every plugin has it.
fn roles(plugin: &Loaded) -> Vec<String> {
    let roles = plugin.roles.iter().filter(|role| *role != "describe");
    roles.cloned().collect()
}

/// The word that a value has in JSON.
fn word(value: impl Serialize) -> String {
    let value = serde_json::to_value(value).unwrap_or_default();
    value.as_str().unwrap_or_default().to_owned()
}
