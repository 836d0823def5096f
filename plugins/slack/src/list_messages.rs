//! `list-messages`: those of a conversation with the newest first, or those of a thread with the oldest first.

use mortise_sdk::{Action, Example, Failure, Outcome, Repeat, Turn};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::call::{self, Parameters};
use crate::message::Message;
use crate::pages::{self, Metadata};

pub struct ListMessages;

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Input {
    /// The id of the channel or of another conversation; the app has to be in it.
    #[schemars(length(min = 1))]
    channel: String,
    /// The `ts` of a message, for it and the replies in its thread.
    #[schemars(regex(pattern = r"^\d+\.\d+$"))]
    thread_ts: Option<String>,
    /// Only messages after this time: seconds since 1970, or the `ts` of a message.
    #[schemars(regex(pattern = r"^\d+(\.\d+)?$"))]
    oldest: Option<String>,
    /// Only messages before this time: seconds since 1970, or the `ts` of a message.
    #[schemars(regex(pattern = r"^\d+(\.\d+)?$"))]
    latest: Option<String>,
    /// Whether messages of just these times are among them.
    inclusive: Option<bool>,
    /// Messages on a page. Slack gives apps that are sold outside its marketplace 15 at most.
    #[serde(default = "page_size")]
    #[schemars(range(min = 1, max = 999))]
    page_size: u16,
}

fn page_size() -> u16 {
    200
}

#[derive(Deserialize)]
struct Page {
    messages: Vec<Message>,
    response_metadata: Option<Metadata>,
}

impl Action for ListMessages {
    const NAME: &'static str = "list-messages";
    const SUMMARY: &'static str = "lists the messages of a conversation or of a thread";
    const REPEAT: Repeat = Repeat::Safe;
    const PAGED: bool = true;
    type Input = Input;
    type Output = Message;

    fn invoke(input: Input, turn: Turn) -> Result<Outcome<Message>, Failure> {
        let cursor: Option<String> = turn.page()?;
        let thread = input.thread_ts.as_deref();
        let method = match thread {
            Some(_) => "conversations.replies",
            None => "conversations.history",
        };
        let parameters = Parameters::default()
            .text("channel", &input.channel)
            .given("ts", thread)
            .given("oldest", input.oldest.as_deref())
            .given("latest", input.latest.as_deref())
            .flag("inclusive", input.inclusive)
            .text("limit", &input.page_size.to_string())
            .given("cursor", cursor.as_deref());
        let page: Page = call::get(method, &parameters)?;
        let next = pages::next(page.response_metadata, cursor.as_deref())?;
        let mut messages = page.messages;
        // The message that begins a thread may stand on each of its pages.
        if cursor.is_some() {
            messages.retain(|message| Some(message.ts.as_str()) != thread);
        }
        Outcome::page(messages, next)
    }

    fn examples() -> Vec<Example> {
        vec![
            Example::new(
                "Since a day",
                json!({ "channel": "C012AB3CD", "oldest": "1503435956" }),
            ),
            Example::new(
                "A thread",
                json!({ "channel": "C012AB3CD", "thread-ts": "1503435956.000247" }),
            ),
        ]
    }
}
