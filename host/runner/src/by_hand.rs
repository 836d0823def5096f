//! The input of workflows that a person, a script or another workflow starts.

use mortise_model::plan::{Plan, Source};
use mortise_model::{Cause, Json};

/// The manual trigger of a workflow, and the schema of its input, where it has them.
#[must_use]
pub fn manual(plan: &Plan) -> Option<(&str, Option<&Json>)> {
    plan.triggers
        .iter()
        .find_map(|trigger| match &trigger.source {
            Source::Manual { input } => Some((trigger.id.as_str(), input.as_ref())),
            _ => None,
        })
}

/// Why an input does not fit a schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// The input is to blame: what is wrong, and where.
    Input(String, Cause),
    /// The schema is none.
    Schema(String),
}

/// Whether an input fits the schema of a manual trigger.
///
/// # Errors
/// Why not.
pub fn fits_schema(schema: &Json, input: &Json) -> Result<(), Unfit> {
    let schema: serde_json::Value = schema
        .read()
        .map_err(|error| Unfit::Schema(error.to_string()))?;
    let validator =
        jsonschema::validator_for(&schema).map_err(|error| Unfit::Schema(error.to_string()))?;
    let input: serde_json::Value = input
        .read()
        .map_err(|error| Unfit::Input(error.to_string(), Cause::default()))?;
    validator.validate(&input).map_err(|error| {
        let field = error.instance_path().to_string();
        let why = match field.as_str() {
            "" => error.to_string(),
            field => format!("{error} at `{field}`"),
        };
        let field = Some(field).filter(|field| !field.is_empty());
        Unfit::Input(
            why,
            Cause {
                field,
                ..Cause::default()
            },
        )
    })
}
