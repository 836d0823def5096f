//! Messages: what one is made of when it is written, and what Slack says of one.

use mortise_sdk::Failure;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::call::Parameters;

/// A structure that Slack reads: a block, an attachment.
pub type Object = Map<String, Value>;

/// An input with what every message may hold besides its own fields. `flatten` of serde would forget
/// `deny_unknown_fields`, so the fields are put in here.
macro_rules! input {
    ($($own:tt)*) => {
        #[derive(serde::Deserialize, schemars::JsonSchema)]
        #[serde(rename_all = "kebab-case", deny_unknown_fields)]
        pub struct Input {
            $($own)*
            /// What it says, in Slack's mrkdwn: `*bold*`, `<https://example.com|a link>`, `<@U012AB3CD>`. Beside
            /// `blocks`, it is what notifications show.
            text: Option<String>,
            /// Block Kit: the layout of the message, up to 50 blocks.
            blocks: Option<Vec<$crate::message::Object>>,
            /// Secondary parts in the older form, up to 100; blocks are preferred.
            attachments: Option<Vec<$crate::message::Object>>,
            /// What other apps can read of it: an object with `event_type` and `event_payload`.
            metadata: Option<$crate::message::Object>,
        }

        impl Input {
            fn content(&self) -> Result<$crate::call::Parameters, mortise_sdk::Failure> {
                $crate::call::Parameters::default()
                    .text("channel", &self.channel)
                    .given("text", self.text.as_deref())
                    .json("blocks", self.blocks.as_ref())?
                    .json("attachments", self.attachments.as_ref())?
                    .json("metadata", self.metadata.as_ref())
            }
        }
    };
}
pub(crate) use input;

/// A message that was posted.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct Posted {
    /// The id of the conversation, whatever it was named by.
    pub channel: String,
    /// When it was posted, which is what the message is known by in its conversation: `1503435956.000247`.
    pub ts: String,
    /// The message as Slack keeps it.
    pub message: Object,
}

/// A message as Slack tells it, with everything that it says besides.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct Message {
    /// When it was posted, which is what the message is known by in its conversation: `1503435956.000247`.
    pub ts: String,
    /// What it says, in Slack's mrkdwn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The id of who wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The id of the bot that wrote it, if it was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bot_id: Option<String>,
    /// What kind of message it is, where it is none that somebody just wrote: `bot_message`, `channel_join`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subtype: Option<String>,
    /// The `ts` of the message that began the thread, where it belongs to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread_ts: Option<String>,
    /// Everything else.
    #[serde(flatten)]
    pub rest: Object,
}

/// Posts a message; `parameters` are its own and what [`input`] has put together.
pub fn post(parameters: &Parameters) -> Result<Posted, Failure> {
    crate::call::post("chat.postMessage", parameters)
}
