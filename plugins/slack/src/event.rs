//! The Events API: what Slack sends to an app's request URL.
//!
//! An app has one such address for all events that it subscribes to, so a trigger leaves out what is not its own. Slack
//! sends an event again, with the same id, until it is answered with 2xx within three seconds.

use mortise_sdk::log::{self, Level};
use mortise_sdk::verification::{Key, Verification};
use mortise_sdk::webhook::{Request, Response};
use mortise_sdk::{Event, Failure, Reception};
use serde::Deserialize;
use serde_json::Value;

use crate::slack::SIGNING_SECRET;

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Envelope {
    /// Slack wants to see that the address is ours.
    UrlVerification {
        challenge: String,
    },
    EventCallback {
        event_id: String,
        event: Value,
    },
    /// Slack holds events back for a minute, because there were more than it delivers.
    AppRateLimited {
        #[serde(default)]
        minute_rate_limited: u64,
    },
    #[serde(other)]
    Other,
}

/// How Slack signs: `v0=` and HMAC-SHA256 over the version, the time and the body.
pub fn verification() -> Option<Verification> {
    let secret = SIGNING_SECRET.to_owned();
    Some(Verification::Slack(Key { secret }))
}

/// Answers a challenge, and gives the event where `read` finds that it is one of the trigger's.
pub fn receive<P>(
    request: &Request,
    read: impl FnOnce(Value) -> Result<Option<P>, Failure>,
) -> Result<Reception<P>, Failure> {
    let event = match request.json()? {
        Envelope::UrlVerification { challenge } => {
            return Ok(Reception::answer(Response::text(200, &challenge)));
        }
        Envelope::EventCallback { event_id, event } => {
            read(event)?.map(|payload| Event::new(event_id, payload))
        }
        Envelope::AppRateLimited {
            minute_rate_limited,
        } => {
            let at = minute_rate_limited.to_string();
            let message = "slack held back events of this app, which are lost";
            log::write(Level::Warn, message, &[("minute", &at)]);
            None
        }
        Envelope::Other => None,
    };
    Ok(Reception {
        answer: Some(Response::empty(200)),
        ..Reception::of(event.into_iter().collect())
    })
}

/// Reads an event of the trigger's own type.
pub fn payload<P: serde::de::DeserializeOwned>(event: Value) -> Result<P, Failure> {
    serde_json::from_value(event)
        .map_err(|error| Failure::reject(format!("the event is not what slack documents: {error}")))
}

/// The type of an event: `reaction_added`.
pub fn kind(event: &Value) -> &str {
    event
        .get("type")
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// Whether a list that may narrow a trigger down lets a value through.
pub fn is_wanted(list: &[String], value: &str) -> bool {
    list.is_empty() || list.iter().any(|wanted| wanted == value)
}
