//! `post-message`. Slack knows no key for a message of a bot, so posting twice makes two messages.

use mortise_sdk::{Action, Example, Failure, Outcome, Repeat, Turn};
use serde_json::json;

use crate::message::{self, Posted};

pub struct PostMessage;

message::input! {
    /// Where: the id of a channel, the name of a public one with `#`, or the id of a person for a direct message.
    #[schemars(length(min = 1))]
    channel: String,
    /// Whether links to text are shown with a preview; on unless it says otherwise.
    unfurl_links: Option<bool>,
    /// Whether links to pictures and videos are shown with a preview; on unless it says otherwise.
    unfurl_media: Option<bool>,
    /// Whether `text` is read as mrkdwn; on unless it says otherwise.
    mrkdwn: Option<bool>,
    /// A name to post under instead of the app's own; needs the scope `chat:write.customize`.
    username: Option<String>,
    /// An emoji as the picture, `:chart_with_upwards_trend:`; needs the scope `chat:write.customize`.
    icon_emoji: Option<String>,
    /// The address of a picture; needs the scope `chat:write.customize`.
    icon_url: Option<String>,
}

impl Action for PostMessage {
    const NAME: &'static str = "post-message";
    const SUMMARY: &'static str = "posts a message in a channel or to a person";
    const REPEAT: Repeat = Repeat::Duplicates;
    type Input = Input;
    type Output = Posted;

    fn invoke(input: Input, _: Turn) -> Result<Outcome<Posted>, Failure> {
        let parameters = input
            .content()?
            .flag("unfurl_links", input.unfurl_links)
            .flag("unfurl_media", input.unfurl_media)
            .flag("mrkdwn", input.mrkdwn)
            .given("username", input.username.as_deref())
            .given("icon_emoji", input.icon_emoji.as_deref())
            .given("icon_url", input.icon_url.as_deref());
        message::post(&parameters).map(Outcome::Done)
    }

    fn examples() -> Vec<Example> {
        let header =
            json!({ "type": "header", "text": { "type": "plain_text", "text": "Order 1001" } });
        let blocks =
            json!({ "channel": "C012AB3CD", "text": "Order 1001 was paid", "blocks": [header] });
        vec![
            Example::new(
                "A text",
                json!({ "channel": "#sales", "text": "Order 1001 was paid" }),
            ),
            Example::new("Blocks", blocks),
        ]
    }
}

#[cfg(test)]
mod tests {
    use mortise_sdk::fake::{self, Answer, Host};
    use mortise_sdk::{Disposition, http::Error};

    use super::*;

    #[test]
    fn a_lost_answer_is_not_repeated() {
        let lost = Answer::error(Error::Unanswered("reset".to_owned()));
        let host = Host::new().answer(lost).install();
        let failure =
            fake::invoke::<PostMessage>(&json!({ "channel": "C1", "text": "hi" })).unwrap_err();
        assert_eq!(failure.disposition, Disposition::Unclear);
        assert_eq!(host.requests().len(), 1);
    }

    #[test]
    fn a_field_that_is_not_known_is_refused() {
        let failure =
            fake::invoke::<PostMessage>(&json!({ "channel": "C1", "txt": "hi" })).unwrap_err();
        assert!(failure.message.contains("`txt`"), "{}", failure.message);
    }
}
