//! The operations that a manifest uses, each found once.

use std::collections::BTreeMap;
use std::sync::Arc;

use mortise_model::descriptor::{OperationDescriptor, Plugin, Role};
use serde_json::Value;

use super::aliases::Aliases;
use crate::authored::{Manifest, Spanned};
use crate::diagnostic::Code;
use crate::source::Sink;
use crate::suggest;

/// An operation that is used somewhere.
pub(crate) struct Callee<'a> {
    pub alias: &'a str,
    pub plugin: &'a Arc<Plugin>,
    pub operation: &'a OperationDescriptor,
    pub input: Value,
    pub output: Value,
}

/// All of them, by what `uses` says; none where it names nothing.
pub(crate) struct Callees<'a>(BTreeMap<&'a str, Option<Callee<'a>>>);

impl<'a> Callees<'a> {
    /// Finds what a manifest uses.
    pub(super) fn new(
        manifest: &'a Manifest<'a>,
        aliases: &mut Aliases<'a>,
        sink: &mut Sink<'_>,
    ) -> Self {
        let mut found = BTreeMap::new();
        for uses in manifest.every_use().iter().filter_map(|used| used.uses) {
            found
                .entry(uses.value)
                .or_insert_with(|| callee(uses, aliases, sink));
        }
        Self(found)
    }

    /// What a `uses` means.
    pub fn get(&self, uses: Option<Spanned<&str>>) -> Option<&Callee<'a>> {
        self.0.get(uses?.value)?.as_ref()
    }

    /// All that were found.
    pub fn found(&self) -> impl Iterator<Item = &Callee<'a>> {
        self.0.values().flatten()
    }

    /// Whether some were not.
    pub fn has_unknown(&self) -> bool {
        self.0.values().any(Option::is_none)
    }
}

impl Callee<'_> {
    /// Whether it gives its output page by page.
    pub fn is_paged(&self) -> bool {
        self.operation.role == Role::Action && self.operation.paging
    }
}

fn callee<'a>(
    uses: Spanned<&'a str>,
    aliases: &mut Aliases<'a>,
    sink: &mut Sink<'_>,
) -> Option<Callee<'a>> {
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
    Some(Callee {
        alias,
        plugin,
        operation,
        input: operation.input.read().unwrap_or(Value::Bool(true)),
        output: operation.output.read().unwrap_or(Value::Bool(true)),
    })
}
