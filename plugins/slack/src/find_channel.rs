//! `find-channel`: Slack looks no name up, so the channels are looked through until one has it.

use mortise_sdk::{Action, Example, Failure, Outcome, Repeat, Turn};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::call::{self, Parameters};
use crate::message::Object;
use crate::pages::{self, Metadata};

/// As many as Slack gives at once: large workspaces are looked through before the rate is used up.
const PAGE: &str = "999";

pub struct FindChannel;

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Input {
    /// The channel's name, with or without `#`.
    #[schemars(length(min = 1))]
    name: String,
    /// Whether private channels that the app is in are looked at as well; needs the scope `groups:read`.
    #[serde(default)]
    private: bool,
    /// Whether archived channels are looked at as well.
    #[serde(default)]
    archived: bool,
}

/// A channel, with everything that Slack says besides.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct Channel {
    /// Its id, which stays when its name changes.
    id: String,
    /// Its name without `#`.
    #[serde(default)]
    name: String,
    /// Whether only those who were invited see it.
    #[serde(default)]
    is_private: bool,
    /// Whether it is closed.
    #[serde(default)]
    is_archived: bool,
    /// Whether the app is in it, as it has to be to read messages.
    #[serde(default)]
    is_member: bool,
    /// Everything else, such as `topic` and `num_members`.
    #[serde(flatten)]
    rest: Object,
}

#[derive(Deserialize)]
struct Page {
    channels: Vec<Channel>,
    response_metadata: Option<Metadata>,
}

impl Action for FindChannel {
    const NAME: &'static str = "find-channel";
    const SUMMARY: &'static str = "finds a channel by its name";
    const REPEAT: Repeat = Repeat::Safe;
    type Input = Input;
    type Output = Channel;

    fn invoke(input: Input, _: Turn) -> Result<Outcome<Channel>, Failure> {
        // Names of channels are in lower case.
        let wanted = input.name.trim_start_matches('#').to_lowercase();
        let types = if input.private {
            "public_channel,private_channel"
        } else {
            "public_channel"
        };
        let mut found = None;
        pages::walk(|cursor| {
            let parameters = Parameters::default()
                .text("types", types)
                .flag("exclude_archived", Some(!input.archived))
                .text("limit", PAGE)
                .given("cursor", cursor);
            let page: Page = call::get("conversations.list", &parameters)?;
            found = page
                .channels
                .into_iter()
                .find(|channel| channel.name == wanted);
            match &found {
                Some(_) => Ok(None),
                None => pages::next(page.response_metadata, cursor),
            }
        })?;
        found.map(Outcome::Done).ok_or_else(|| {
            Failure::reject(format!("the app sees no channel `#{wanted}`; a private one has to be asked for with `private`, and the app be in it"))
                .with_code("channel_not_found")
                .with_field("/name")
        })
    }

    fn examples() -> Vec<Example> {
        vec![Example::new(
            "A public channel",
            json!({ "name": "#sales" }),
        )]
    }
}
