//! A message taken apart. Whatever stands in it was written by strangers.

use bytes::Bytes;
use mail_parser::decoders::base64::base64_decode;
use mail_parser::decoders::quoted_printable::quoted_printable_decode;
use mail_parser::{
    Address as Found, Encoding, HeaderValue, Message, MessageParser, MessagePart, MimeHeaders as _,
    PartType,
};

use crate::message::{Address, Incoming, Part};

/// What a call has left for files.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Room {
    pub bytes: usize,
    pub files: usize,
}

/// Addresses of one header that are kept.
const ADDRESSES_MAX: usize = 1_000;

/// The longest text of a header that is kept, in characters.
const TEXT_MAX_CHARS: usize = 8_192;

/// What is kept of a text, in bytes: it goes through the guest's memory.
const BODY_MAX_BYTES: usize = 1 << 20;

/// As far as names of files and media types are kept, in bytes.
const NAME_MAX_BYTES: usize = 255;

/// Reads a message; what is none comes out empty. Attachments take room, and those that find none are left out.
pub(crate) fn parse(raw: &[u8], room: &mut Room) -> Incoming {
    let Some(message) = MessageParser::default().parse(raw) else {
        return Incoming::default();
    };
    let mut incoming = Incoming {
        message_id: message.message_id().map(limited),
        in_reply_to: ids(message.in_reply_to()),
        references: ids(message.references()),
        senders: addresses(message.from()),
        reply_to: addresses(message.reply_to()),
        to: addresses(message.to()),
        cc: addresses(message.cc()),
        subject: limited(message.subject().unwrap_or_default()),
        date: message
            .date()
            .filter(|date| date.is_valid())
            .map(mail_parser::DateTime::to_rfc3339),
        text: bodies(&message, &message.text_body, |part| match &part.body {
            PartType::Text(text) => Some(text),
            _ => None,
        }),
        html: bodies(&message, &message.html_body, |part| match &part.body {
            PartType::Html(html) => Some(html),
            _ => None,
        }),
        ..Incoming::default()
    };
    for body in [&mut incoming.text, &mut incoming.html]
        .into_iter()
        .flatten()
    {
        incoming.truncated |= body.len() > BODY_MAX_BYTES;
        body.truncate(boundary(body, BODY_MAX_BYTES));
    }
    for part in message.attachments() {
        let data = content(&message, part);
        if room.files == 0 || data.len() > room.bytes {
            incoming.truncated = true;
            continue;
        }
        room.files -= 1;
        room.bytes -= data.len();
        incoming.attachments.push(Part {
            name: part
                .attachment_name()
                .map(file_name)
                .filter(|name| !name.is_empty()),
            content_type: content_type(part),
            content_id: part.content_id().map(limited),
            data,
        });
    }
    incoming
}

fn limited(text: &str) -> String {
    text.chars().take(TEXT_MAX_CHARS).collect()
}

fn ids(value: &HeaderValue<'_>) -> Vec<String> {
    match value {
        HeaderValue::Text(one) => vec![limited(one)],
        HeaderValue::TextList(all) => all
            .iter()
            .take(ADDRESSES_MAX)
            .map(|one| limited(one))
            .collect(),
        _ => Vec::new(),
    }
}

fn addresses(found: Option<&Found<'_>>) -> Vec<Address> {
    let all = found.into_iter().flat_map(Found::iter);
    all.filter_map(|one| {
        Some(Address {
            name: one.name().map(limited),
            email: limited(one.address()?),
        })
    })
    .take(ADDRESSES_MAX)
    .collect()
}

fn bodies<'a, 'x>(
    message: &'a Message<'x>,
    ids: &[u32],
    text: impl Fn(&'a MessagePart<'x>) -> Option<&'a std::borrow::Cow<'x, str>>,
) -> Option<String> {
    let parts = ids.iter().filter_map(|id| message.part(*id));
    let texts: Vec<&str> = parts.filter_map(text).map(AsRef::as_ref).collect();
    (!texts.is_empty()).then(|| texts.join("\n"))
}

/// The bytes of an attachment as they were sent: the library turns texts into UTF-8, which a file is not.
fn content(message: &Message<'_>, part: &MessagePart<'_>) -> Bytes {
    match &part.body {
        PartType::Text(text) | PartType::Html(text) => {
            let range = part.offset_body as usize..part.offset_end as usize;
            let raw = message.raw_message.get(range).unwrap_or_default();
            let decoded = match part.encoding {
                Encoding::Base64 => base64_decode(raw),
                Encoding::QuotedPrintable => quoted_printable_decode(raw),
                Encoding::None => Some(raw.to_vec()),
            };
            decoded.map_or_else(|| Bytes::copy_from_slice(text.as_bytes()), Bytes::from)
        }
        // The method, not the field: that is the whole message around it.
        PartType::Message(nested) => Bytes::copy_from_slice(nested.raw_message()),
        _ => Bytes::copy_from_slice(part.contents()),
    }
}

fn content_type(part: &MessagePart<'_>) -> String {
    let Some(found) = part.content_type() else {
        return "text/plain".to_owned();
    };
    let mut text = format!(
        "{}/{}",
        found.ctype(),
        found.subtype().unwrap_or("octet-stream")
    );
    if let Some(charset) = found.attribute("charset") {
        text += &format!("; charset={charset}");
    }
    match text.len() <= NAME_MAX_BYTES && text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        true => text,
        false => "application/octet-stream".to_owned(),
    }
}

/// A name without what would lead elsewhere, if somebody made a path of it.
fn file_name(text: &str) -> String {
    let name: String = text
        .chars()
        .map(|c| {
            if c.is_control() || "/\\".contains(c) {
                '_'
            } else {
                c
            }
        })
        .collect();
    name[..boundary(&name, NAME_MAX_BYTES)].trim().to_owned()
}

/// Where a text can be cut so that no more than this is left.
fn boundary(text: &str, max_bytes: usize) -> usize {
    let mut end = text.len().min(max_bytes);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    end
}

#[cfg(test)]
mod tests;
