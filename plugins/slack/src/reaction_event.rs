//! `reaction`: somebody put an emoji on a message, or took it away.

use mortise_sdk::verification::Verification;
use mortise_sdk::webhook::Request;
use mortise_sdk::{Example, Failure, Reception, Webhook};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::event;
use crate::message::Object;

const ADDED: &str = "reaction_added";
const REMOVED: &str = "reaction_removed";

pub struct Reaction;

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Input {
    /// The emoji that count, without colons: `white_check_mark`; all without it.
    #[serde(default)]
    reactions: Vec<String>,
    /// The ids of the channels that are listened to; all that the app is in without it.
    #[serde(default)]
    channels: Vec<String>,
    /// Whether an emoji that is taken away counts as well; `type` says which it was.
    #[serde(default)]
    removed: bool,
}

/// The reaction, with everything that Slack says besides.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct Payload {
    /// `reaction_added` or `reaction_removed`.
    #[serde(rename = "type")]
    kind: String,
    /// The emoji's name without colons.
    reaction: String,
    /// The id of who reacted.
    user: String,
    /// The id of who wrote the message; missing where it was no person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    item_user: Option<String>,
    /// What was reacted to.
    item: Item,
    /// Everything else.
    #[serde(flatten)]
    rest: Object,
}

/// What somebody reacted to.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Item {
    /// `message` as a rule.
    #[serde(rename = "type")]
    kind: String,
    /// The id of the message's conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    channel: Option<String>,
    /// The `ts` of the message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ts: Option<String>,
    /// Everything else.
    #[serde(flatten)]
    rest: Object,
}

impl Webhook for Reaction {
    const NAME: &'static str = "reaction";
    const SUMMARY: &'static str = "somebody reacted to a message";
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
        let input = json!({ "reactions": ["white_check_mark"], "channels": ["C012AB3CD"] });
        vec![Example::new("A message is approved", input)]
    }
}

fn read(input: &Input, event: Value) -> Result<Option<Payload>, Failure> {
    let kind = event::kind(&event);
    if kind != ADDED && (kind != REMOVED || !input.removed) {
        return Ok(None);
    }
    let payload: Payload = event::payload(event)?;
    let channel = payload.item.channel.as_deref().unwrap_or_default();
    let is_wanted = event::is_wanted(&input.reactions, &payload.reaction)
        && event::is_wanted(&input.channels, channel);
    Ok(is_wanted.then_some(payload))
}

#[cfg(test)]
mod tests {
    use mortise_sdk::fake;

    use super::*;

    #[test]
    fn what_was_asked_for_counts() {
        let table = [
            (json!({}), ADDED, true),
            (json!({}), REMOVED, false),
            (json!({ "removed": true }), REMOVED, true),
            (json!({ "reactions": ["eyes"] }), ADDED, false),
            (json!({ "channels": ["C2"] }), ADDED, false),
            (json!({}), "message", false),
        ];
        for (input, kind, counts) in table {
            let item = json!({ "type": "message", "channel": "C1", "ts": "1.1" });
            let event = json!({ "type": kind, "user": "U1", "reaction": "tada", "item": item, "event_ts": "2.1" });
            let body =
                json!({ "type": "event_callback", "event_id": "Ev1", "event": event }).to_string();
            let request = Request::new("POST", "/").body(body);
            let reception = fake::receive::<Reaction>(&input, None, request).unwrap();
            assert_eq!(
                reception.events.len(),
                usize::from(counts),
                "{input} {kind}"
            );
        }
    }
}
