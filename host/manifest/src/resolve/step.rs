//! One step: its operation, its input, its policies.

use std::sync::Arc;

use mortise_model::descriptor::{OperationDescriptor, Plugin, Records, Role};
use mortise_model::plan::{Action, OnFailure, Operation, OperationKind, Step};
use mortise_model::template::Template;
use mortise_model::{ConnectionName, Json, StepPath};
use serde_json::{Value, json};

use super::aliases::Aliases;
use super::grants::Grants;
use super::plan::{Context, connection_help};
use super::template::{Expected, Templated, condition, template};
use super::with::{Checked, check};
use crate::authored::{self, Spanned};
use crate::diagnostic::Code;
use crate::expression::Scope;
use crate::schema::{Kinds, Shape};
use crate::source::{Place, Sink};
use crate::suggest;

/// The operation that a step calls.
pub(super) struct Callee<'a> {
    pub alias: &'a str,
    pub plugin: &'a Arc<Plugin>,
    pub operation: &'a OperationDescriptor,
    pub input: Value,
    pub output: Value,
    /// Where `uses` stands.
    pub place: Place,
}

/// A finished step and what is known of its output.
pub(super) struct Done<'a> {
    pub step: Option<Step>,
    pub output: Shape<'a>,
}

/// Finds the operation of a step.
pub(super) fn callee<'a>(
    step: &'a authored::Step<'a>,
    aliases: &mut Aliases<'a>,
    sink: &mut Sink<'_>,
) -> Option<Callee<'a>> {
    let uses = step.uses?;
    let Some((alias, name)) = uses
        .value
        .split_once('/')
        .filter(|(_, name)| !name.contains('/'))
    else {
        sink.error(
            Code::InvalidReference,
            uses.place,
            format!("`{}` does not name an operation", uses.value),
            "write the alias of a plugin and one of its operations, such as `http/request`",
        );
        return None;
    };
    let plugin = aliases.plugin(alias, uses.place, sink)?;
    let operations = &plugin.descriptor.operations;
    let Some(operation) = operations.iter().find(|operation| operation.name == name) else {
        let known = operations.iter().map(|operation| operation.name.as_str());
        sink.error(
            Code::UnknownOperation,
            uses.place,
            format!("`{}` has no operation `{name}`", plugin.descriptor.name),
            suggest::help(name, known),
        );
        return None;
    };
    if !matches!(operation.role, Role::Action | Role::Transform) {
        let role = json!(operation.role);
        sink.error(
            Code::WrongRole,
            uses.place,
            format!("`{}` is for {}, so a step cannot call it", uses.value, role.as_str().unwrap_or("something else")),
            "use an operation whose role is `action` or `transform`: `mortise plugin inspect` lists them",
        );
        return None;
    }
    Some(Callee {
        alias,
        plugin,
        operation,
        input: operation.input.read().unwrap_or(Value::Bool(true)),
        output: operation.output.read().unwrap_or(Value::Bool(true)),
        place: uses.place,
    })
}

/// Resolves a step. Without its operation the expressions are checked all the same.
pub(super) fn step<'a>(
    authored: &authored::Step<'_>,
    callee: Option<&'a Callee<'a>>,
    scope: &Scope<'_>,
    context: &Context<'_>,
    grants: &Grants,
    sink: &mut Sink<'_>,
) -> Done<'a> {
    let condition = authored
        .condition
        .and_then(|node| condition(node, scope, sink));
    let with = authored
        .with
        .map(|node| template(node, "`with`", Expected::Value, scope, sink));
    let records = authored
        .records
        .map(|node| template(node, "`records`", Expected::Value, scope, sink));
    let Some(callee) = callee else {
        return Done {
            step: None,
            output: Shape::anything(),
        };
    };
    let empty = Json::of(&json!({})).unwrap_or_else(|_| Json::null());
    let with = with.map_or(Template::Literal(empty), |with| with.template);
    let input = Checked {
        what: authored.uses.map_or("", |uses| uses.value),
        node: authored.with,
        place: callee.place,
        template: &with,
        schema: &callee.input,
    };
    check(&input, sink);
    let output = output_shape(callee, records.as_ref());
    let connection = connection(authored, callee, context, sink);
    let kind = kind(authored, callee, records, sink);
    let step = match (authored.id, kind) {
        (Some(id), Some(kind)) => Some(Step {
            id: StepPath::from(id.value),
            condition,
            action: Action::Operation(Arc::new(operation(
                authored, callee, kind, with, connection, grants,
            ))),
            on_failure: OnFailure::default(),
            undo: None,
        }),
        _ => None,
    };
    Done { step, output }
}

fn operation(
    authored: &authored::Step<'_>,
    callee: &Callee<'_>,
    kind: OperationKind,
    with: Template,
    connection: Option<ConnectionName>,
    grants: &Grants,
) -> Operation {
    let descriptor = &callee.plugin.descriptor;
    let hosts = match (&kind, &connection) {
        (OperationKind::Action, None) => grants.hosts(&descriptor.name),
        _ => Vec::new(),
    };
    Operation {
        plugin: descriptor.name.clone(),
        version: descriptor.version.clone(),
        digest: callee.plugin.digest,
        uses: format!("{}/{}", callee.alias, callee.operation.name),
        name: callee.operation.name.clone(),
        repeat: callee.operation.repeat,
        kind,
        with,
        connection,
        hosts,
        retry: authored.retry,
        timeout_ms: authored.timeout_ms,
        on_unclear: authored.on_unclear,
    }
}

fn kind(
    authored: &authored::Step<'_>,
    callee: &Callee<'_>,
    records: Option<Templated>,
    sink: &mut Sink<'_>,
) -> Option<OperationKind> {
    let is_transform = callee.operation.role == Role::Transform;
    match records {
        Some(records) if is_transform => Some(OperationKind::Transform {
            records: records.template,
            takes: callee.operation.records,
        }),
        None if is_transform => {
            sink.error(
                Code::MissingField,
                callee.place,
                format!(
                    "`{}` is a transform, so the step needs `records`",
                    callee.operation.name
                ),
                "write `records: \"${{ .event }}\"` beside `with`, for example",
            );
            None
        }
        Some(_) => {
            let place = authored.records.map_or(callee.place, |node| node.place);
            sink.error(
                Code::RecordsNotTaken,
                place,
                format!(
                    "`{}` is an action and takes no `records`",
                    callee.operation.name
                ),
                "write what it shall send into `with`",
            );
            None
        }
        None => Some(OperationKind::Action),
    }
}

/// What a transform gives depends on what it is given: a record for a record, a list for a list.
fn output_shape<'a>(callee: &'a Callee<'_>, records: Option<&Templated>) -> Shape<'a> {
    let is_each =
        callee.operation.role == Role::Transform && callee.operation.records == Records::Each;
    let kinds = records.map_or(Kinds::ANY, |records| records.kinds);
    if !is_each || !kinds.meets(Kinds::ARRAY) {
        return Shape::of(&callee.output);
    }
    if kinds == Kinds::ARRAY {
        return Shape::list_of(&callee.output);
    }
    Shape::anything()
}

fn connection(
    authored: &authored::Step<'_>,
    callee: &Callee<'_>,
    context: &Context<'_>,
    sink: &mut Sink<'_>,
) -> Option<ConnectionName> {
    let Spanned { value: name, place } = authored.connection?;
    if callee.operation.role == Role::Transform {
        sink.error(
            Code::WrongConnection,
            place,
            format!(
                "`{}` is a transform, which reaches nothing",
                callee.operation.name
            ),
            "leave `connection` out",
        );
        return None;
    }
    let connections = context.connections?;
    let Some(connection) = connections.iter().find(|c| c.name.as_str() == name) else {
        sink.error(
            Code::UnknownConnection,
            place,
            format!("there is no connection `{name}`"),
            connection_help(name, connections),
        );
        return None;
    };
    let plugin = &callee.plugin.descriptor.name;
    if connection.plugin != *plugin {
        sink.error(
            Code::WrongConnection,
            place,
            format!(
                "connection `{name}` is for `{}`, and this step uses `{plugin}`",
                connection.plugin
            ),
            format!("name a connection whose `plugin` is `{plugin}`"),
        );
        return None;
    }
    Some(connection.name.clone())
}
