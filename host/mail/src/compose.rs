//! What is sent, made of what is wanted: every text that stands in a header is looked at first, so that none of
//! them can begin another one.

mod address;
mod body;

use std::time::{Duration, UNIX_EPOCH};

use lettre::address::Envelope;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MessageBuilder};
use mortise_model::Timestamp;
use sha2::{Digest as _, Sha256};

use crate::error::Error;
use crate::message::Outgoing;
use crate::settings::Settings;

/// A message that is ready to be handed over.
#[derive(Debug)]
pub(crate) struct Composed {
    /// With its angle brackets.
    pub id: String,
    pub sender: Recipient,
    /// Each address once.
    pub recipients: Vec<Recipient>,
    /// Header and body, with CR LF.
    pub content: Vec<u8>,
}

/// An address of the envelope, and where in the message it was named.
#[derive(Clone, Debug)]
pub(crate) struct Recipient {
    /// Its host in ASCII.
    pub address: String,
    /// JSON Pointer.
    pub field: String,
}

/// What only the host or another field of the message may say.
const RESERVED: [&str; 13] = [
    "from",
    "sender",
    "to",
    "cc",
    "bcc",
    "reply-to",
    "subject",
    "date",
    "message-id",
    "mime-version",
    "received",
    "return-path",
    "dkim-signature",
];

/// The longest header value, in bytes.
const HEADER_MAX_BYTES: usize = 16 << 10;

/// A longer word does not fit into a line (RFC 5322, 2.1.1), whatever it is encoded as.
const WORD_MAX_BYTES: usize = 900;

/// More headers than anybody has use for.
const HEADERS_MAX: usize = 100;

impl Composed {
    /// The first address that is not ASCII.
    pub fn needs_utf8(&self) -> Option<&Recipient> {
        let mut all = std::iter::once(&self.sender).chain(&self.recipients);
        all.find(|one| !one.address.is_ascii())
    }
}

/// Makes a message, or names the field that cannot be sent.
pub(crate) fn compose(
    message: &Outgoing,
    limits: &Settings,
    (key, now): (&str, Timestamp),
) -> Result<Composed, Error> {
    let sender = address::read(&message.sender, "/sender")?;
    let id = id(key, sender.email.domain());
    let sent_at = UNIX_EPOCH + Duration::from_millis(u64::try_from(now.0).unwrap_or(0));
    let mut builder = lettre::Message::builder()
        .from(sender.clone())
        .date(sent_at)
        .message_id(Some(id.clone()));
    let mut recipients: Vec<Recipient> = Vec::new();
    let all = [
        ("to", &message.to),
        ("cc", &message.cc),
        ("bcc", &message.bcc),
    ];
    let count: usize = all.iter().map(|(_, list)| list.len()).sum();
    if count == 0 {
        return Err(Error::invalid(
            "/to",
            "is empty: a message goes to somebody",
        ));
    }
    if count > limits.recipients_max {
        let most = limits.recipients_max;
        let why =
            format!("has, with `cc` and `bcc`, {count} addresses: `mail.recipients-max` is {most}");
        return Err(Error::invalid("/to", why));
    }
    for (kind, list) in all {
        for (number, text) in list.iter().enumerate() {
            let field = format!("/{kind}/{number}");
            let mailbox = address::read(text, &field)?;
            let address = mailbox.email.to_string();
            builder = match kind {
                "to" => builder.to(mailbox),
                "cc" => builder.cc(mailbox),
                _ => builder,
            };
            if !recipients.iter().any(|known| known.address == address) {
                recipients.push(Recipient { address, field });
            }
        }
    }
    if let Some(reply_to) = &message.reply_to {
        builder = builder.reply_to(address::read(reply_to, "/reply-to")?);
    }
    text(&message.subject, "/subject")?;
    builder = builder.subject(message.subject.as_str());
    builder = headers(builder, &message.headers)?;
    finish(builder, message, limits, (id, sender, recipients))
}

fn finish(
    builder: MessageBuilder,
    message: &Outgoing,
    limits: &Settings,
    (id, sender, recipients): (String, Mailbox, Vec<Recipient>),
) -> Result<Composed, Error> {
    let known = sum(message);
    let most = limits.message_max_bytes;
    let too_large = |bytes: usize| {
        let why = format!("make a message of {bytes} bytes: `mail.message-max-bytes` is {most}");
        Error::invalid("/attachments", why)
    };
    // Before it is all copied.
    if known > most {
        return Err(too_large(known));
    }
    // It is not used, and without it the library would make one of the headers.
    let envelope = Envelope::new(Some(sender.email.clone()), vec![sender.email.clone()]);
    let envelope = envelope.map_err(|error| Error::invalid("/sender", error.to_string()))?;
    let made = body::put(builder.envelope(envelope), message)?;
    let content = made.formatted();
    if content.len() > most {
        return Err(too_large(content.len()));
    }
    if !is_whole_lines(&content) {
        return Err(Error::invalid("", "holds a line break that is none"));
    }
    Ok(Composed {
        id,
        sender: Recipient {
            address: sender.email.to_string(),
            field: "/sender".to_owned(),
        },
        recipients,
        content,
    })
}

/// An id that says nothing of the key and is the same for the same one.
fn id(key: &str, domain: &str) -> String {
    let digest = Sha256::digest(key.as_bytes());
    let hex: String = digest[..16]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("<{hex}@{domain}>")
}

fn sum(message: &Outgoing) -> usize {
    let attached = message.attachments.iter().map(|one| one.data.len());
    let html = message.html.as_deref().unwrap_or_default().len();
    attached
        .sum::<usize>()
        .saturating_add(html)
        .saturating_add(message.text.len())
}

fn headers(
    mut builder: MessageBuilder,
    given: &[(String, String)],
) -> Result<MessageBuilder, Error> {
    if given.len() > HEADERS_MAX {
        return Err(Error::invalid(
            "/headers",
            format!("has more than {HEADERS_MAX}"),
        ));
    }
    for (number, (name, value)) in given.iter().enumerate() {
        let field = format!("/headers/{number}");
        // RFC 5322, 2.2: printable ASCII without the colon.
        let is_name = !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_graphic() && byte != b':');
        let read = HeaderName::new_from_ascii(name.clone())
            .ok()
            .filter(|_| is_name);
        let Some(read) = read else {
            let why = "has a name that no header can have: letters, digits and hyphens, 76 at most";
            return Err(Error::invalid(field, why));
        };
        let lower = name.to_ascii_lowercase();
        if RESERVED.contains(&lower.as_str()) || lower.starts_with("content-") {
            let why = format!("is `{name}`, which the host or another field says");
            return Err(Error::invalid(field, why));
        }
        if given[..number]
            .iter()
            .any(|(other, _)| other.eq_ignore_ascii_case(name))
        {
            return Err(Error::invalid(
                field,
                format!("is `{name}`, which stands there twice"),
            ));
        }
        text(value, &field)?;
        builder = builder.raw_header(HeaderValue::new(read, value.clone()));
    }
    Ok(builder)
}

/// A text that may stand in a header.
fn text(value: &str, field: &str) -> Result<(), Error> {
    if value.contains(['\r', '\n']) {
        return Err(Error::invalid(
            field,
            "has a line break, which would begin another header",
        ));
    }
    if value.contains(char::is_control) {
        return Err(Error::invalid(field, "has control characters"));
    }
    let is_long = |word: &str| word.len() > WORD_MAX_BYTES && word.is_ascii();
    if value.len() > HEADER_MAX_BYTES || value.split(' ').any(is_long) {
        return Err(Error::invalid(field, "is too long for a header"));
    }
    Ok(())
}

/// Whether every line ends with CR LF, and neither stands alone: servers do not agree on what such a line is, and
/// what one of them takes for the end of a message, another takes for text.
fn is_whole_lines(content: &[u8]) -> bool {
    let mut before = 0;
    for byte in content {
        if (*byte == b'\n') != (before == b'\r') {
            return false;
        }
        before = *byte;
    }
    before != b'\r'
}

#[cfg(test)]
mod tests;
