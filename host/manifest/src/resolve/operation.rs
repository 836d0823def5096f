//! Calls of operations: input, connection, hosts and policies.

use mortise_model::descriptor::{Records, Role};
use mortise_model::plan::{Operation, OperationKind};
use mortise_model::template::Template;
use mortise_model::{Connection, ConnectionName, Json};
use serde_json::{Value, json};

use super::callees::Callee;
use super::kind::{Wanted, kind};
use super::plan::connection_help;
use super::steps::Resolver;
use super::template::Templated;
use super::with::{Checked, check};
use crate::authored::{Spanned, Use};
use crate::diagnostic::Code;
use crate::expression::Given;
use crate::schema::{Kinds, Shape};

/// What the host adds to the input of a poll.
const START: &str = "start";

/// An operation as a place calls it, and what is known of what it gives.
pub(super) struct Called<'a> {
    /// None where something is wrong with it.
    pub operation: Option<Operation>,
    pub output: Given<'a>,
}

impl<'a> Resolver<'a, '_, '_> {
    /// Resolves a call. Without its operation the expressions are checked all the same.
    pub fn call(&mut self, authored: &'a Use<'a>, wanted: Wanted) -> Called<'a> {
        let with = authored.with.map(|node| self.value(node, "`with`"));
        let records = authored.records.map(|node| self.value(node, "`records`"));
        let Some(callee) = self.callees.get(authored.uses) else {
            return Called {
                operation: None,
                output: Given::Whole(Shape::anything()),
            };
        };
        let with = with.map_or_else(|| Template::Literal(empty()), |with| with.template);
        let output = output(callee, records.as_ref());
        let kind = kind(authored, callee, wanted, records, self.sink);
        let operation = kind.map(|kind| {
            self.check_input(authored, callee, &with, wanted);
            self.operation(authored, callee, kind, with)
        });
        Called { operation, output }
    }

    fn check_input(
        &mut self,
        authored: &Use<'_>,
        callee: &Callee<'_>,
        with: &Template,
        wanted: Wanted,
    ) {
        let Some(uses) = authored.uses else { return };
        let mut schema = callee.input.clone();
        if wanted == Wanted::Poll {
            if let Some(Value::Array(required)) = schema.get_mut("required") {
                required.retain(|name| name != START);
            }
            if let Some(start) = authored.with.and_then(|node| node.child(START)) {
                self.sink.error(
                    Code::InvalidValue,
                    start.place,
                    "a poll gets its `start` from the trigger",
                    "write `start` beside `with`, and not into it",
                );
            }
        }
        let input = Checked {
            what: uses.value,
            node: authored.with,
            place: uses.place,
            template: with,
            schema: &schema,
        };
        check(&input, self.sink);
    }

    fn operation(
        &mut self,
        authored: &Use<'_>,
        callee: &Callee<'_>,
        kind: OperationKind,
        with: Template,
    ) -> Operation {
        let descriptor = &callee.plugin.descriptor;
        let connection = self.connection(authored, callee);
        let hosts = match (&kind, &connection) {
            (OperationKind::Transform { .. }, _) | (_, Some(_)) => Vec::new(),
            _ => self.grants.hosts(&descriptor.name),
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

    /// A connection by its name; none, with a diagnostic, where there is none.
    pub(super) fn known_connection(&mut self, name: Spanned<&str>) -> Option<&'a Connection> {
        let connections = self.context.connections?;
        let found = connections.iter().find(|c| c.name.as_str() == name.value);
        if found.is_none() {
            self.sink.error(
                Code::UnknownConnection,
                name.place,
                format!("there is no connection `{}`", name.value),
                connection_help(name.value, connections),
            );
        }
        found
    }

    fn connection(&mut self, authored: &Use<'_>, callee: &Callee<'_>) -> Option<ConnectionName> {
        let Spanned { value: name, place } = authored.connection?;
        if callee.operation.role == Role::Transform {
            self.sink.error(
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
        let connection = self.known_connection(Spanned::new(name, place))?;
        let plugin = &callee.plugin.descriptor.name;
        if connection.plugin != *plugin {
            self.sink.error(
                Code::WrongConnection,
                place,
                format!(
                    "connection `{name}` is for `{}`, and `{}` is of `{plugin}`",
                    connection.plugin, callee.operation.name
                ),
                format!("name a connection whose `plugin` is `{plugin}`"),
            );
            return None;
        }
        Some(connection.name.clone())
    }
}

/// An object without fields.
pub(super) fn empty() -> Json {
    Json::of(&json!({})).unwrap_or_else(|_| Json::null())
}

/// What a transform gives depends on what it is given: a record for a record, a list for a list.
fn output<'a>(callee: &'a Callee<'_>, records: Option<&Templated>) -> Given<'a> {
    let shape = Shape::of(&callee.output);
    if callee.is_paged() {
        return Given::Pages(shape);
    }
    let is_each =
        callee.operation.role == Role::Transform && callee.operation.records == Records::Each;
    let kinds = records.map_or(Kinds::ANY, |records| records.kinds);
    Given::Whole(if !is_each || !kinds.meets(Kinds::ARRAY) {
        shape
    } else if kinds == Kinds::ARRAY {
        Shape::list_of(shape)
    } else {
        Shape::anything()
    })
}
