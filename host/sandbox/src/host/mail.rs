//! `mortise:plugin/mail`: messages through the connection's SMTP server.

use bytes::Bytes;
use mortise_mail::message::{Attached, Outgoing};
use mortise_mail::{Asked, Given};

use crate::contract::mortise::plugin::mail::{
    Content, Error, Host, Message, Problem, Receipt, Refusal,
};
use crate::guest::Guest;
use crate::host::files::Files;
use crate::host::post::Refused;

/// As a server says it of what is no command that it takes.
const SYNTAX: u16 = 501;

/// As a server says it of what its policy forbids.
const POLICY: u16 = 550;

impl Host for Guest {
    async fn send(&mut self, message: Message) -> wasmtime::Result<Result<String, Error>> {
        let outcome = self.deliver(message, false).await?;
        Ok(outcome
            .map(|receipt| receipt.message_id)
            .map_err(Error::from))
    }

    async fn deliver(
        &mut self,
        message: Message,
        partial: bool,
    ) -> wasmtime::Result<Result<Receipt, Problem>> {
        let files_max_bytes = self.settings.files_max_bytes;
        for (number, one) in message.attachments.iter().enumerate() {
            if let Content::File(id) = &one.content
                && let Err(why) = self.files()?.load([id.as_str()]).await
            {
                return Ok(Err(unfit(number, why)));
            }
        }
        let message = match outgoing(self.files()?, message, files_max_bytes) {
            Ok(message) => Box::new(message),
            Err(problem) => return Ok(Err(problem)),
        };
        let way = self.work()?.way.clone();
        Ok(match way.mail(Asked::Deliver { message, partial }).await {
            Ok(Given::Delivered(receipt)) => Ok(Receipt {
                message_id: receipt.message_id,
                reply: receipt.reply,
                refused: receipt.refused.into_iter().map(Refusal::from).collect(),
            }),
            Ok(_) => Err(other_answer()),
            Err(refused) => Err(refused.into()),
        })
    }

    async fn probe(&mut self) -> wasmtime::Result<Result<String, Problem>> {
        let way = self.work()?.way.clone();
        Ok(match way.mail(Asked::Probe).await {
            Ok(Given::Probed(name)) => Ok(name),
            Ok(_) => Err(other_answer()),
            Err(refused) => Err(refused.into()),
        })
    }
}

fn other_answer() -> Problem {
    Problem::Unanswered("the host answered another question".to_owned())
}

/// An attachment that cannot be sent.
fn unfit(number: usize, why: String) -> Problem {
    Problem::Invalid((format!("/attachments/{number}/content"), why))
}

/// The message with the bytes of its files.
fn outgoing(files: &Files, message: Message, files_max_bytes: usize) -> Result<Outgoing, Problem> {
    let mut left_bytes = files_max_bytes;
    let attachments = message.attachments.into_iter().enumerate().map(|(number, one)| {
        let invalid = |why| unfit(number, why);
        let data = match one.content {
            Content::Bytes(bytes) => Bytes::from(bytes),
            Content::File(id) => {
                let data = files.content(&id).map_err(invalid)?;
                let left = left_bytes.checked_sub(data.len());
                left_bytes = left.ok_or_else(|| {
                    invalid(format!("is, with the files before it, more than `sandbox.files-max-bytes` of {files_max_bytes}"))
                })?;
                data
            }
        };
        Ok(Attached {
            name: one.name,
            content_type: one.content_type,
            data,
        })
    });
    Ok(Outgoing {
        attachments: attachments.collect::<Result<_, Problem>>()?,
        sender: message.sender,
        reply_to: message.reply_to,
        to: message.to,
        cc: message.cc,
        bcc: message.bcc,
        subject: message.subject,
        text: message.text,
        html: message.html,
        headers: message.headers,
    })
}

impl From<mortise_mail::message::Refused> for Refusal {
    fn from(refused: mortise_mail::message::Refused) -> Self {
        Self {
            code: refused.code,
            enhanced: refused.enhanced,
            text: refused.text,
            address: refused.address,
            field: refused.field,
        }
    }
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Denied(why) => Self::Denied(why),
            Refused::NotSent(why) | Refused::No(why) => Self::NotSent(why),
            Refused::Unanswered(why) => Self::Unanswered(why),
            Refused::Limited(wait_ms) => Self::Limited(wait_ms),
            Refused::Unauthorized(why) => Self::Unauthorized(why),
            Refused::Invalid { field, why } => Self::Invalid((field, why)),
            Refused::Replies(replies) => {
                Self::Refused(replies.into_iter().map(Refusal::from).collect())
            }
        }
    }
}

/// The same in fewer words: what the host itself refuses gets the code that a server would give.
impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        let not_sent = |code, message| Self {
            code,
            sent: false,
            message,
        };
        match problem {
            Problem::Denied(why) => not_sent(Some(POLICY), why),
            Problem::NotSent(why) => not_sent(None, why),
            Problem::Limited(wait_ms) => not_sent(
                None,
                format!("the connection's rate is used up for {wait_ms} ms"),
            ),
            Problem::Unauthorized(why) => not_sent(Some(535), why),
            Problem::Invalid((field, why)) => not_sent(Some(SYNTAX), format!("`{field}` {why}")),
            Problem::Unanswered(message) => Self {
                code: None,
                sent: true,
                message,
            },
            Problem::Refused(replies) => {
                let first = replies.into_iter().next();
                let address = first.as_ref().and_then(|one| one.address.clone());
                let text = first
                    .as_ref()
                    .map(|one| one.text.clone())
                    .unwrap_or_default();
                let message =
                    address.map_or_else(|| text.clone(), |address| format!("`{address}`: {text}"));
                not_sent(first.map(|one| one.code), message)
            }
        }
    }
}
