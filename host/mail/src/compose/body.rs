//! The body: text, HTML, both as alternatives, and what is attached.

use lettre::Message;
use lettre::message::header::{ContentDisposition, ContentTransferEncoding, ContentType};
use lettre::message::{Body, MessageBuilder, MultiPart, SinglePart};

use super::text;
use crate::error::Error;
use crate::message::{Attached, Outgoing};

/// The longest name of a file, in bytes.
const NAME_MAX_BYTES: usize = 255;

/// Content of which nobody knows what it is.
const ANY_TYPE: &str = "application/octet-stream";

/// Puts the body into a message.
///
/// # Errors
/// An attachment that cannot be sent, with the field.
pub(super) fn put(builder: MessageBuilder, message: &Outgoing) -> Result<Message, Error> {
    let plain = || SinglePart::plain(lines(&message.text));
    let html = message
        .html
        .as_deref()
        .map(|html| SinglePart::html(lines(html)));
    let attached = message.attachments.iter().enumerate();
    let attached = attached.map(|(number, one)| attachment(one, &format!("/attachments/{number}")));
    let attached = attached.collect::<Result<Vec<_>, _>>()?;
    let made = match (html, message.text.is_empty(), attached.is_empty()) {
        (None, _, true) => builder.singlepart(plain()),
        (Some(html), true, true) => builder.singlepart(html),
        (Some(html), false, true) => builder.multipart(alternatives(plain(), html)),
        (html, is_empty, false) => {
            let mixed = MultiPart::mixed();
            let mixed = match html {
                None => mixed.singlepart(plain()),
                Some(html) if is_empty => mixed.singlepart(html),
                Some(html) => mixed.multipart(alternatives(plain(), html)),
            };
            builder.multipart(attached.into_iter().fold(mixed, MultiPart::singlepart))
        }
    };
    made.map_err(|error| Error::invalid("", format!("cannot be written: {error}")))
}

/// The better one comes last (RFC 2046, 5.1.4).
fn alternatives(plain: SinglePart, html: SinglePart) -> MultiPart {
    MultiPart::alternative().singlepart(plain).singlepart(html)
}

/// With one kind of line breaks, which become CR LF when it is encoded.
fn lines(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

/// Always in base64: a file comes out as it went in.
fn attachment(one: &Attached, field: &str) -> Result<SinglePart, Error> {
    let name_field = format!("{field}/name");
    text(&one.name, &name_field)?;
    if one.name.is_empty() || one.name.len() > NAME_MAX_BYTES {
        return Err(Error::invalid(
            name_field,
            format!("has to have 1 to {NAME_MAX_BYTES} bytes"),
        ));
    }
    let type_field = format!("{field}/content-type");
    text(&one.content_type, &type_field)?;
    // Of these kinds nothing may be encoded (RFC 2045, 6.4), and everything here is.
    let is_composite = ["multipart/", "message/"].iter().any(|kind| {
        let start = one.content_type.get(..kind.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(kind))
    });
    let wanted = match one.content_type.is_empty() || is_composite {
        true => ANY_TYPE,
        false => one.content_type.as_str(),
    };
    let content_type = ContentType::parse(wanted);
    let content_type = content_type
        .map_err(|_| Error::invalid(type_field, "is no media type, such as `application/pdf`"))?;
    let body = Body::new_with_encoding(one.data.to_vec(), ContentTransferEncoding::Base64);
    let body = body.map_err(|_| Error::invalid(field, "cannot be encoded"))?;
    let part = SinglePart::builder().header(ContentDisposition::attachment(&one.name));
    Ok(part.header(content_type).body(body))
}
