//! `update-…`: sets properties, which a second call sets again.

use std::marker::PhantomData;

use mortise_sdk::http::Request;
use mortise_sdk::{Action, Example, Failure, Outcome, Repeat, Turn};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::{Id, Properties, Record};
use crate::hubspot;
use crate::kind::Kind;

pub struct Update<K>(PhantomData<K>);

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Input {
    /// HubSpot's id of the record, or the value of `id-property`.
    id: Id,
    /// A property with unique values that `id` is one of, such as `email`.
    id_property: Option<String>,
    /// New values by the properties' internal names; others stay as they are.
    properties: Properties,
}

impl<K: Kind> Action for Update<K> {
    const NAME: &'static str = K::UPDATE.0;
    const SUMMARY: &'static str = K::UPDATE.1;
    const REPEAT: Repeat = Repeat::Safe;
    type Input = Input;
    type Output = Record;

    fn invoke(input: Input, _: Turn) -> Result<Outcome<Record>, Failure> {
        let id = input.id.into_text();
        let mut request = Request::patch(hubspot::url(&["crm", "v3", "objects", K::PATH, &id])?);
        if let Some(property) = &input.id_property {
            request = request.query("idProperty", property);
        }
        let request = request.json(&json!({ "properties": input.properties }))?;
        Ok(Outcome::Done(hubspot::set(request)?.json()?))
    }

    fn examples() -> Vec<Example> {
        let (properties, _) = K::example();
        vec![Example::new(
            "new values",
            json!({ "id": "512", "properties": properties }),
        )]
    }
}
