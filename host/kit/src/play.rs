//! Plays all scripts of a plugin.

mod action;
mod faults;
mod judge;
mod paging;
mod polling;
mod subscription;
mod transform;
mod webhook;

use std::collections::BTreeMap;
use std::path::Path;

use mortise_model::Json;
use mortise_model::descriptor::{OperationDescriptor, Role};
use mortise_ports::Plugins;
use mortise_ports::plugins::{Invocation, Turn};
use serde_json::Value;

use crate::lab::Lab;
use crate::report::Report;
use crate::script::{CHECK, Case, File, Script, ScriptError, read};

/// Plays every script of a folder.
///
/// # Errors
/// The first script that cannot be read.
pub async fn play<P: Plugins>(lab: &Lab<P>, folder: &Path) -> Result<Report, ScriptError> {
    let scripts = read(folder)?;
    Ok(play_all(lab, &scripts).await)
}

/// Plays scripts, and says what none of them is about.
pub async fn play_all<P: Plugins>(lab: &Lab<P>, scripts: &[Script]) -> Report {
    let descriptor = &lab.plugin.descriptor;
    let mut report = Report {
        plugin: format!("{}@{}", descriptor.name, descriptor.version),
        ..Report::default()
    };
    for script in scripts {
        let connected = lab.connect(script);
        if let Err(why) = connected {
            report.put(&script.operation, "", "connection", Err(why));
            continue;
        }
        script_of(lab, script, &mut report).await;
    }
    let has = |name: &str| scripts.iter().any(|script| script.operation == name);
    let untested = |name: &str| match has(name) {
        true => Ok(()),
        false => Err("no script in `tests` is about it".to_owned()),
    };
    for operation in &descriptor.operations {
        report.put(&operation.name, "", "tested", untested(&operation.name));
        for title in titles(operation) {
            let mut cases = scripts
                .iter()
                .filter(|script| script.operation == operation.name)
                .flat_map(|script| &script.cases);
            // A transform's examples need no application.
            let is_played = operation.role == Role::Transform
                || cases.any(|case| case.example.as_deref() == Some(title.as_str()));
            let found = match is_played {
                true => Ok(()),
                false => Err(format!("no case plays the example `{title}`")),
            };
            report.put(&operation.name, "", "example-played", found);
        }
    }
    if lab.plugin.roles.iter().any(|role| role == CHECK) {
        report.put(CHECK, "", "tested", untested(CHECK));
    }
    report
}

fn titles(operation: &OperationDescriptor) -> Vec<String> {
    let title = |example: &Json| {
        let example: Value = example.read().ok()?;
        example.get("title")?.as_str().map(str::to_owned)
    };
    operation.examples.iter().filter_map(title).collect()
}

async fn script_of<P: Plugins>(lab: &Lab<P>, script: &Script, report: &mut Report) {
    let operation = script.operation.as_str();
    if operation == CHECK {
        return action::check(lab, script, report).await;
    }
    let Some(declared) = lab.declared(operation).cloned() else {
        let why = format!("the plugin has no operation `{operation}`");
        return report.put(operation, "", "operation", Err(why));
    };
    let mut filled = script.clone();
    for case in &mut filled.cases {
        if let Err(why) = fill(case, &declared) {
            report.put(operation, &case.name, "example", Err(why));
        }
        if let Some(input) = &mut case.input {
            locate(input, lab.application.origin());
            attach(input, &script.files);
        }
        for exchange in &mut case.exchanges {
            if let Some(json) = &mut exchange.answer.json {
                locate(json, lab.application.origin());
            }
        }
    }
    match declared.role {
        Role::Action if declared.paging => paging::play(lab, &filled, &declared, report).await,
        Role::Action => action::play(lab, &filled, &declared, report).await,
        Role::Polling => polling::play(lab, &filled, &declared, report).await,
        Role::Webhook => webhook::play(lab, &filled, &declared, report).await,
        Role::Transform => transform::play(lab, &filled, &declared, report).await,
        Role::Batch => {
            let why = "this kit does not play batches yet".to_owned();
            report.put(operation, "", "operation", Err(why));
        }
    }
}

/// Puts the input and the output of an example into the case that plays it.
fn fill(case: &mut Case, declared: &OperationDescriptor) -> Result<(), String> {
    let Some(title) = &case.example else {
        return Ok(());
    };
    let examples = declared
        .examples
        .iter()
        .filter_map(|example| example.read::<Value>().ok());
    let mut examples =
        examples.filter(|example| example.get("title").and_then(Value::as_str) == Some(title));
    let example = examples
        .next()
        .ok_or_else(|| format!("the descriptor has no example `{title}`"))?;
    case.input = example.get("input").cloned();
    let output = example.get("output").cloned();
    match output {
        Some(Value::Array(records)) if declared.paging && case.expect.records.is_none() => {
            case.expect.records = Some(records);
        }
        Some(output) if !declared.paging && case.expect.output.is_none() => {
            case.expect.output = Some(output);
        }
        _ => {}
    }
    Ok(())
}

/// Where an input or an answer names an address of the application: `{base-url}` in a text.
const BASE_URL: &str = "{base-url}";

/// Puts the application's address into the texts that name it.
fn locate(value: &mut Value, origin: &str) {
    match value {
        Value::String(text) if text.contains(BASE_URL) => *text = text.replace(BASE_URL, origin),
        Value::Array(items) => items.iter_mut().for_each(|item| locate(item, origin)),
        Value::Object(fields) => fields.values_mut().for_each(|field| locate(field, origin)),
        _ => {}
    }
}

/// Says of the files that an input names what the step would say that made them.
fn attach(value: &mut Value, files: &BTreeMap<String, File>) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| attach(item, files)),
        Value::Object(fields) => {
            let id = fields.get("$file").and_then(Value::as_str);
            let Some(file) = id.and_then(|id| files.get(id)) else {
                return fields.values_mut().for_each(|field| attach(field, files));
            };
            for (member, said) in [("name", &file.name), ("content_type", &file.content_type)] {
                if let (Some(said), false) = (said, fields.contains_key(member)) {
                    fields.insert(member.to_owned(), said.clone().into());
                }
            }
        }
        _ => {}
    }
}

/// A value as calls take it.
fn json(value: &Value) -> Json {
    Json::of(value).unwrap_or_else(|_| Json::null())
}

/// The input of a case; an empty object without one.
fn input(case: &Case) -> Json {
    let empty = Value::Object(serde_json::Map::new());
    json(case.input.as_ref().unwrap_or(&empty))
}

/// The first turn of an action.
fn start(case: &Case) -> Invocation {
    Invocation::Action {
        input: input(case),
        turn: Turn::Start,
    }
}
