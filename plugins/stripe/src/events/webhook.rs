//! `event`: every event that Stripe sends. The host has verified `stripe-signature`.

use mortise_sdk::verification::{Key, Verification};
use mortise_sdk::webhook::Request;
use mortise_sdk::{Example, Failure, Reception, Webhook};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::happened;
use super::types::Types;
use crate::objects::{Event, Passed};

pub struct Received;

/// Which events.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Types to begin runs for, with `*` for anything: `[payment_intent.*, invoice.paid]`. Every type without it.
    #[serde(default)]
    types: Types,
}

impl Webhook for Received {
    const NAME: &'static str = "event";
    const SUMMARY: &'static str = "something happened: any event that Stripe sends";
    type Input = Input;
    type Memory = ();
    type Payload = Passed<Event>;

    fn verification() -> Option<Verification> {
        Some(Verification::Stripe(Key::default()))
    }

    fn receive(
        input: Input,
        _: Option<()>,
        request: Request,
    ) -> Result<Reception<Self::Payload, ()>, Failure> {
        let event: Passed<Event> = request.json()?;
        let Some(kind) = event.0["type"].as_str() else {
            return Err(Failure::reject("the event has no type").with_field("/type"));
        };
        let is_wanted = input.types.want(kind);
        Ok(Reception::of(match is_wanted {
            true => vec![happened(event)],
            false => Vec::new(),
        }))
    }

    fn examples() -> Vec<Example> {
        let input = json!({ "types": ["payment_intent.*", "invoice.paid"] });
        vec![Example::new("Payments and paid invoices", input)]
    }
}

#[cfg(test)]
mod tests {
    use mortise_sdk::fake;

    use super::*;

    const PAID: &str = r#"{"id":"evt_1","object":"event","created":1700000000,"type":"invoice.paid","data":{"object":{"id":"in_1"}}}"#;

    #[test]
    fn an_event_keeps_its_id_and_its_objects_order() {
        let request = Request::new("POST", "/").body(PAID);
        let events = fake::receive::<Received>(&json!({}), None, request)
            .unwrap()
            .events;
        assert_eq!(events[0].id, "evt_1");
        assert_eq!(
            events[0].occurred_at.as_deref(),
            Some("2023-11-14T22:13:20Z")
        );
        assert_eq!(events[0].ordering_key.as_deref(), Some("in_1"));
    }

    #[test]
    fn thin_events_are_events() {
        let thin = r#"{"id":"evt_2","object":"v2.core.event","created":"2026-01-02T03:04:05.000Z","type":"v1.billing.meter.error_report_triggered","related_object":{"id":"mtr_1"}}"#;
        let request = Request::new("POST", "/").body(thin);
        let events = fake::receive::<Received>(&json!({}), None, request)
            .unwrap()
            .events;
        assert_eq!(
            events[0].occurred_at.as_deref(),
            Some("2026-01-02T03:04:05.000Z")
        );
        assert_eq!(events[0].ordering_key.as_deref(), Some("mtr_1"));
    }

    #[test]
    fn other_types_begin_nothing() {
        let request = Request::new("POST", "/").body(PAID);
        let with = json!({ "types": ["charge.*"] });
        assert!(
            fake::receive::<Received>(&with, None, request)
                .unwrap()
                .events
                .is_empty()
        );
    }
}
