//! A message as workflows see it.

use mortise_sdk::files::File;
use mortise_sdk::mailbox;
use schemars::JsonSchema;
use serde::Serialize;

/// A message that came.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Message {
    /// Its number in the folder.
    uid: u32,
    /// The folder that it lies in.
    folder: String,
    /// As answers name it, without angle brackets.
    message_id: Option<String>,
    /// The messages that it answers.
    in_reply_to: Vec<String>,
    /// The messages of its thread.
    references: Vec<String>,
    /// Who wrote it.
    from: Vec<Address>,
    /// Where answers go, where it says so.
    reply_to: Vec<Address>,
    /// Who it is to.
    to: Vec<Address>,
    /// Who got a copy.
    cc: Vec<Address>,
    /// Decoded.
    subject: String,
    /// When it was written, as its writer says: RFC 3339.
    date: Option<String>,
    /// When it came to the server: RFC 3339 in UTC.
    received: Option<String>,
    /// The text; null where it has none.
    text: Option<String>,
    /// The HTML; null where it has none.
    html: Option<String>,
    /// What came with it.
    attachments: Vec<Attachment>,
    /// Of the whole message, in bytes.
    size: u64,
    /// It is not whole: too large, so that there is only its header, or some of its attachments are missing, or its text is
    /// cut.
    truncated: bool,
}

/// An address.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Address {
    /// For people.
    name: Option<String>,
    /// Such as `ann@example.com`.
    email: String,
}

/// What came with a message.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Attachment {
    /// The content, a file of the run.
    file: File,
    /// As its sender called it.
    name: Option<String>,
    /// Such as `application/pdf`.
    content_type: String,
    /// What the HTML names it by: `cid:…`.
    content_id: Option<String>,
    /// In bytes.
    size: u64,
}

impl Message {
    pub fn new(folder: &str, message: mailbox::Message) -> Self {
        let attachments = message.attachments.into_iter().map(|one| Attachment {
            file: File { id: one.file },
            name: one.name,
            content_type: one.content_type,
            content_id: one.content_id,
            size: one.size,
        });
        Self {
            attachments: attachments.collect(),
            uid: message.uid,
            folder: folder.to_owned(),
            message_id: message.message_id,
            in_reply_to: message.in_reply_to,
            references: message.references,
            from: addresses(message.senders),
            reply_to: addresses(message.reply_to),
            to: addresses(message.to),
            cc: addresses(message.cc),
            subject: message.subject,
            date: message.date,
            received: message.received,
            text: message.text,
            html: message.html,
            size: message.size,
            truncated: message.truncated,
        }
    }
}

fn addresses(all: Vec<mailbox::Address>) -> Vec<Address> {
    let all = all.into_iter();
    all.map(|one| Address {
        name: one.name,
        email: one.email,
    })
    .collect()
}
