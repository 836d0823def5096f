//! A whole workflow.

use std::collections::BTreeMap;
use std::sync::Arc;

use mortise_model::descriptor::Plugin;
use mortise_model::plan::{Action, OperationKind, Step};
use mortise_model::{Connection, Json, Namespace, Plan, WorkflowName};
use serde_json::{Value, json};

use super::aliases::Aliases;
use super::callees::Callees;
use super::grants::Grants;
use super::operation::empty;
use super::pins::{Pin, alias_of, check_reach, pins};
use super::steps::Resolver;
use crate::authored::{Manifest, Source};
use crate::cases::{Case, cases};
use crate::check::Newer;
use crate::diagnostic::Code;
use crate::expression::Scope;
use crate::lock::Lock;
use crate::schema::Shape;
use crate::source::Sink;
use crate::suggest;

/// What a manifest is resolved against.
pub(crate) struct Context<'a> {
    pub plugins: &'a [Arc<Plugin>],
    /// None where the file cannot be read: then connections are not looked up.
    pub connections: Option<&'a [Connection]>,
    /// What every alias has to be.
    pub lock: Option<&'a Lock>,
    /// What aliases are where that is there and asked for, although there is something newer.
    pub keep: Option<&'a Lock>,
    /// What is taken wherever a plugin of its name is meant.
    pub instead: Option<&'a Arc<Plugin>>,
    pub namespace: &'a Namespace,
}

/// A plan, what the lock keeps of it, and its cases.
pub(crate) struct Resolved {
    pub plan: Plan,
    /// By alias.
    pub pins: BTreeMap<String, Pin>,
    pub newer: Vec<Newer>,
    pub cases: Vec<Case>,
}

/// Resolves a manifest; none where its name or a step is missing. Whether there were
/// errors, the sink tells.
pub(crate) fn resolve(
    manifest: &Manifest<'_>,
    context: &Context<'_>,
    sink: &mut Sink<'_>,
) -> Option<Resolved> {
    let mut aliases = Aliases::new(manifest, context, sink);
    let callees = Callees::new(manifest, &mut aliases, sink);
    warn_unused(manifest, sink);
    let grants = Grants::new(manifest, &callees, sink);
    let vars = manifest.vars.map_or_else(empty, |node| node.json());
    let vars_schema = schema_of(&vars.read().unwrap_or_default());
    let input = input_schema(manifest);
    let has_request =
        |trigger: &crate::authored::Trigger<'_>| matches!(trigger.source, Source::Webhook(_));
    let mut resolver = Resolver {
        context,
        callees: &callees,
        grants: &grants,
        scope: Scope::new(
            Shape::anything(),
            manifest.triggers.iter().any(has_request),
            Shape::of(&vars_schema),
        ),
        sink,
    };
    let plan = plan(manifest, vars, input.as_ref(), &mut resolver)?;
    let cases = cases(manifest, &callees, sink);
    check_last(manifest, &plan.steps, sink);
    let pins = pins(&plan, &callees, context);
    check_reach(manifest, &pins, context, sink);
    let newer = aliases.newer(&sink.source.name);
    Some(Resolved {
        plan,
        pins,
        newer,
        cases,
    })
}

fn plan<'a>(
    manifest: &'a Manifest<'a>,
    vars: Json,
    input: Option<&'a Value>,
    resolver: &mut Resolver<'a, '_, '_>,
) -> Option<Plan> {
    let triggers = resolver.triggers(manifest, input);
    let concurrency = manifest.concurrency.as_ref();
    let concurrency = concurrency.map(|authored| resolver.concurrency(authored));
    let deduplicate = manifest.deduplicate.as_ref();
    let deduplicate = deduplicate.map(|authored| resolver.deduplicate(authored));
    let steps = resolver.outermost(&manifest.steps);
    let output = manifest.output.map(|node| resolver.value(node, "`output`"));
    resolver.scope.end_of_steps();
    let (finally, _) = resolver.inner(&manifest.finally, None);
    Some(Plan {
        format: Plan::FORMAT,
        namespace: resolver.context.namespace.clone(),
        workflow: WorkflowName::from(manifest.name?.value),
        description: manifest.description.map(str::to_owned),
        vars,
        triggers,
        steps,
        finally,
        output: output.map(|output| output.template),
        concurrency,
        deduplicate,
        timeout_ms: manifest.timeout_ms,
        retain_ms: manifest.retain_ms,
    })
}

/// Without `output` a run gives what its last step gave, and pages are no value.
fn check_last(manifest: &Manifest<'_>, steps: &[Step], sink: &mut Sink<'_>) {
    let (None, Some(authored), Some(last)) = (manifest.output, manifest.steps.last(), steps.last())
    else {
        return;
    };
    let is_last = authored.id.is_some_and(|id| id.value == last.id.as_str());
    if is_last
        && let Action::Operation(operation) = &last.action
        && operation.kind == OperationKind::Paged
    {
        sink.error(
            Code::PagedOutput,
            authored.place,
            format!(
                "step `{}` is the last one and gives pages, which cannot be the output of the run",
                last.id
            ),
            "write `output: null`, or go through the pages with a `foreach` after it",
        );
    }
}

/// The schema of the input, where the only trigger has one.
fn input_schema(manifest: &Manifest<'_>) -> Option<Value> {
    match manifest.triggers.as_slice() {
        [only] => match &only.source {
            Source::Manual(input) => input.as_ref()?.read().ok(),
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
    let uses = manifest.every_use();
    for alias in &manifest.plugins {
        let name = alias.alias.value;
        let mut uses = uses.iter().filter_map(|used| used.uses);
        if !uses.any(|uses| alias_of(uses.value) == name) {
            sink.warn(
                Code::UnusedPlugin,
                alias.alias.place,
                format!("nothing uses `{name}`"),
                "leave it out, or use it in a step",
            );
        }
    }
}

/// The names of connections, for help.
pub(super) fn connection_help(name: &str, connections: &[Connection]) -> String {
    let known: Vec<_> = connections.iter().map(|c| c.name.as_str()).collect();
    if known.is_empty() {
        return format!(
            "write `{name}: {{ plugin: …, origins: […] }}` into `connections.yaml`, or make one that has secrets with `mortise connections add {name}`"
        );
    }
    suggest::help(name, known)
}
