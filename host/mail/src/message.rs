//! What goes out and what comes in, as plain data. What servers give has the names that scripts of the conformance kit write
//! down; what is not there is left out in them.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// A message to be sent.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Outgoing {
    /// `From`.
    pub sender: String,
    /// `Reply-To`.
    pub reply_to: Option<String>,
    /// Addresses, with or without a name.
    pub to: Vec<String>,
    /// As above.
    pub cc: Vec<String>,
    /// As above; no header names them.
    pub bcc: Vec<String>,
    /// `Subject`, not encoded.
    pub subject: String,
    /// The text; empty where there is only HTML.
    pub text: String,
    /// The same as HTML.
    pub html: Option<String>,
    /// More headers, not encoded.
    pub headers: Vec<(String, String)>,
    /// What goes with it.
    pub attachments: Vec<Attached>,
}

/// What goes with a message.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Attached {
    /// The file's name.
    pub name: String,
    /// Its media type.
    pub content_type: String,
    /// Its content.
    pub data: Bytes,
}

/// A reply that is a refusal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Refused {
    /// The reply's code.
    pub code: u16,
    /// Its enhanced status code (RFC 3463).
    pub enhanced: Option<String>,
    /// What it says.
    pub text: String,
    /// The address that it is about.
    pub address: Option<String>,
    /// JSON Pointer to that address.
    pub field: Option<String>,
}

/// A message was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// With its angle brackets.
    pub message_id: String,
    /// What the server said.
    pub reply: String,
    /// Who does not get it.
    pub refused: Vec<Refused>,
}

/// Which messages are wanted.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Query {
    /// Its name, in UTF-8.
    pub mailbox: String,
    /// UIDVALIDITY and UID that they come after.
    pub after: Option<(u32, u32)>,
    /// RFC 3339.
    pub since: Option<String>,
    /// How many at most.
    pub max: u32,
    /// What is read is marked as such.
    pub mark_seen: bool,
    /// Files that there is room for, in bytes.
    pub room_bytes: usize,
    /// Files that there is room for.
    pub room_files: usize,
}

/// What there is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Found {
    /// What UIDs mean.
    pub uid_validity: u32,
    /// The oldest first.
    #[serde(default)]
    pub messages: Vec<Incoming>,
    /// There is more.
    #[serde(default)]
    pub more: bool,
}

/// A message that lies in a mailbox.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
#[allow(
    missing_docs,
    reason = "named as the headers, and as the contract says"
)]
pub struct Incoming {
    pub uid: u32,
    pub message_id: Option<String>,
    pub in_reply_to: Vec<String>,
    pub references: Vec<String>,
    pub senders: Vec<Address>,
    pub reply_to: Vec<Address>,
    pub to: Vec<Address>,
    pub cc: Vec<Address>,
    pub subject: String,
    pub date: Option<String>,
    pub received: Option<String>,
    pub seen: bool,
    pub text: Option<String>,
    pub html: Option<String>,
    pub attachments: Vec<Part>,
    pub size: u64,
    pub truncated: bool,
}

/// An address of a header.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Address {
    /// For people.
    pub name: Option<String>,
    /// As it stands there.
    pub email: String,
}

/// An attachment of a message that was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Part {
    /// The file's name.
    pub name: Option<String>,
    /// Its media type.
    pub content_type: String,
    /// What the HTML names it by.
    pub content_id: Option<String>,
    /// Decoded.
    pub data: Bytes,
}

/// What a mailbox holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Status {
    /// What UIDs mean.
    pub uid_validity: u32,
    /// Of the newest message; 0 where there is none.
    #[serde(default)]
    pub last_uid: u32,
    /// When that one came: RFC 3339.
    pub last_received: Option<String>,
    /// How many there are.
    #[serde(default)]
    pub messages: u32,
}
