//! What is known of values that the host makes.

use std::sync::LazyLock;

use serde_json::{Value, json};

use crate::schema::Shape;

macro_rules! schemas {
    ($($(#[$doc:meta])* $function:ident, $name:ident = $schema:expr;)*) => {
        $(
            static $name: LazyLock<Value> = LazyLock::new(|| $schema);
            $(#[$doc])*
            pub(crate) fn $function<'a>() -> Shape<'a> {
                Shape::of(&$name)
            }
        )*
    };
}

schemas! {
    /// `.request`.
    request, REQUEST = object(&[
        ("method", text()), ("path", text()), ("query", open()), ("headers", open()),
    ]);
    /// `.run`.
    run, RUN = object(&[
        "accepted_at", "event_id", "id", "namespace", "started_at", "trigger", "workflow",
    ].map(|name| (name, text())));
    /// `.steps.ID.status`.
    status, STATUS = text();
    /// Nothing: what a step gives that gives nothing, and one that failed.
    nothing, NOTHING = json!({"type": "null"});
    /// `.steps.ID.failure`.
    failure, FAILURE = json!({"anyOf": [{"type": "null"}, failure_schema(&[])]});
    /// `.steps.ID.failures` of a transform.
    record_failures, RECORD_FAILURES = list(&object(&[
        ("record", json!({"type": "integer"})), ("field", text_or_null()), ("message", text()),
    ]));
    /// `.steps.ID.failures` of a `foreach`.
    item_failures, ITEM_FAILURES = list(&object(&[
        ("item", json!({"type": "integer"})), ("step", text()), ("failure", failure_schema(&[])),
    ]));
    /// The output of a `foreach` over pages.
    counted, COUNTED = object(&[
        ("count", json!({"type": "integer"})), ("failed", json!({"type": "integer"})),
    ]);
    /// The output of a wait for a person.
    decision, DECISION = object(&[
        ("decision", json!({"enum": ["approve", "reject"]})),
        ("by", text_or_null()),
        ("why", text_or_null()),
    ]);
    /// `.waits.ID`.
    wait, WAIT = object(&[("url", text())]);
    /// `.event` of a `failure` trigger.
    failed_run, FAILED_RUN = object(&[
        ("run", text()),
        ("workflow", text()),
        ("step", text_or_null()),
        ("failure", failure_schema(&[("step", text_or_null()), ("sentence", text_or_null())])),
        ("input", json!(true)),
    ]);
}

fn object(fields: &[(&str, Value)]) -> Value {
    let fields = fields
        .iter()
        .map(|(name, schema)| ((*name).to_owned(), schema.clone()));
    json!({"type": "object", "properties": serde_json::Map::from_iter(fields)})
}

fn list(items: &Value) -> Value {
    json!({"type": "array", "items": items})
}

fn text() -> Value {
    json!({"type": "string"})
}

fn text_or_null() -> Value {
    json!({"type": ["string", "null"]})
}

fn open() -> Value {
    json!({"type": "object"})
}

/// A failure as people see it, and what else a place says of it.
fn failure_schema(more: &[(&str, Value)]) -> Value {
    let cause = object(&[
        ("status", json!({"type": ["integer", "null"]})),
        ("code", text_or_null()),
        ("record", json!({"type": ["integer", "null"]})),
        ("field", text_or_null()),
        ("body", text_or_null()),
    ]);
    let mut fields = vec![
        ("code", text()),
        ("message", text()),
        ("disposition", text()),
        ("cause", json!({"anyOf": [{"type": "null"}, cause]})),
    ];
    fields.extend(more.iter().cloned());
    object(&fields)
}
