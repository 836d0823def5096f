//! What only the connected account knows: choices for a field, schemas of custom objects.

use schemars::Schema;
use serde_json::Value;

use crate::bindings::explore::exports::mortise::plugin::explore as raw;
use crate::{Failure, Json, json};

/// The plugin's exploration, for all of its operations.
pub trait Explore {
    /// Choices for a field of an operation's input, page by page.
    fn options(question: Question) -> Result<Choices, Failure>;

    /// Input and output schema of an operation, given what is known of its input.
    fn schemas(operation: &str, input: Json) -> Result<(Schema, Schema), Failure>;
}

/// Which choices are wanted.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// The operation.
    pub operation: String,
    /// JSON Pointer of the field.
    pub field: String,
    /// What is known of the input.
    pub input: Json,
    /// What a person typed so far.
    pub query: Option<String>,
    /// The page after the one that gave this token.
    pub page: Option<Json>,
}

/// Some of the choices.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Choices {
    /// Values with the text that a person sees.
    pub choices: Vec<(Value, String)>,
    /// Asks for the next page; none at the end.
    pub next: Option<Json>,
}

/// From the component's export to the trait.
pub fn options<E: Explore>(
    operation: String,
    field: String,
    input: &str,
    query: Option<String>,
    page: Option<String>,
) -> Result<raw::Choices, Failure> {
    let input = json::read(input, "input")?;
    let page = page
        .map(|text| json::read(&text, "page token"))
        .transpose()?;
    let found = E::options(Question {
        operation,
        field,
        input,
        query,
        page,
    })?;
    let write_choice = |(value, label): (Value, String)| {
        Ok(raw::Choice {
            value: json::write(&value)?,
            label,
        })
    };
    Ok(raw::Choices {
        choices: found
            .choices
            .into_iter()
            .map(write_choice)
            .collect::<Result<_, Failure>>()?,
        next: found.next.map(Json::into_text),
    })
}

/// From the component's export to the trait.
pub fn schemas<E: Explore>(operation: &str, input: &str) -> Result<(String, String), Failure> {
    let (input, output) = E::schemas(operation, json::read(input, "input")?)?;
    Ok((json::write(&input)?, json::write(&output)?))
}
