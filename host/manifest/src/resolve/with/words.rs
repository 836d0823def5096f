//! Which alternative of a schema was meant, and how types are called.

use jsonschema::ValidationError;
use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use serde_json::Value;

/// The alternative that fits best: the one whose errors lie deepest, if there is just one.
pub(super) fn best_branch<'e>(
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

/// The values to choose from, where every alternative is just one.
pub(super) fn constants(
    context: &[Vec<ValidationError<'static>>],
    pointer: &str,
) -> Option<Vec<String>> {
    let alternatives = context.iter().map(|errors| match errors.as_slice() {
        [only] if only.instance_path().as_str() == pointer => match only.kind() {
            Kind::Constant { expected_value } => Some(vec![plain(expected_value)]),
            Kind::Enum { options } => Some(options.as_array()?.iter().map(plain).collect()),
            _ => None,
        },
        _ => None,
    });
    let values: Option<Vec<Vec<String>>> = alternatives.collect();
    Some(values?.concat())
}

fn depth(pointer: &str) -> usize {
    pointer.matches('/').count()
}

/// A value as people write it.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The types of a schema in words.
pub(super) fn type_names(kind: &TypeKind) -> String {
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
