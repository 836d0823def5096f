//! `manual: { input }`.

use mortise_model::Json;

use crate::diagnostic::Code;
use crate::read::fields::Fields;
use crate::source::Sink;
use crate::yaml::{Entry, Node, Value};

/// Reads the schema of a manual trigger's input; `manual: {}` and an empty `manual:` take any.
pub(super) fn manual(entry: &Entry, sink: &mut Sink<'_>) -> Option<Option<Json>> {
    if matches!(entry.value.value, Value::Null) {
        return Some(None);
    }
    let mut fields = Fields::of(&entry.value, "a `manual` trigger", sink)?;
    let input = fields.take("input");
    fields.finish(sink);
    if let Some(entry) = input {
        check_schema(&entry.value, sink)?;
    }
    Some(input.map(|entry| entry.value.json()))
}

fn check_schema(node: &Node, sink: &mut Sink<'_>) -> Option<()> {
    let schema: serde_json::Value = node.json().read().ok()?;
    let Err(error) = jsonschema::draft202012::new(&schema) else {
        return Some(());
    };
    let pointer = error.instance_path().as_str();
    let path = pointer.trim_start_matches('/').replace('/', ".");
    sink.error(
        Code::InvalidSchema,
        crate::schema::locate(node, pointer).place,
        format!("`{path}` is nothing that a JSON Schema may say there"),
        "write a schema such as `{ type: object, required: [id] }`",
    );
    None
}
