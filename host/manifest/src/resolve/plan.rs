//! A whole workflow.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use mortise_model::descriptor::Plugin;
use mortise_model::plan::{Action, Source, Step, Trigger};
use mortise_model::{Connection, Json, Namespace, Plan, WorkflowName};
use serde_json::{Value, json};

use super::aliases::Aliases;
use super::grants::Grants;
use super::step::{Callee, callee, step};
use super::template::{Expected, template};
use crate::authored::Manifest;
use crate::diagnostic::Code;
use crate::expression::{EarlierStep, Scope};
use crate::lock::Lock;
use crate::schema::Shape;
use crate::source::Sink;
use crate::suggest;

/// What a manifest is resolved against.
pub(crate) struct Context<'a> {
    pub plugins: &'a [Arc<Plugin>],
    /// None where the file cannot be read: then connections are not looked up.
    pub connections: Option<&'a [Connection]>,
    pub lock: Option<&'a Lock>,
    pub namespace: &'a Namespace,
}

/// A plan, and what the lock keeps of it.
pub(crate) struct Resolved {
    pub plan: Plan,
    /// By alias.
    pub pins: BTreeMap<String, Pin>,
}

/// What one alias of a workflow means and may reach.
pub(crate) struct Pin {
    pub plugin: Arc<Plugin>,
    pub hosts: BTreeSet<String>,
    pub origins: BTreeSet<String>,
}

/// Resolves a manifest; none where its name or a step is missing. Whether there were
/// errors, the sink tells.
pub(crate) fn resolve(
    manifest: &Manifest<'_>,
    context: &Context<'_>,
    sink: &mut Sink<'_>,
) -> Option<Resolved> {
    let mut aliases = Aliases::new(manifest, context, sink);
    let callees: Vec<_> = manifest
        .steps
        .iter()
        .map(|step| callee(step, &mut aliases, sink))
        .collect();
    warn_unused(manifest, sink);
    let grants = Grants::new(manifest, &callees, sink);
    let vars = manifest.vars.map_or_else(
        || Json::of(&json!({})).unwrap_or_else(|_| Json::null()),
        |node| node.json(),
    );
    let vars_schema = schema_of(&vars.read().unwrap_or_default());
    let event_schema = event_schema(manifest);
    let mut scope = Scope {
        event: event_schema
            .as_ref()
            .map_or_else(Shape::anything, Shape::of),
        request: manifest
            .triggers
            .iter()
            .any(|t| matches!(t.source, Source::Webhook(_))),
        vars: Shape::of(&vars_schema),
        earlier: Vec::new(),
        later: manifest
            .steps
            .iter()
            .filter_map(|step| step.id)
            .map(|id| id.value)
            .collect(),
    };
    let (steps, pins) = steps(manifest, &callees, &mut scope, context, &grants, sink);
    let output = manifest
        .output
        .map(|node| template(node, "`output`", Expected::Value, &scope, sink));
    check_reach(manifest, &pins, context, sink);
    Some(Resolved {
        plan: Plan {
            format: Plan::FORMAT,
            namespace: context.namespace.clone(),
            workflow: WorkflowName::from(manifest.name?.value),
            description: manifest.description.map(str::to_owned),
            vars,
            triggers: triggers(manifest),
            steps,
            finally: Vec::new(),
            output: output.map(|output| output.template),
            concurrency: None,
            deduplicate: None,
            timeout_ms: manifest.timeout_ms,
            retain_ms: manifest.retain_ms,
        },
        pins,
    })
}

/// Resolves the steps in order: each one sees those before it.
fn steps<'a>(
    manifest: &Manifest<'a>,
    callees: &'a [Option<Callee<'a>>],
    scope: &mut Scope<'a>,
    context: &Context<'_>,
    grants: &Grants,
    sink: &mut Sink<'_>,
) -> (Vec<Step>, BTreeMap<String, Pin>) {
    let mut steps = Vec::new();
    let mut pins = BTreeMap::new();
    for (authored, callee) in manifest.steps.iter().zip(callees) {
        let done = step(authored, callee.as_ref(), scope, context, grants, sink);
        if let Some(callee) = callee {
            pin(&mut pins, callee, done.step.as_ref(), context);
        }
        steps.extend(done.step);
        if let Some(id) = authored.id {
            scope.later.retain(|later| *later != id.value);
            scope.earlier.push(EarlierStep {
                id: id.value,
                output: done.output,
            });
        }
    }
    (steps, pins)
}

fn triggers(manifest: &Manifest<'_>) -> Vec<Trigger> {
    let triggers = manifest.triggers.iter().map(|trigger| Trigger {
        id: trigger.id.value.to_owned(),
        source: trigger.source.clone(),
    });
    triggers.collect()
}

/// The schema of the event, where only one trigger gives one and says what it is.
fn event_schema(manifest: &Manifest<'_>) -> Option<Value> {
    match manifest.triggers.as_slice() {
        [only] => match &only.source {
            Source::Manual { input } => input.as_ref()?.read().ok(),
            _ => None,
        },
        _ => None,
    }
}

/// The schema that just this value fits.
fn schema_of(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let fields = fields
                .iter()
                .map(|(name, value)| (name.clone(), schema_of(value)));
            json!({"type": "object", "properties": serde_json::Map::from_iter(fields), "additionalProperties": false})
        }
        Value::Array(items) => json!({
            "type": "array",
            "prefixItems": items.iter().map(schema_of).collect::<Vec<_>>(),
            "items": false,
        }),
        Value::String(_) => json!({"type": "string"}),
        Value::Number(_) => json!({"type": "number"}),
        Value::Bool(_) => json!({"type": "boolean"}),
        Value::Null => json!({"type": "null"}),
    }
}

fn warn_unused(manifest: &Manifest<'_>, sink: &mut Sink<'_>) {
    for alias in &manifest.plugins {
        let name = alias.alias.value;
        let mut uses = manifest.steps.iter().filter_map(|step| step.uses);
        if !uses.any(|uses| uses.value.split('/').next() == Some(name)) {
            sink.warn(
                Code::UnusedPlugin,
                alias.alias.place,
                format!("no step uses `{name}`"),
                "leave it out, or use it in a step",
            );
        }
    }
}

fn pin(
    pins: &mut BTreeMap<String, Pin>,
    callee: &Callee<'_>,
    step: Option<&Step>,
    context: &Context<'_>,
) {
    let pin = pins.entry(callee.alias.to_owned()).or_insert_with(|| Pin {
        plugin: Arc::clone(callee.plugin),
        hosts: BTreeSet::new(),
        origins: BTreeSet::new(),
    });
    let Some(Action::Operation(operation)) = step.map(|step| &step.action) else {
        return;
    };
    pin.hosts.extend(operation.hosts.iter().cloned());
    let connections = context.connections.unwrap_or_default();
    let connection = connections
        .iter()
        .find(|c| operation.connection.as_ref() == Some(&c.name));
    pin.origins.extend(
        connection
            .into_iter()
            .flat_map(|c| c.origins.iter().cloned()),
    );
}

/// The lock also keeps what a plugin may reach, so that a new host is seen by whoever reads it.
fn check_reach(
    manifest: &Manifest<'_>,
    pins: &BTreeMap<String, Pin>,
    context: &Context<'_>,
    sink: &mut Sink<'_>,
) {
    let (Some(lock), Some(name)) = (context.lock, manifest.name) else {
        return;
    };
    for (alias, pin) in pins {
        let Some(locked) = lock.pin(name.value, alias) else {
            continue;
        };
        let new: Vec<_> = pin
            .hosts
            .difference(&locked.hosts)
            .chain(pin.origins.difference(&locked.origins))
            .map(|host| format!("`{host}`"))
            .collect();
        if new.is_empty() {
            continue;
        }
        let uses = manifest.steps.iter().filter_map(|step| step.uses);
        let place = uses
            .into_iter()
            .find(|uses| uses.value.split('/').next() == Some(alias));
        sink.error(
            Code::LockMismatch,
            place.map_or(name.place, |uses| uses.place),
            format!(
                "`{alias}` may reach {} now, which `mortise.lock` does not record",
                new.join(", ")
            ),
            "run `mortise lock` and read what has changed",
        );
    }
}

/// The names of connections, for help.
pub(super) fn connection_help(name: &str, connections: &[Connection]) -> String {
    let known: Vec<_> = connections.iter().map(|c| c.name.as_str()).collect();
    if known.is_empty() {
        return format!("write `{name}: {{ plugin: …, origins: […] }}` into `connections.yaml`");
    }
    suggest::help(name, known)
}
