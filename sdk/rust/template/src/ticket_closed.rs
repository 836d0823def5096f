//! `ticket-closed`: the host has verified the signature that is declared here.

use mortise_sdk::authentication::Algorithm;
use mortise_sdk::verification::{Encoding, Signature, TimestampUnit, Verification};
use mortise_sdk::webhook::Request;
use mortise_sdk::{Event, Failure, Reception, Webhook};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::desk::Ticket;

pub struct TicketClosed;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {}

#[derive(Deserialize)]
struct Closed {
    event_id: String,
    occurred_at: String,
    ticket: Ticket,
}

impl Webhook for TicketClosed {
    const NAME: &'static str = "ticket-closed";
    const SUMMARY: &'static str = "a ticket was closed";
    type Input = Input;
    type Memory = ();
    type Payload = Ticket;

    fn verification() -> Option<Verification> {
        Some(Verification::Signature(Signature {
            secret: "signing-secret".to_owned(),
            header: "desk-signature".to_owned(),
            prefix: "v1=".to_owned(),
            algorithm: Algorithm::HmacSha256,
            encoding: Encoding::Hex,
            content: "{timestamp}.{body}".to_owned(),
            timestamp_header: Some("desk-timestamp".to_owned()),
            timestamp_unit: TimestampUnit::Seconds,
            tolerance_ms: Some(300_000),
            key_encoding: None,
        }))
    }

    fn receive(_: Input, _: Option<()>, request: Request) -> Result<Reception<Ticket, ()>, Failure> {
        let closed: Closed = request.json()?;
        let event = Event::new(closed.event_id, closed.ticket).at(closed.occurred_at);
        Ok(Reception::of(vec![event]))
    }
}

#[cfg(test)]
mod tests {
    use mortise_sdk::fake;
    use serde_json::json;

    use super::*;

    #[test]
    fn the_event_has_desks_id() {
        let body = r#"{"event_id":"e-1","occurred_at":"2026-01-03T00:00:00.000Z","ticket":{"id":"t-1","subject":"A","status":"closed","created_at":"2026-01-02T03:04:05.000Z"}}"#;
        let request = Request::new("POST", "/").body(body);
        let reception = fake::receive::<TicketClosed>(&json!({}), None, request).unwrap();
        assert_eq!(reception.events[0].id, "e-1");
    }
}
