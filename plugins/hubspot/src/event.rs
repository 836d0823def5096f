//! `event`: what HubSpot's webhooks tell. The host has verified the signature that is declared here.

use mortise_sdk::authentication::Algorithm;
use mortise_sdk::verification::{Encoding, Signature, TimestampUnit, Verification};
use mortise_sdk::webhook::Request;
use mortise_sdk::{Example, Failure, Reception, Webhook};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::hubspot::SIGNING_SECRET;

pub struct Event;

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Input {
    /// Only these, such as `deal.creation` or `contact.propertyChange`; without any, all.
    #[serde(default)]
    types: Vec<String>,
    /// Only changes of these properties; others than changes of properties come all the same.
    #[serde(default)]
    properties: Vec<String>,
}

/// One notification, as HubSpot tells it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Notification {
    /// HubSpot's number of the event, which is not always unique.
    event_id: u64,
    /// The subscription of the app.
    subscription_id: u64,
    /// What happened: `deal.creation`, `contact.propertyChange`.
    subscription_type: String,
    /// When it happened, in milliseconds since 1970.
    occurred_at: i64,
    /// The account.
    portal_id: Option<u64>,
    /// The record.
    object_id: Option<u64>,
    /// The property that changed.
    property_name: Option<String>,
    /// Its new value.
    property_value: Option<Value>,
    /// Whatever else HubSpot tells, such as `changeSource`, and for associations `fromObjectId`,
    /// `toObjectId` and `associationRemoved`.
    #[serde(flatten)]
    rest: Map<String, Value>,
}

impl Notification {
    /// The same at every attempt to deliver it, and another one for everything else that happened:
    /// HubSpot does not promise that its own number is.
    fn id(&self) -> String {
        let mut id = format!(
            "{}-{}-{}",
            self.subscription_id, self.event_id, self.occurred_at
        );
        let object = self.object_id.map(Value::from);
        let objects = ["fromObjectId", "toObjectId", "primaryObjectId"]
            .map(|name| self.rest.get(name).cloned());
        for part in object.into_iter().chain(objects.into_iter().flatten()) {
            id.push('-');
            id.push_str(&part.to_string());
        }
        id
    }

    fn is_wanted(&self, input: &Input) -> bool {
        let is_type = input.types.is_empty() || input.types.contains(&self.subscription_type);
        let is_property = match &self.property_name {
            Some(name) => input.properties.is_empty() || input.properties.contains(name),
            None => true,
        };
        is_type && is_property
    }

    fn into_event(self) -> mortise_sdk::Event<Self> {
        let id = self.id();
        let key = self.object_id.map(|id| id.to_string());
        let at = jiff::Timestamp::from_millisecond(self.occurred_at).ok();
        let mut event = mortise_sdk::Event::new(id, self);
        if let Some(at) = at {
            event = event.at(format!("{at:.3}"));
        }
        match key {
            Some(key) => event.in_order_of(key),
            None => event,
        }
    }
}

impl Webhook for Event {
    const NAME: &'static str = "event";
    const SUMMARY: &'static str = "something happened that the app subscribed to";
    type Input = Input;
    type Memory = ();
    type Payload = Notification;

    /// Version 3 of HubSpot's signatures. Its timestamp is in milliseconds, which `timestamp-header` does
    /// not take: it is signed, and how old it is is not looked at.
    fn verification() -> Option<Verification> {
        Some(Verification::Signature(Signature {
            secret: SIGNING_SECRET.to_owned(),
            header: "x-hubspot-signature-v3".to_owned(),
            prefix: String::new(),
            algorithm: Algorithm::HmacSha256,
            encoding: Encoding::Base64,
            content: "{method}{url}{body}{timestamp}".to_owned(),
            timestamp_header: Some("x-hubspot-request-timestamp".to_owned()),
            timestamp_unit: TimestampUnit::Milliseconds,
            tolerance_ms: Some(300_000),
            key_encoding: None,
        }))
    }

    fn receive(
        input: Input,
        _: Option<()>,
        request: Request,
    ) -> Result<Reception<Notification, ()>, Failure> {
        let mut told: Vec<Notification> = request.json()?;
        told.retain(|one| one.is_wanted(&input));
        for one in &mut told {
            // An event that comes again has to be the same.
            one.rest.remove("attemptNumber");
        }
        // HubSpot promises no order within a request.
        told.sort_by_key(|one| one.occurred_at);
        let events = told.into_iter().map(Notification::into_event);
        Ok(Reception::of(events.collect()))
    }

    fn examples() -> Vec<Example> {
        vec![
            Example::new("all that the app subscribed to", json!({})),
            Example::new(
                "deals that move on",
                json!({ "types": ["deal.propertyChange"], "properties": ["dealstage"] }),
            ),
        ]
    }
}

#[cfg(test)]
mod tests {
    use mortise_sdk::fake;

    use super::*;

    fn received(input: &Value, body: &Value) -> Vec<mortise_sdk::Event<Value>> {
        let request = Request::new("POST", "/").body(body.to_string());
        fake::receive::<Event>(input, None, request).unwrap().events
    }

    #[test]
    fn an_attempt_more_is_the_same_event() {
        let body = |attempt: u64| {
            json!([{
                "eventId": 1, "subscriptionId": 2, "portalId": 3, "appId": 4, "occurredAt": 1_700_000_000_123_i64,
                "subscriptionType": "deal.creation", "attemptNumber": attempt, "objectId": 5,
            }])
        };
        let (first, second) = (
            received(&json!({}), &body(0)),
            received(&json!({}), &body(1)),
        );
        assert_eq!(first[0].id, "2-1-1700000000123-5");
        assert_eq!(first, second);
        assert_eq!(
            first[0].occurred_at.as_deref(),
            Some("2023-11-14T22:13:20.123Z")
        );
        assert_eq!(first[0].ordering_key.as_deref(), Some("5"));
    }

    #[test]
    fn associations_of_one_moment_are_told_apart() {
        let one = |to: u64| {
            json!({
                "eventId": 1, "subscriptionId": 2, "occurredAt": 3, "subscriptionType": "deal.associationChange",
                "fromObjectId": 5, "toObjectId": to,
            })
        };
        let ids: Vec<_> = received(&json!({}), &json!([one(6), one(7)]))
            .into_iter()
            .map(|one| one.id)
            .collect();
        assert_eq!(ids, ["2-1-3-5-6", "2-1-3-5-7"]);
    }

    #[test]
    fn only_what_is_wanted_comes_in_the_order_of_time() {
        let one = |at: u64, kind: &str, property: &str| {
            json!({
                "eventId": at, "subscriptionId": 2, "occurredAt": at, "subscriptionType": kind, "objectId": 5,
                "propertyName": property, "propertyValue": "v",
            })
        };
        let body = json!([
            one(9, "deal.propertyChange", "dealstage"),
            one(8, "deal.propertyChange", "dealstage"),
            one(7, "deal.propertyChange", "amount"),
            one(6, "contact.propertyChange", "dealstage"),
        ]);
        let input = json!({ "types": ["deal.propertyChange"], "properties": ["dealstage"] });
        let at: Vec<_> = received(&input, &body)
            .into_iter()
            .map(|one| one.payload["occurredAt"].clone())
            .collect();
        assert_eq!(at, [8, 9]);
    }
}
