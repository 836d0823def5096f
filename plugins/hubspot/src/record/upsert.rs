//! `upsert-…`: creates a record or changes it, by a property with unique values, so that a second call
//! finds what the first one made.

use std::marker::PhantomData;

use mortise_sdk::http::Request;
use mortise_sdk::{Action, Example, Failure, Outcome, Repeat, Turn};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Id, Properties, Record};
use crate::kind::Kind;
use crate::{hubspot, refusal};

pub struct Upsert<K>(PhantomData<K>);

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Input {
    /// The property with unique values by which the record is found: `email` for contacts, and for others
    /// one that was created with `has-unique-value`.
    id_property: Option<String>,
    /// The value of that property.
    id: Id,
    /// Values by the properties' internal names.
    properties: Properties,
}

/// One record of a request.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry<'a> {
    pub id_property: &'a str,
    pub id: String,
    pub properties: Properties,
    /// Comes back with what is said about the record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object_write_trace_id: Option<String>,
}

/// What came of a request.
#[derive(Deserialize)]
pub struct Upserted {
    pub results: Vec<Record>,
    #[serde(default)]
    pub errors: Vec<Value>,
}

impl<K: Kind> Action for Upsert<K> {
    const NAME: &'static str = K::UPSERT.0;
    const SUMMARY: &'static str = K::UPSERT.1;
    const REPEAT: Repeat = Repeat::Safe;
    type Input = Input;
    type Output = Record;

    fn invoke(input: Input, _: Turn) -> Result<Outcome<Record>, Failure> {
        let id_property = unique::<K>(input.id_property.as_deref())?;
        let entry = Entry {
            id_property,
            id: input.id.into_text(),
            properties: input.properties,
            object_write_trace_id: None,
        };
        let response = hubspot::set(request::<K>(&[entry])?)?;
        let upserted: Upserted = response.json()?;
        if let Some(error) = upserted.errors.first() {
            let failure = Failure::reject("HubSpot refused the record")
                .with_status(response.status)
                .with_body(response.bytes());
            return Err(refusal::explained(failure, error, "/properties"));
        }
        let record = upserted.results.into_iter().next();
        let record = record.ok_or_else(|| Failure::unclear("HubSpot's answer holds no record"))?;
        Ok(Outcome::Done(record))
    }

    fn examples() -> Vec<Example> {
        let (properties, _) = K::example();
        let input = json!({
            "id-property": K::UNIQUE.unwrap_or("external_id"), "id": "ada@example.com", "properties": properties,
        });
        vec![Example::new("a record that may be there", input)]
    }
}

/// The property by which records are found.
pub fn unique<K: Kind>(given: Option<&str>) -> Result<&str, Failure> {
    let known = given.or(K::UNIQUE);
    known.ok_or_else(|| {
        let message = format!(
            "HubSpot's {} have no unique property of their own: name one in `id-property` that was created with `has-unique-value`",
            K::PATH
        );
        Failure::misconfigured(message).with_field("/id-property")
    })
}

/// Creates or changes all of them.
pub fn request<K: Kind>(entries: &[Entry<'_>]) -> Result<Request, Failure> {
    let url = hubspot::url(&["crm", "v3", "objects", K::PATH, "batch", "upsert"])?;
    Request::post(url).json(&json!({ "inputs": entries }))
}
