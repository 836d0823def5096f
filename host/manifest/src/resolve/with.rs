//! A value against the schema of what it is for. Expressions are holes: whatever depends on one is
//! not known yet, and nothing is said about it.

use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use jsonschema::{Draft, ValidationError};
use mortise_model::json::Segment;
use mortise_model::template::Template;
use serde_json::{Map, Value};

use crate::diagnostic::Code;
use crate::schema::{Shape, locate};
use crate::source::{Place, Sink};
use crate::suggest;
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

struct Report<'c, 'a> {
    checked: &'c Checked<'a>,
    holes: Vec<Hole>,
}

impl Report<'_, '_> {
    fn error(&self, error: &ValidationError<'_>, sink: &mut Sink<'_>) {
        let pointer = error.instance_path().as_str();
        if self.depends_on_a_hole(pointer, error.kind()) {
            return;
        }
        match error.kind() {
            Kind::AdditionalProperties { unexpected }
            | Kind::UnevaluatedProperties { unexpected } => {
                for name in unexpected {
                    self.unknown_field(pointer, name, sink);
                }
            }
            Kind::Required { property } => {
                let name = property.as_str().unwrap_or_default();
                self.put(
                    Code::MissingField,
                    pointer,
                    format!("{} needs `{name}`", self.display(pointer)),
                    format!("write `{name}: …`"),
                    sink,
                );
            }
            Kind::AnyOf { context } | Kind::OneOfNotValid { context } => {
                match best_branch(context, pointer) {
                    Some(errors) => errors.iter().for_each(|error| self.error(error, sink)),
                    None => self.fits_nothing(pointer, context, sink),
                }
            }
            Kind::Type { kind } => {
                let wanted = type_names(kind);
                let found = self.node(pointer).map_or("nothing", Node::kind);
                let message = format!("{} has to be {wanted}, not {found}", self.display(pointer));
                self.put(
                    Code::WrongType,
                    pointer,
                    message,
                    format!("write {wanted} here"),
                    sink,
                );
            }
            Kind::Enum { options } => {
                let options: Vec<_> = options
                    .as_array()
                    .into_iter()
                    .flatten()
                    .map(plain)
                    .collect();
                let written = plain(error.instance());
                let message = format!("{} cannot be `{written}`", self.display(pointer));
                let help = suggest::help(&written, options.iter().map(String::as_str));
                self.put(Code::InvalidValue, pointer, message, help, sink);
            }
            Kind::Constant { expected_value } => {
                let message = format!(
                    "{} has to be `{}`",
                    self.display(pointer),
                    plain(expected_value)
                );
                let help = format!("write `{}`", plain(expected_value));
                self.put(Code::InvalidValue, pointer, message, help, sink);
            }
            _ => {
                let message = error.masked_with(self.display(pointer)).to_string();
                let help = "`mortise plugin inspect` shows the schema and examples".to_owned();
                self.put(Code::InvalidValue, pointer, message, help, sink);
            }
        }
    }

    /// Whether the error may be gone once the expressions have values.
    fn depends_on_a_hole(&self, pointer: &str, kind: &Kind) -> bool {
        self.holes.iter().any(|hole| {
            let Some(rest) = hole.pointer.strip_prefix(pointer) else {
                return false;
            };
            match (rest, kind) {
                ("", Kind::Type { .. }) => !hole.is_text,
                ("", _) => true,
                (rest, _) if !rest.starts_with('/') => false,
                // What is there and how much of it is known whatever the values are.
                (
                    _,
                    Kind::Type { .. }
                    | Kind::Required { .. }
                    | Kind::AdditionalProperties { .. }
                    | Kind::PropertyNames { .. }
                    | Kind::MinItems { .. }
                    | Kind::MaxItems { .. }
                    | Kind::MinProperties { .. }
                    | Kind::MaxProperties { .. },
                ) => false,
                _ => true,
            }
        })
    }

    fn unknown_field(&self, pointer: &str, name: &str, sink: &mut Sink<'_>) {
        let entries = self
            .node(pointer)
            .and_then(Node::entries)
            .unwrap_or_default();
        let place = entries
            .iter()
            .find(|entry| entry.key == name)
            .map(|entry| entry.key_place);
        sink.error(
            Code::UnknownField,
            place.unwrap_or(self.checked.place),
            format!("{} has no `{name}`", self.display(pointer)),
            suggest::help(name, self.fields(pointer)),
        );
    }

    fn fits_nothing(
        &self,
        pointer: &str,
        context: &[Vec<ValidationError<'_>>],
        sink: &mut Sink<'_>,
    ) {
        let wanted: Vec<_> = context
            .iter()
            .flatten()
            .filter(|error| error.instance_path().as_str() == pointer)
            .filter_map(|error| match error.kind() {
                Kind::Type { kind } => Some(type_names(kind)),
                Kind::Constant { expected_value } => Some(format!("`{}`", plain(expected_value))),
                Kind::Required { property } => Some(format!(
                    "something with `{}`",
                    property.as_str().unwrap_or_default()
                )),
                _ => None,
            })
            .collect();
        let message = format!("{} is none of what this place takes", self.display(pointer));
        let help = if wanted.is_empty() {
            "`mortise plugin inspect` shows the schema and examples".to_owned()
        } else {
            format!("write {}", wanted.join(" or "))
        };
        self.put(Code::InvalidValue, pointer, message, help, sink);
    }

    /// The fields that the schema knows at a place.
    fn fields(&self, pointer: &str) -> Vec<&str> {
        let mut shape = Shape::of(self.checked.schema);
        for name in pointer.split('/').skip(1) {
            let name = name.replace("~1", "/").replace("~0", "~");
            let segment = match name.parse() {
                Ok(index) => Segment::Index(index),
                Err(_) => Segment::Field(name.into()),
            };
            match shape.follow(&segment) {
                Ok(part) => shape = part,
                Err(_) => return Vec::new(),
            }
        }
        shape.fields()
    }

    fn node(&self, pointer: &str) -> Option<&Node> {
        self.checked.node.map(|node| locate(node, pointer))
    }

    fn put(&self, code: Code, pointer: &str, message: String, help: String, sink: &mut Sink<'_>) {
        let place = self
            .node(pointer)
            .map_or(self.checked.place, |node| node.place);
        sink.error(code, place, message, help);
    }

    /// How a place is called in messages.
    fn display(&self, pointer: &str) -> String {
        if pointer.is_empty() {
            return format!("`{}`", self.checked.what);
        }
        let path = pointer.trim_start_matches('/').replace('/', ".");
        format!("`{}`", path.replace("~1", "/").replace("~0", "~"))
    }
}

/// The alternative that fits best: the one whose errors lie deepest, if there is just one.
fn best_branch<'e>(
    context: &'e [Vec<ValidationError<'static>>],
    pointer: &str,
) -> Option<&'e [ValidationError<'static>]> {
    let here = depth(pointer);
    let score = |errors: &[ValidationError<'_>]| {
        // An alternative of another type or another `const` is not what the author meant.
        let is_other = errors.iter().any(|error| {
            let own = depth(error.instance_path().as_str());
            match error.kind() {
                Kind::Type { .. } | Kind::Enum { .. } | Kind::Required { .. } => own == here,
                Kind::Constant { .. } => own <= here + 1,
                _ => false,
            }
        });
        (!is_other, usize::MAX - errors.len())
    };
    let best = context.iter().max_by_key(|errors| score(errors))?;
    let (fits, _) = score(best);
    let rivals = context
        .iter()
        .filter(|errors| score(errors) == score(best))
        .count();
    (fits && rivals == 1).then_some(best.as_slice())
}

fn depth(pointer: &str) -> usize {
    pointer.matches('/').count()
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn type_names(kind: &TypeKind) -> String {
    let name = |name: &str| match name {
        "string" => "text",
        "number" => "a number",
        "integer" => "a whole number",
        "boolean" => "a boolean",
        "array" => "a list",
        "object" => "a map",
        _ => "null",
    };
    match kind {
        TypeKind::Single(only) => name(only.as_str()).to_owned(),
        TypeKind::Multiple(several) => {
            let names: Vec<_> = several.iter().map(|kind| name(kind.as_str())).collect();
            names.join(" or ")
        }
    }
}
