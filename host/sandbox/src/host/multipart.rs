//! Bodies of several parts (RFC 7578).

use bytes::Bytes;

use crate::contract::mortise::plugin::http::{Part, PartBody};
use crate::host::files::Files;

/// A body and its `content-type`.
pub(crate) fn encode(parts: Vec<Part>, files: &Files) -> Result<(Bytes, String), String> {
    let mut contents = Vec::with_capacity(parts.len());
    for part in &parts {
        contents.push(match &part.body {
            PartBody::Bytes(bytes) => Bytes::copy_from_slice(bytes),
            PartBody::File(id) => files.content(id)?,
        });
    }
    let boundary = boundary(&contents);
    let mut body = Vec::new();
    for (part, content) in parts.iter().zip(&contents) {
        body.extend_from_slice(format!("--{boundary}\r\n").as_bytes());
        body.extend_from_slice(head(part)?.as_bytes());
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    Ok((
        body.into(),
        format!("multipart/form-data; boundary={boundary}"),
    ))
}

fn head(part: &Part) -> Result<String, String> {
    let mut head = format!(
        "content-disposition: form-data; name=\"{}\"",
        quoted(&part.name)
    );
    if let Some(name) = &part.file_name {
        head.push_str(&format!("; filename=\"{}\"", quoted(name)));
    }
    head.push_str("\r\n");
    if let Some(content_type) = &part.content_type {
        if content_type.contains(['\r', '\n']) {
            return Err("the content type of a part holds a line break".to_owned());
        }
        head.push_str(&format!("content-type: {content_type}\r\n"));
    }
    head.push_str("\r\n");
    Ok(head)
}

/// As browsers write names: only what would end the quotation is replaced.
fn quoted(name: &str) -> String {
    name.replace('"', "%22")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// The first of a row of texts that no part holds; the same parts always give the same one.
fn boundary(contents: &[Bytes]) -> String {
    (0u64..)
        .map(|n| format!("mortise-part-{n:016x}"))
        .find(|text| {
            !contents
                .iter()
                .any(|content| holds(content, text.as_bytes()))
        })
        .unwrap_or_default()
}

fn holds(content: &[u8], text: &[u8]) -> bool {
    content.windows(text.len()).any(|window| window == text)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn part(name: &str, body: &str) -> Part {
        Part {
            name: name.to_owned(),
            file_name: None,
            content_type: None,
            body: PartBody::Bytes(body.as_bytes().to_vec()),
        }
    }

    #[test]
    fn parts_stand_between_boundaries_that_they_do_not_hold() {
        let mut file = part("up\"load", "mortise-part-0000000000000000");
        file.file_name = Some("a\r\nb.txt".to_owned());
        file.content_type = Some("text/plain".to_owned());
        let (body, content_type) =
            encode(vec![part("a", "1"), file], &Files::new(0, Vec::new())).unwrap();
        let boundary = "mortise-part-0000000000000001";
        assert_eq!(
            content_type,
            format!("multipart/form-data; boundary={boundary}")
        );
        let expected = format!(
            "--{boundary}\r\ncontent-disposition: form-data; name=\"a\"\r\n\r\n1\r\n\
             --{boundary}\r\ncontent-disposition: form-data; name=\"up%22load\"; \
             filename=\"a%0D%0Ab.txt\"\r\ncontent-type: text/plain\r\n\r\n\
             mortise-part-0000000000000000\r\n--{boundary}--\r\n"
        );
        assert_eq!(std::str::from_utf8(&body).unwrap(), expected);
    }
}
