//! What scenarios of connectors have besides: fakes of applications, connections to them, and calls of one operation.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::{Map, Value, json};

use super::script::{Call, Connection};
use super::{Script, Words};
use crate::fakes::Fakes;
use crate::{cli, paths};

/// 32 bytes in base64: a key for the secrets of one scenario.
const KEY: &str = "c2l4dGVlbiBieXRlcyAhIXNpeHRlZW4gYnl0ZXMgISE=";

/// Serves the fakes of a scenario, and has their names in capitals stand for their addresses.
///
/// # Errors
/// Where they do not start.
pub async fn serve(case: &Path, script: &Script, words: &mut Words) -> Result<Option<Fakes>> {
    if script.fakes.is_empty() {
        return Ok(None);
    }
    let fakes = Fakes::start(&script.fakes, &exchanges(case)?).await?;
    words.set("DESK", fakes.desk());
    for (name, address) in fakes.applications() {
        words.set(&word(name), address);
    }
    Ok(Some(fakes))
}

/// Where what goes between a connector and its fake is written down, anew.
fn exchanges(case: &Path) -> Result<PathBuf> {
    let folder = paths::exchanges()?;
    std::fs::create_dir_all(&folder)?;
    let name = case.file_name().unwrap_or_default().to_string_lossy();
    let file = folder.join(format!("{name}.jsonl"));
    std::fs::write(&file, "")?;
    Ok(file)
}

/// `google-sheets` stands in a scenario as `GOOGLE_SHEETS`.
fn word(name: &str) -> String {
    name.to_uppercase().replace('-', "_")
}

/// The file with the key of the data folder's secrets.
///
/// # Errors
/// Where it cannot be written.
pub fn key(folder: &Path) -> Result<PathBuf> {
    let file = folder.join("key");
    std::fs::write(&file, KEY)?;
    Ok(file)
}

/// Makes a connection with `mortise connections add`, as an operator does.
///
/// # Errors
/// Where the command fails.
pub async fn connect(
    (case, folder): (&Path, &Path),
    (name, connection): (&str, &Connection),
    fakes: Option<&Fakes>,
    words: &Words,
) -> Result<()> {
    let settings = folder.join(format!("{name}.json"));
    let filled = words.fill_json(&Value::Object(connection.settings.clone()));
    std::fs::write(&settings, filled.to_string())?;
    let mut arguments = vec!["connections".to_owned(), "add".to_owned(), name.to_owned()];
    let mut add = |flag: &str, value: &str| {
        arguments.extend([format!("--{flag}"), words.fill(value)]);
    };
    add("data", "DATA");
    add("plugins", "PLUGINS");
    add("plugin", &connection.plugin);
    add("settings", &settings.to_string_lossy());
    for name in &connection.fake {
        add(
            "origin",
            fakes
                .context("the scenario has no `fakes`")?
                .address(name)?,
        );
    }
    for origin in &connection.origins {
        add("origin", origin);
    }
    if let Some(scheme) = &connection.scheme {
        add("scheme", scheme);
    }
    let mut variables = vec![(
        "MORTISE_KEY_FILE".to_owned(),
        key(folder)?.to_string_lossy().into_owned(),
    )];
    for (secret, value) in &connection.secrets {
        let variable = format!("SECRET_{}", word(secret));
        add("secret", &format!("{secret}=env:{variable}"));
        variables.push((variable, words.fill(&value.value(case)?)));
    }
    let variables: Vec<_> = variables
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let output = cli::mortise_with(&paths::root(), &arguments, "", &variables).await?;
    output
        .ok()
        .with_context(|| format!("the connection `{name}`"))?;
    Ok(())
}

/// The manifest of a workflow that makes one call.
#[must_use]
pub fn manifest(name: &str, call: &Call) -> Value {
    let mut step = Map::from_iter([
        ("id".to_owned(), json!("called")),
        ("uses".to_owned(), json!(call.uses)),
        ("with".to_owned(), call.with.clone()),
    ]);
    let words = [
        ("connection", call.connection.clone().map(Value::from)),
        ("records", call.records.clone()),
        ("retry", call.retry.clone()),
    ];
    step.extend(
        words
            .into_iter()
            .filter_map(|(word, value)| Some((word.to_owned(), value?))),
    );
    let mut steps = vec![Value::Object(step)];
    if call.collect {
        steps.push(json!({ "id": "all", "collect": { "in": "${{ .steps.called.output }}" } }));
    }
    let last = if call.collect { "all" } else { "called" };
    json!({
        "version": 1,
        "name": name,
        "triggers": [{ "id": "by_hand", "manual": {} }],
        "steps": steps,
        "output": format!("${{{{ .steps.{last}.output }}}}"),
    })
}
