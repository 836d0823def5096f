//! Events: what happened in an account, by webhook and by polling.

pub mod polling;
pub mod types;
pub mod webhook;

use mortise_sdk::Event as Happened;
use serde_json::Value;

use crate::moment;
use crate::objects::{Event, Passed};

/// An event of Stripe as an event of the engine. Events of one object keep their order.
fn happened(event: Passed<Event>) -> Happened<Passed<Event>> {
    let id = event.id().unwrap_or_default().to_owned();
    // A thin event says it in RFC 3339 and names its object elsewhere.
    let at = match &event.0["created"] {
        Value::String(text) => Some(text.clone()),
        created => created.as_i64().and_then(moment::rfc3339),
    };
    let about = ["/data/object/id", "/related_object/id"];
    let about = about
        .iter()
        .find_map(|path| event.0.pointer(path)?.as_str());
    let key = about.map(ToOwned::to_owned);
    Happened {
        occurred_at: at,
        ordering_key: key,
        ..Happened::new(id, event)
    }
}
