//! `create-…`: HubSpot knows no idempotency key, so a second call makes a second record. Only contacts
//! with an e-mail address are refused the second time.

use std::marker::PhantomData;

use mortise_sdk::http::Request;
use mortise_sdk::{Action, Example, Failure, Outcome, Repeat, Turn};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Id, Properties, Record};
use crate::associations::Type;
use crate::hubspot;
use crate::kind::Kind;

pub struct Create<K>(PhantomData<K>);

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Input {
    /// Values by the properties' internal names, own ones among them.
    properties: Properties,
    /// Records that it belongs to from the start.
    #[serde(default)]
    associations: Vec<With>,
}

/// An association of the new record.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct With {
    /// The id of the other record.
    to: Id,
    /// What the association means; such as 3 for a deal and its contact, or 5 for a deal and its company.
    types: Vec<Type>,
}

#[derive(Serialize)]
struct Body {
    properties: Properties,
    associations: Vec<Association>,
}

#[derive(Serialize)]
struct Association {
    to: To,
    types: Vec<Type>,
}

#[derive(Serialize)]
struct To {
    id: String,
}

impl From<With> for Association {
    fn from(with: With) -> Self {
        let id = with.to.into_text();
        Self {
            to: To { id },
            types: with.types,
        }
    }
}

impl<K: Kind> Action for Create<K> {
    const NAME: &'static str = K::CREATE.0;
    const SUMMARY: &'static str = K::CREATE.1;
    const REPEAT: Repeat = Repeat::Duplicates;
    type Input = Input;
    type Output = Record;

    fn invoke(input: Input, _: Turn) -> Result<Outcome<Record>, Failure> {
        let url = hubspot::url(&["crm", "v3", "objects", K::PATH])?;
        let request = Request::post(url).json(&Body {
            properties: input.properties,
            associations: input
                .associations
                .into_iter()
                .map(Association::from)
                .collect(),
        })?;
        Ok(Outcome::Done(hubspot::create(request)?.json()?))
    }

    fn examples() -> Vec<Example> {
        let (properties, _) = K::example();
        vec![Example::new(
            "a record",
            json!({ "properties": properties }),
        )]
    }
}

#[cfg(test)]
mod tests {
    use mortise_sdk::fake::{self, Answer, Host};
    use mortise_sdk::http::Body;

    use super::*;
    use crate::kind::Deal;

    #[test]
    fn every_value_is_sent_as_text() {
        let host = Host::new()
            .answer(Answer::json(201, &super::super::sample("1")))
            .install();
        let input = json!({
            "properties": { "dealname": "A", "amount": 12.5, "paid": true, "note": null },
            "associations": [{ "to": 7, "types": [{ "category": "HUBSPOT_DEFINED", "type-id": 3 }] }],
        });
        fake::invoke::<Create<Deal>>(&input).unwrap();
        let request = &host.requests()[0];
        assert!(request.url.ends_with("/crm/v3/objects/deals"));
        let Body::Bytes(bytes) = &request.body else {
            panic!("no body");
        };
        let sent: serde_json::Value = serde_json::from_slice(bytes).unwrap();
        assert_eq!(
            sent,
            json!({
                "properties": { "dealname": "A", "amount": "12.5", "paid": "true", "note": "" },
                "associations": [
                    { "to": { "id": "7" }, "types": [{ "associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 3 }] },
                ],
            })
        );
    }
}
