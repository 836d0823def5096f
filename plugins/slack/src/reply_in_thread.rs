//! `reply-in-thread`: as `post-message`, below another message. Where that one is gone, Slack takes the reply and posts
//! it in the channel itself, which it shows by leaving `thread_ts` out.

use mortise_sdk::{Action, Example, Failure, Outcome, Repeat, Turn, log};
use serde_json::json;

use crate::message::{self, Posted};

pub struct ReplyInThread;

message::input! {
    /// Where the thread is: the id of a channel, or the name of a public one with `#`.
    #[schemars(length(min = 1))]
    channel: String,
    /// The `ts` of the message that begins the thread; not that of a reply.
    #[schemars(regex(pattern = r"^\d+\.\d+$"))]
    thread_ts: String,
    /// Whether the channel sees it as well, and not only the thread.
    broadcast: Option<bool>,
}

impl Action for ReplyInThread {
    const NAME: &'static str = "reply-in-thread";
    const SUMMARY: &'static str = "replies to a message in its thread";
    const REPEAT: Repeat = Repeat::Duplicates;
    type Input = Input;
    type Output = Posted;

    fn invoke(input: Input, _: Turn) -> Result<Outcome<Posted>, Failure> {
        let parameters = input
            .content()?
            .text("thread_ts", &input.thread_ts)
            .flag("reply_broadcast", input.broadcast);
        let posted = message::post(&parameters)?;
        if !posted.message.contains_key("thread_ts") {
            log::warn(
                "the message that began the thread is gone, so slack posted the reply in the channel",
            );
        }
        Ok(Outcome::Done(posted))
    }

    fn examples() -> Vec<Example> {
        let input = json!({ "channel": "C012AB3CD", "thread-ts": "1503435956.000247", "text": "It is on its way" });
        vec![Example::new("A reply", input)]
    }
}

#[cfg(test)]
mod tests {
    use mortise_sdk::fake::{self, Answer, Host};

    use super::*;

    #[test]
    fn a_reply_that_lost_its_thread_is_told() {
        for (told, warnings) in [(r#""thread_ts":"1.1","#, 0), ("", 1)] {
            let body = format!(
                r#"{{"ok":true,"channel":"C1","ts":"2.1","message":{{{told}"text":"hi"}}}}"#
            );
            let host = Host::new().answer(Answer::json(200, &body)).install();
            let input = json!({ "channel": "C1", "thread-ts": "1.1", "text": "hi" });
            assert_eq!(fake::invoke::<ReplyInThread>(&input).unwrap()["ts"], "2.1");
            assert_eq!(host.log().len(), warnings);
        }
    }
}
