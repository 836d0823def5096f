//! As much of HTTP/1.1 as two programs need that know each other: a header block, then a body of
//! `content-length` bytes.

/// One message in a buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message {
    /// Where the body begins.
    pub body: usize,
    /// One past its end.
    pub end: usize,
}

/// The first whole message in a buffer; none where it is not all there yet.
pub fn message(buffer: &[u8]) -> Option<Message> {
    let body = find(buffer, b"\r\n\r\n")? + 4;
    let length = header(&buffer[..body], b"content-length");
    let length = length
        .and_then(|text| std::str::from_utf8(text).ok()?.parse().ok())
        .unwrap_or(0);
    let end = body + length;
    (buffer.len() >= end).then_some(Message { body, end })
}

/// The value of a header in a header block. `name` in lower case.
pub fn header<'a>(head: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    for line in head.split(|byte| *byte == b'\n').skip(1) {
        let Some((key, value)) = line.split_at_checked(name.len()) else {
            continue;
        };
        if key.eq_ignore_ascii_case(name)
            && let [b':', value @ ..] = value
        {
            return Some(value.trim_ascii());
        }
    }
    None
}

fn find(buffer: &[u8], part: &[u8]) -> Option<usize> {
    buffer.windows(part.len()).position(|window| window == part)
}

#[cfg(test)]
mod tests {
    use super::{Message, header, message};

    #[test]
    fn a_message_ends_with_its_body() {
        let text = b"HTTP/1.1 202 Accepted\r\nContent-Length: 3\r\nx: y\r\n\r\nabcHTTP";
        assert_eq!(message(text), Some(Message { body: 50, end: 53 }));
        assert_eq!(message(&text[..52]), None);
        assert_eq!(message(&text[..30]), None);
    }

    #[test]
    fn headers_are_found_whatever_their_case() {
        let head = b"POST / HTTP/1.1\r\nIdempotency-Key: k1\r\nIdempotency: no\r\n\r\n";
        assert_eq!(header(head, b"idempotency-key"), Some(&b"k1"[..]));
        assert_eq!(header(head, b"content-length"), None);
    }
}
