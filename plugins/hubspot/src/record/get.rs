//! `get-…`: one record.

use std::marker::PhantomData;

use mortise_sdk::http::Request;
use mortise_sdk::{Action, Example, Failure, Outcome, Repeat, Turn};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::{Id, Record};
use crate::hubspot;
use crate::kind::Kind;

pub struct Get<K>(PhantomData<K>);

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Input {
    /// HubSpot's id of the record, or the value of `id-property`.
    id: Id,
    /// A property with unique values that `id` is one of, such as `email`.
    id_property: Option<String>,
    /// Properties to get; without any, those that HubSpot gives by itself.
    #[serde(default)]
    properties: Vec<String>,
    /// Kinds of associated records whose ids are wanted, such as `companies`.
    #[serde(default)]
    associations: Vec<String>,
}

impl<K: Kind> Action for Get<K> {
    const NAME: &'static str = K::GET.0;
    const SUMMARY: &'static str = K::GET.1;
    const REPEAT: Repeat = Repeat::Safe;
    type Input = Input;
    type Output = Record;

    fn invoke(input: Input, _: Turn) -> Result<Outcome<Record>, Failure> {
        let id = input.id.into_text();
        let mut request = Request::get(hubspot::url(&["crm", "v3", "objects", K::PATH, &id])?);
        if let Some(property) = &input.id_property {
            request = request.query("idProperty", property);
        }
        request = wanted(request, &input.properties, &input.associations);
        Ok(Outcome::Done(hubspot::ask(request)?.json()?))
    }

    fn examples() -> Vec<Example> {
        let input = json!({ "id": "512", "associations": ["companies"] });
        vec![Example::new(
            "a record with the companies that it belongs to",
            input,
        )]
    }
}

/// Says which properties and associations an answer should hold.
pub fn wanted(mut request: Request, properties: &[String], associations: &[String]) -> Request {
    for (name, values) in [("properties", properties), ("associations", associations)] {
        if !values.is_empty() {
            request = request.query(name, &values.join(","));
        }
    }
    request
}
