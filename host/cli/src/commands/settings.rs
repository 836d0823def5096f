//! `mortise settings`

use clap::Args;
use serde_json::json;

use crate::args::From;
use crate::exit::Outcome;
use crate::output;
use crate::settings::Flags;

/// Lists the settings.
#[derive(Args)]
pub struct List {
    #[command(flatten)]
    from: From,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Prints every setting.
///
/// # Errors
/// Where a value does not fit.
pub fn run(list: &List) -> Outcome {
    let resolved = list.from.resolve(&Flags::new())?;
    if list.json {
        return output::json(&json!({"items": resolved.list, "next": null}));
    }
    let rows: Vec<Vec<String>> = resolved
        .list
        .iter()
        .map(|shown| {
            let value = match &shown.value {
                serde_json::Value::Null => "-".to_owned(),
                serde_json::Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            let help = shown.help.to_owned();
            vec![
                shown.name.to_owned(),
                value,
                shown.unit.to_owned(),
                shown.source.to_owned(),
                help,
            ]
        })
        .collect();
    output::table(&["NAME", "VALUE", "UNIT", "SOURCE", "HELP"], &rows)
}
