//! The header block of an HTTP/1 request, read strictly: whatever two readers could understand in two
//! ways is refused, so that nobody in front of this listener takes one request for two.

use super::flaw::Flaw;

/// What bounds a header block.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Its bytes, the request line included.
    pub bytes_max: usize,
    /// Its lines, the request line not included.
    pub lines_max: usize,
}

/// How long the body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// So many bytes.
    Sized(u64),
    /// Until the last chunk.
    Chunked,
}

/// Looks for the end of a header block while its bytes come, each of them once.
#[derive(Clone, Copy, Debug, Default)]
pub struct Scan {
    seen: usize,
    line: usize,
    lines: usize,
}

/// More digits than any body has, and few enough for a `u64`.
const LENGTH_DIGITS_MAX: usize = 15;

impl Scan {
    /// The length of the header block at the beginning of these bytes, which are those of the last
    /// look and more; none while its end is missing.
    ///
    /// # Errors
    /// Where it is larger than allowed, or a line ends in a line feed alone.
    pub fn look(&mut self, bytes: &[u8], bounds: Bounds) -> Result<Option<usize>, Flaw> {
        let too_large = Flaw::HeaderTooLarge(bounds.bytes_max);
        while let Some(at) = bytes[self.seen..].iter().position(|byte| *byte == b'\n') {
            let at = self.seen + at;
            if at >= bounds.bytes_max {
                return Err(too_large);
            }
            if at == self.line || bytes[at - 1] != b'\r' {
                return Err(Flaw::BareLineFeed);
            }
            let is_empty = at - 1 == self.line;
            (self.seen, self.line) = (at + 1, at + 1);
            if is_empty {
                return Ok(Some(at + 1));
            }
            self.lines += 1;
            if self.lines > bounds.lines_max + 1 {
                return Err(Flaw::TooManyHeaders(bounds.lines_max));
            }
        }
        self.seen = bytes.len();
        match self.seen < bounds.bytes_max {
            true => Ok(None),
            false => Err(too_large),
        }
    }
}

/// How long the body is that follows a whole header block.
///
/// # Errors
/// Where the block is not written as it has to be.
pub fn framing(block: &[u8]) -> Result<Framing, Flaw> {
    let mut lines = block.split(|byte| *byte == b'\n').map(|line| {
        // Each line ends in both, or the scan had refused it.
        line.strip_suffix(b"\r").unwrap_or(line)
    });
    let is_11 = request_line(lines.next().unwrap_or_default())?;
    let (mut hosts, mut length, mut is_chunked) = (0, None, false);
    for line in lines.take_while(|line| !line.is_empty()) {
        let (name, value) = header(line)?;
        if name.eq_ignore_ascii_case(b"host") {
            hosts += 1;
        } else if name.eq_ignore_ascii_case(b"content-length") {
            let first = length.replace(digits(value).ok_or(Flaw::Length)?);
            if first.is_some() {
                return Err(Flaw::Length);
            }
        } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
            if is_chunked || !is_11 || !value.eq_ignore_ascii_case(b"chunked") {
                return Err(Flaw::Coding);
            }
            is_chunked = true;
        }
    }
    if hosts > 1 || (hosts == 0 && is_11) {
        return Err(Flaw::Host);
    }
    match (length, is_chunked) {
        (Some(_), true) => Err(Flaw::TwoLengths),
        (None, true) => Ok(Framing::Chunked),
        (length, false) => Ok(Framing::Sized(length.unwrap_or(0))),
    }
}

/// Whether it is one of HTTP/1.1; else it is one of HTTP/1.0.
fn request_line(line: &[u8]) -> Result<bool, Flaw> {
    let mut parts = line.split(|byte| *byte == b' ');
    let (method, target, version) = (parts.next(), parts.next(), parts.next());
    let is_method = method.is_some_and(is_token);
    let is_target =
        target.is_some_and(|text| !text.is_empty() && text.iter().all(u8::is_ascii_graphic));
    match version {
        Some(b"HTTP/1.1") if is_method && is_target && parts.next().is_none() => Ok(true),
        Some(b"HTTP/1.0") if is_method && is_target && parts.next().is_none() => Ok(false),
        _ => Err(Flaw::RequestLine),
    }
}

fn header(line: &[u8]) -> Result<(&[u8], &[u8]), Flaw> {
    if matches!(line.first(), Some(b' ' | b'\t')) {
        return Err(Flaw::Folded);
    }
    let colon = line.iter().position(|byte| *byte == b':');
    let (name, value) = line.split_at(colon.ok_or(Flaw::HeaderLine)?);
    let value = value.get(1..).unwrap_or_default();
    let is_text = |byte: &u8| matches!(byte, b'\t' | b' '..=b'~' | 0x80..);
    match is_token(name) && value.iter().all(is_text) {
        true => Ok((name, value.trim_ascii())),
        false => Err(Flaw::HeaderLine),
    }
}

/// A `token` of RFC 9110.
fn is_token(text: &[u8]) -> bool {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
    !text.is_empty() && text.iter().all(is_part)
}

/// A number without a sign, spaces or commas.
fn digits(text: &[u8]) -> Option<u64> {
    // An empty text is none: it does not parse.
    let is_number = text.len() <= LENGTH_DIGITS_MAX && text.iter().all(u8::is_ascii_digit);
    let text = std::str::from_utf8(text).ok().filter(|_| is_number);
    text.and_then(|text| text.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: Bounds = Bounds {
        bytes_max: 200,
        lines_max: 3,
    };

    fn read(text: &str) -> Result<Option<Framing>, Flaw> {
        let mut scan = Scan::default();
        let whole = scan.look(text.as_bytes(), BOUNDS)?;
        whole
            .map(|length| framing(&text.as_bytes()[..length]))
            .transpose()
    }

    #[test]
    fn a_block_says_how_long_its_body_is() {
        let sized = |length| Ok(Some(Framing::Sized(length)));
        for (lines, expected) in [
            ("", sized(0)),
            ("content-length: 0\r\n", sized(0)),
            ("Content-Length:12\t\r\n", sized(12)),
            ("Transfer-Encoding: Chunked\r\n", Ok(Some(Framing::Chunked))),
        ] {
            let text = format!("POST /hooks/a?b=c HTTP/1.1\r\nHost: h\r\n{lines}\r\nrest");
            assert_eq!(read(&text), expected, "{lines}");
        }
        assert_eq!(read("GET / HTTP/1.0\r\n\r\n"), sized(0));
        assert_eq!(read("GET / HTTP/1.1\r\nhost: h\r\n"), Ok(None));
    }

    #[test]
    fn what_two_readers_could_understand_in_two_ways_is_refused() {
        for (lines, expected) in [
            ("content-length: 1\r\ncontent-length: 1", Flaw::Length),
            ("content-length: 1\r\ncontent-length: 2", Flaw::Length),
            ("content-length: 1, 1", Flaw::Length),
            ("content-length: +1", Flaw::Length),
            ("content-length: 0x1", Flaw::Length),
            ("content-length:", Flaw::Length),
            ("content-length: 99999999999999999999", Flaw::Length),
            (
                "content-length: 1\r\ntransfer-encoding: chunked",
                Flaw::TwoLengths,
            ),
            (
                "transfer-encoding: chunked\r\ncontent-length: 1",
                Flaw::TwoLengths,
            ),
            ("transfer-encoding: chunked, identity", Flaw::Coding),
            ("transfer-encoding: gzip, chunked", Flaw::Coding),
            (
                "transfer-encoding: chunked\r\ntransfer-encoding: chunked",
                Flaw::Coding,
            ),
            ("transfer-encoding: \u{b}chunked", Flaw::HeaderLine),
            ("transfer-encoding : chunked", Flaw::HeaderLine),
            ("a: b\r\n c", Flaw::Folded),
            (" a: b", Flaw::Folded),
            ("a: b\nc: d", Flaw::BareLineFeed),
            ("a: b\rc: d", Flaw::HeaderLine),
            ("a: b\0", Flaw::HeaderLine),
            ("no colon", Flaw::HeaderLine),
            (": nameless", Flaw::HeaderLine),
            ("host: other", Flaw::Host),
            ("a: 1\r\nb: 2\r\nc: 3", Flaw::TooManyHeaders(3)),
        ] {
            let text = format!("POST / HTTP/1.1\r\nhost: h\r\n{lines}\r\n\r\n");
            assert_eq!(read(&text), Err(expected), "{lines:?}");
        }
    }

    #[test]
    fn a_first_line_that_is_no_request_is_refused() {
        for line in [
            "",
            "POST /",
            "POST  / HTTP/1.1",
            "POST / HTTP/1.1 ",
            "POST /a b HTTP/1.1",
            "POST / HTTP/1.2",
            "POST / http/1.1",
            "PO(ST / HTTP/1.1",
            "POST /\u{7f} HTTP/1.1",
        ] {
            let text = format!("{line}\r\nhost: h\r\n\r\n");
            assert_eq!(read(&text), Err(Flaw::RequestLine), "{line:?}");
        }
        let missing = "POST / HTTP/1.1\r\n\r\n";
        assert_eq!(read(missing), Err(Flaw::Host));
    }

    #[test]
    fn a_block_is_measured_while_it_comes() {
        let text = format!("GET / HTTP/1.1\r\nhost: {}", "h".repeat(300));
        let mut scan = Scan::default();
        for end in 0..BOUNDS.bytes_max {
            assert_eq!(scan.look(&text.as_bytes()[..end], BOUNDS), Ok(None));
        }
        let flaw = scan.look(&text.as_bytes()[..BOUNDS.bytes_max], BOUNDS);
        assert_eq!(flaw, Err(Flaw::HeaderTooLarge(200)));
    }
}
