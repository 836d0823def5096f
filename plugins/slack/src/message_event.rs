//! `message`: somebody wrote something where the app is.

use mortise_sdk::verification::Verification;
use mortise_sdk::webhook::Request;
use mortise_sdk::{Example, Failure, Reception, Webhook};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::event;
use crate::message;

/// Kinds of messages that people write. The others tell of something, such as of a message that was changed.
const WRITTEN: [&str; 4] = [
    "bot_message",
    "file_share",
    "me_message",
    "thread_broadcast",
];

pub struct Message;

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Input {
    /// The ids of the channels that are listened to; all that the app is in without it.
    #[serde(default)]
    channels: Vec<String>,
    /// Whether messages of bots count, those of this app among them. A workflow that posts where it listens would
    /// answer itself.
    #[serde(default)]
    bots: bool,
    /// Kinds of messages that count beside those that people write: `message_changed`, `message_deleted`, `channel_join`.
    #[serde(default)]
    subtypes: Vec<String>,
}

/// The message, with everything that Slack says besides.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct Payload {
    /// The id of the conversation.
    channel: String,
    /// `channel`, `group`, `im` or `mpim`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    channel_type: Option<String>,
    #[serde(flatten)]
    message: message::Message,
}

impl Webhook for Message {
    const NAME: &'static str = "message";
    const SUMMARY: &'static str = "a message was written";
    const ANSWERS: bool = true;
    type Input = Input;
    type Memory = ();
    type Payload = Payload;

    fn verification() -> Option<Verification> {
        event::verification()
    }

    fn receive(
        input: Input,
        _: Option<()>,
        request: Request,
    ) -> Result<Reception<Payload>, Failure> {
        event::receive(&request, |event| read(&input, event))
    }

    fn examples() -> Vec<Example> {
        vec![
            Example::new("What people write", json!({})),
            Example::new(
                "One channel",
                json!({ "channels": ["C012AB3CD"], "subtypes": ["message_changed"] }),
            ),
        ]
    }
}

fn read(input: &Input, event: Value) -> Result<Option<Payload>, Failure> {
    if event::kind(&event) != "message" {
        return Ok(None);
    }
    let payload: Payload = event::payload(event)?;
    let message = &payload.message;
    let subtype = message.subtype.as_deref();
    let is_bot = message.bot_id.is_some() || subtype == Some("bot_message");
    let counts = subtype.is_none_or(|subtype| {
        WRITTEN.contains(&subtype) || input.subtypes.iter().any(|wanted| wanted == subtype)
    });
    let is_wanted =
        counts && (input.bots || !is_bot) && event::is_wanted(&input.channels, &payload.channel);
    Ok(is_wanted.then_some(payload))
}

#[cfg(test)]
mod tests {
    use mortise_sdk::fake;

    use super::*;

    fn received(input: Value, event: Value) -> Vec<String> {
        let body =
            json!({ "type": "event_callback", "event_id": "Ev1", "event": event }).to_string();
        let reception =
            fake::receive::<Message>(&input, None, Request::new("POST", "/").body(body)).unwrap();
        assert_eq!(reception.answer.unwrap().status, 200);
        reception.events.into_iter().map(|event| event.id).collect()
    }

    #[test]
    fn what_people_write_counts() {
        let written =
            json!({ "type": "message", "channel": "C1", "user": "U1", "text": "hi", "ts": "1.1" });
        let with = |more: Value| {
            let mut event = written.clone();
            event
                .as_object_mut()
                .unwrap()
                .extend(more.as_object().unwrap().clone());
            event
        };
        let table = [
            (json!({}), json!({}), true),
            (json!({ "channels": ["C2"] }), json!({}), false),
            (json!({}), json!({ "bot_id": "B1" }), false),
            (json!({ "bots": true }), json!({ "bot_id": "B1" }), true),
            (json!({}), json!({ "subtype": "channel_join" }), false),
            (json!({}), json!({ "subtype": "file_share" }), true),
            (
                json!({ "subtypes": ["message_changed"] }),
                json!({ "subtype": "message_changed" }),
                true,
            ),
            (json!({}), json!({ "type": "reaction_added" }), false),
        ];
        for (input, more, counts) in table {
            let events = received(input.clone(), with(more.clone()));
            assert_eq!(events.len(), usize::from(counts), "{input} {more}");
        }
    }

    #[test]
    fn a_challenge_is_answered() {
        let request =
            Request::new("POST", "/").body(r#"{"type":"url_verification","challenge":"3eZbrw"}"#);
        let reception = fake::receive::<Message>(&json!({}), None, request).unwrap();
        assert!(reception.events.is_empty());
        assert_eq!(reception.answer.unwrap().body, b"3eZbrw");
    }

    #[test]
    fn what_slack_holds_back_is_told() {
        let host = fake::Host::new().install();
        let request = Request::new("POST", "/")
            .body(r#"{"type":"app_rate_limited","minute_rate_limited":1518467820}"#);
        let reception = fake::receive::<Message>(&json!({}), None, request).unwrap();
        assert!(reception.events.is_empty());
        assert_eq!(host.log().len(), 1);
    }
}
