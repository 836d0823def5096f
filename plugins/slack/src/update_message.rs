//! `update-message`: sets what a message of the app says, so that doing it twice changes nothing more.

use mortise_sdk::{Action, Example, Failure, Outcome, Repeat, Turn};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::call;
use crate::message::{self, Object};

pub struct UpdateMessage;

message::input! {
    /// The id of the channel; the `channel` that `post-message` gives.
    #[schemars(length(min = 1))]
    channel: String,
    /// The `ts` of the message, which has to be one of the app's own.
    #[schemars(regex(pattern = r"^\d+\.\d+$"))]
    ts: String,
}

/// A message that was changed.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct Updated {
    /// The id of the conversation.
    channel: String,
    /// When it was posted, which stays what it is known by.
    ts: String,
    /// What it says now.
    #[serde(default)]
    text: String,
    /// The message as Slack keeps it.
    #[serde(default)]
    message: Object,
}

impl Action for UpdateMessage {
    const NAME: &'static str = "update-message";
    const SUMMARY: &'static str = "changes a message that the app has posted";
    const REPEAT: Repeat = Repeat::Safe;
    type Input = Input;
    type Output = Updated;

    fn invoke(input: Input, _: Turn) -> Result<Outcome<Updated>, Failure> {
        let parameters = input.content()?.text("ts", &input.ts);
        call::post("chat.update", &parameters).map(Outcome::Done)
    }

    fn examples() -> Vec<Example> {
        let input = json!({ "channel": "C012AB3CD", "ts": "1503435956.000247", "text": "Order 1001 was shipped" });
        vec![Example::new("Another text", input)]
    }
}
