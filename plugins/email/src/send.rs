//! `send`: one message. SMTP knows no key, so sending again is sending twice; the `Message-ID` stays the same, and tells.

mod input;

use mortise_sdk::mail::{Message, Problem, Receipt, Refusal};
use mortise_sdk::{Action, Example, Failure, Outcome, Repeat, Turn, files};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use crate::servers::Settings;
pub use input::{Attachment, Input};

/// Content of which nobody knows what it is.
const ANY_TYPE: &str = "application/octet-stream";

pub struct Send;

/// A message that the server took.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Output {
    /// As answers name it in `In-Reply-To`, with its angle brackets. The same for each attempt.
    message_id: String,
    /// What the server said when it took the message; often its own id stands there.
    reply: String,
    /// Who does not get it, with `partial`.
    refused: Vec<Refused>,
}

/// A recipient that the server refuses.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Refused {
    /// The address.
    address: String,
    /// The reply's code, such as 550.
    code: u16,
    /// The server's words.
    text: String,
}

impl Action for Send {
    const NAME: &'static str = "send";
    const SUMMARY: &'static str = "sends a message";
    const REPEAT: Repeat = Repeat::Duplicates;
    type Input = Input;
    type Output = Output;

    fn invoke(input: Input, _: Turn) -> Result<Outcome<Output>, Failure> {
        let message = message(&input)?;
        let receipt = message.try_send();
        let receipt = receipt.map_err(|problem| Failure::from(in_step(problem, &input)))?;
        Ok(Outcome::Done(output(receipt)))
    }

    fn examples() -> Vec<Example> {
        vec![
            Example::new(
                "tell somebody",
                json!({ "to": "ann@example.com", "subject": "Your order 1017", "text": "It is on its way." }),
            ),
            Example::new(
                "an invoice to several people, as text and as HTML",
                json!({
                    "from": "Billing <billing@example.com>",
                    "to": ["Ann Lee <ann@example.com>", "bob@example.com"],
                    "bcc": "archive@example.com",
                    "reply-to": "desk@example.com",
                    "subject": "Invoice 1017",
                    "text": "Your invoice is attached.",
                    "html": "<p>Your invoice is <b>attached</b>.</p>",
                    "headers": { "X-Order": "1017" },
                    "attachments": [
                        { "file": { "$file": "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08" }, "name": "invoice.pdf" },
                        { "text": "sku,count\nA-1,3\n", "name": "lines.csv", "content-type": "text/csv" }
                    ]
                }),
            ),
        ]
    }
}

fn message(input: &Input) -> Result<Message, Failure> {
    if input.text.is_none() && input.html.is_none() {
        return Err(Failure::reject("a message has `text`, `html` or both").with_field("/text"));
    }
    let mut message = Message::new(sender(input)?, &input.subject);
    message = input
        .to
        .iter()
        .fold(message, |message, one| message.to(one));
    message = input
        .cc
        .iter()
        .fold(message, |message, one| message.cc(one));
    message = input
        .bcc
        .iter()
        .fold(message, |message, one| message.bcc(one));
    if let Some(reply_to) = &input.reply_to {
        message = message.reply_to(reply_to);
    }
    if let Some(text) = &input.text {
        message = message.text(text);
    }
    if let Some(html) = &input.html {
        message = message.html(html);
    }
    message = input
        .headers
        .iter()
        .fold(message, |message, (name, value)| {
            message.header(name, value)
        });
    for (number, one) in input.attachments.iter().enumerate() {
        message = attach(message, one, &format!("/attachments/{number}"))?;
    }
    Ok(if input.partial {
        message.partial()
    } else {
        message
    })
}

/// As the step says, else as the connection does.
fn sender(input: &Input) -> Result<String, Failure> {
    let settings = Settings::read()?;
    let user = settings.user.filter(|user| user.contains('@'));
    let sender = input.from.clone().or(settings.from).or(user);
    sender.ok_or_else(|| {
        let why = "nobody says who the message is from: add `from` to the step, or to the connection's settings";
        Failure::misconfigured(why).with_field("/from")
    })
}

fn attach(message: Message, one: &Attachment, field: &str) -> Result<Message, Failure> {
    let content_type = one.content_type.as_deref();
    match (&one.file, &one.text) {
        (Some(file), None) => {
            let no_file = |why: String| Failure::reject(why).with_field(format!("{field}/file"));
            let info = files::stat(&file.id).map_err(no_file)?;
            let name = one
                .name
                .clone()
                .or(info.name)
                .unwrap_or_else(|| "file".to_owned());
            let content_type = content_type.unwrap_or(&info.content_type);
            Ok(message.attach_file(name, content_type, file))
        }
        (None, Some(text)) => {
            let name = one.name.clone().unwrap_or_else(|| "text.txt".to_owned());
            let content_type = content_type.unwrap_or(if one.name.is_none() {
                "text/plain; charset=utf-8"
            } else {
                ANY_TYPE
            });
            Ok(message.attach(name, content_type, text.as_bytes()))
        }
        _ => Err(Failure::reject("an attachment has one of `file` and `text`").with_field(field)),
    }
}

/// The same with fields as the step has them.
fn in_step(problem: Problem, input: &Input) -> Problem {
    match problem {
        Problem::Invalid((field, why)) => Problem::Invalid((input.pointer(&field), why)),
        Problem::Refused(replies) => {
            let replies = replies.into_iter().map(|reply| Refusal {
                field: reply.field.as_deref().map(|field| input.pointer(field)),
                ..reply
            });
            Problem::Refused(replies.collect())
        }
        other => other,
    }
}

fn output(receipt: Receipt) -> Output {
    let refused = receipt.refused.into_iter().map(|one| Refused {
        address: one.address.unwrap_or_default(),
        code: one.code,
        text: one.text,
    });
    Output {
        message_id: receipt.message_id,
        reply: receipt.reply,
        refused: refused.collect(),
    }
}

#[cfg(test)]
mod tests;
