//! A value against the schema of what it is for. Expressions are holes: whatever depends on one is
//! not known yet, and nothing is said about it.

mod report;
mod words;

use jsonschema::Draft;
use mortise_model::template::Template;
use serde_json::{Map, Value};

use self::report::Report;
use crate::diagnostic::Code;
use crate::source::{Place, Sink};
use crate::yaml::Node;

/// What is checked against what.
pub(crate) struct Checked<'a> {
    /// What the value is for: `http/request`.
    pub what: &'a str,
    /// None where the author wrote nothing.
    pub node: Option<&'a Node>,
    /// Where to point at then.
    pub place: Place,
    pub template: &'a Template,
    pub schema: &'a Value,
}

/// Reports everything in a value that its schema does not allow.
pub(crate) fn check(checked: &Checked<'_>, sink: &mut Sink<'_>) {
    let validator = match jsonschema::options()
        .with_draft(Draft::Draft202012)
        .build(checked.schema)
    {
        Ok(validator) => validator,
        Err(error) => {
            sink.error(
                Code::InvalidSchema,
                checked.place,
                format!(
                    "the schema of `{}` is not a JSON Schema: {error}",
                    checked.what
                ),
                "tell the plugin's author; another version may be sound",
            );
            return;
        }
    };
    let mut holes = Vec::new();
    let value = fill(checked.template, &mut String::new(), &mut holes);
    let report = Report { checked, holes };
    for error in validator.iter_errors(&value) {
        report.error(&error, sink);
    }
}

/// A place whose value is not known.
struct Hole {
    pointer: String,
    /// It will be text at least.
    is_text: bool,
}

/// The value with something in place of every expression.
fn fill(template: &Template, pointer: &mut String, holes: &mut Vec<Hole>) -> Value {
    let mut hole = |is_text| {
        holes.push(Hole {
            pointer: pointer.clone(),
            is_text,
        });
    };
    match template {
        Template::Literal(json) => json.read().unwrap_or_default(),
        Template::Expression(_) => {
            hole(false);
            Value::Null
        }
        Template::Text(_) => {
            hole(true);
            Value::String(String::new())
        }
        Template::Object(fields) => {
            let mut object = Map::new();
            for (name, value) in fields {
                let escaped = name.replace('~', "~0").replace('/', "~1");
                object.insert(name.clone(), below(value, &escaped, pointer, holes));
            }
            Value::Object(object)
        }
        Template::Array(items) => {
            let items = items.iter().enumerate();
            Value::Array(
                items
                    .map(|(n, item)| below(item, &n.to_string(), pointer, holes))
                    .collect(),
            )
        }
    }
}

fn below(template: &Template, name: &str, pointer: &mut String, holes: &mut Vec<Hole>) -> Value {
    let len = pointer.len();
    pointer.push('/');
    pointer.push_str(name);
    let value = fill(template, pointer, holes);
    pointer.truncate(len);
    value
}
