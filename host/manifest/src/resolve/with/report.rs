//! From the validator's errors to diagnostics.

use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind as Kind;
use mortise_model::json::Segment;

use super::words::{best_branch, constants, plain, type_names};
use super::{Checked, Hole};
use crate::diagnostic::Code;
use crate::schema::{Shape, locate};
use crate::source::Sink;
use crate::suggest;
use crate::yaml::Node;

/// Says what is wrong with a value.
pub(super) struct Report<'c, 'a> {
    pub checked: &'c Checked<'a>,
    pub holes: Vec<Hole>,
}

impl Report<'_, '_> {
    /// Reports one error of the validator, or the more telling ones inside of it.
    pub fn error(&self, error: &ValidationError<'_>, sink: &mut Sink<'_>) {
        if sink.is_full() {
            return;
        }
        let pointer = error.instance_path().as_str();
        if self.depends_on_a_hole(pointer, error.kind()) {
            return;
        }
        match error.kind() {
            Kind::AdditionalProperties { unexpected }
            | Kind::UnevaluatedProperties { unexpected } => {
                for name in unexpected {
                    if sink.is_full() {
                        return;
                    }
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
                    None => match constants(context, pointer) {
                        Some(options) => self.not_one_of(error, options, sink),
                        None => self.fits_nothing(pointer, context, sink),
                    },
                }
            }
            _ => self.wrong_value(error, sink),
        }
    }

    /// A value that the schema does not allow, whatever stands around it.
    fn wrong_value(&self, error: &ValidationError<'_>, sink: &mut Sink<'_>) {
        let pointer = error.instance_path().as_str();
        match error.kind() {
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
                let options = options
                    .as_array()
                    .into_iter()
                    .flatten()
                    .map(plain)
                    .collect();
                self.not_one_of(error, options, sink);
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

    fn not_one_of(&self, error: &ValidationError<'_>, options: Vec<String>, sink: &mut Sink<'_>) {
        let pointer = error.instance_path().as_str();
        let written = plain(error.instance());
        let message = format!("{} cannot be `{written}`", self.display(pointer));
        let help = suggest::help(&written, options.iter().map(String::as_str));
        self.put(Code::InvalidValue, pointer, message, help, sink);
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
