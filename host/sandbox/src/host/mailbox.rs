//! `mortise:plugin/mailbox`: mail that lies on the connection's IMAP server. Attachments become files of the call.

use mortise_mail::message::{self as mail, Incoming};
use mortise_mail::{Asked, Given};

use crate::contract::mortise::plugin::mailbox::{
    Address, Attachment, Error, Found, Host, Message, Query, Status,
};
use crate::guest::Guest;
use crate::host::files::{ANY_TYPE, Files, is_fit};
use crate::host::post::Refused;

impl Host for Guest {
    async fn fetch(&mut self, query: Query) -> wasmtime::Result<Result<Found, Error>> {
        let (room_bytes, room_files) = self.files()?.room();
        let asked = Asked::Fetch(mail::Query {
            mailbox: query.mailbox,
            after: query.after.map(|place| (place.uid_validity, place.uid)),
            since: query.since,
            max: query.max,
            mark_seen: query.mark_seen,
            room_bytes,
            room_files,
        });
        let way = self.work()?.way.clone();
        let found = match way.mail(asked).await {
            Ok(Given::Found(found)) => found,
            other => return Ok(Err(instead(other))),
        };
        let files = self.files()?;
        let messages = found.messages.into_iter().map(|one| take_in(files, one));
        Ok(messages.collect::<Result<_, _>>().map(|messages| Found {
            uid_validity: found.uid_validity,
            messages,
            more: found.more,
        }))
    }

    async fn examine(&mut self, mailbox: String) -> wasmtime::Result<Result<Status, Error>> {
        let way = self.work()?.way.clone();
        Ok(match way.mail(Asked::Examine(mailbox)).await {
            Ok(Given::Status(status)) => Ok(Status {
                uid_validity: status.uid_validity,
                last_uid: status.last_uid,
                last_received: status.last_received,
                messages: status.messages,
            }),
            other => Err(instead(other)),
        })
    }

    async fn mailboxes(&mut self) -> wasmtime::Result<Result<Vec<String>, Error>> {
        let way = self.work()?.way.clone();
        Ok(match way.mail(Asked::Mailboxes).await {
            Ok(Given::Mailboxes(names)) => Ok(names),
            other => Err(instead(other)),
        })
    }
}

/// What came in the place of an answer.
fn instead(outcome: Result<Given, Refused>) -> Error {
    match outcome {
        Ok(_) => Error::Unavailable("the host answered another question".to_owned()),
        Err(refused) => refused.into(),
    }
}

fn take_in(files: &mut Files, one: Incoming) -> Result<Message, Error> {
    let attachments = one.attachments.into_iter().map(|part| {
        let name = part.name.filter(|name| is_fit(name));
        let content_type = Some(part.content_type).filter(|text| is_fit(text));
        let content_type = content_type.unwrap_or_else(|| ANY_TYPE.to_owned());
        let size = part.data.len() as u64;
        let file = files.create(name.clone(), content_type.clone(), part.data);
        Ok(Attachment {
            file: file.map_err(Error::Invalid)?,
            name,
            content_type,
            content_id: part.content_id,
            size,
        })
    });
    Ok(Message {
        attachments: attachments.collect::<Result<_, Error>>()?,
        uid: one.uid,
        message_id: one.message_id,
        in_reply_to: one.in_reply_to,
        references: one.references,
        senders: addresses(one.senders),
        reply_to: addresses(one.reply_to),
        to: addresses(one.to),
        cc: addresses(one.cc),
        subject: one.subject,
        date: one.date,
        received: one.received,
        seen: one.seen,
        text: one.text,
        html: one.html,
        size: one.size,
        truncated: one.truncated,
    })
}

fn addresses(all: Vec<mail::Address>) -> Vec<Address> {
    let all = all.into_iter();
    all.map(|one| Address {
        name: one.name,
        email: one.email,
    })
    .collect()
}

impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Denied(why) => Self::Denied(why),
            Refused::NotSent(why) | Refused::Unanswered(why) => Self::Unavailable(why),
            Refused::Limited(wait_ms) => Self::Limited(wait_ms),
            Refused::Unauthorized(why) => Self::Unauthorized(why),
            Refused::Invalid { field, why } => Self::Invalid(format!("`{field}` {why}")),
            Refused::Replies(replies) => {
                let first = replies.into_iter().next();
                Self::Refused(first.map(|reply| reply.text).unwrap_or_default())
            }
            Refused::No(why) => Self::Refused(why),
        }
    }
}
