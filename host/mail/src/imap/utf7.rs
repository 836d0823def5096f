//! Names of mailboxes in modified UTF-7 (RFC 3501, 5.1.3): `Entw&APw-rfe`.

use base64::Engine as _;
use base64::alphabet::IMAP_MUTF7;
use base64::engine::general_purpose::{GeneralPurpose, NO_PAD};

const ENGINE: GeneralPurpose = GeneralPurpose::new(&IMAP_MUTF7, NO_PAD);

/// As it stands in a command.
pub(crate) fn encode(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut rest = name;
    while let Some(first) = rest.chars().next() {
        let is_plain = |c: char| matches!(c, ' '..='~');
        if is_plain(first) {
            out.push(first);
            if first == '&' {
                out.push('-');
            }
            rest = &rest[1..];
            continue;
        }
        let end = rest.find(is_plain).unwrap_or(rest.len());
        let units: Vec<u8> = rest[..end]
            .encode_utf16()
            .flat_map(u16::to_be_bytes)
            .collect();
        out.push('&');
        out.push_str(&ENGINE.encode(units));
        out.push('-');
        rest = &rest[end..];
    }
    out
}

/// As people write it; what is not encoded in this way stays as it is.
pub(crate) fn decode(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut rest = name;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let Some((encoded, behind)) = after.split_once('-') else {
            return name.to_owned();
        };
        if encoded.is_empty() {
            out.push('&');
        } else {
            let Ok(bytes) = ENGINE.decode(encoded) else {
                return name.to_owned();
            };
            let units = bytes
                .chunks_exact(2)
                .map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
            out.extend(char::decode_utf16(units).map(|unit| unit.unwrap_or('\u{fffd}')));
        }
        rest = behind;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_encoded_and_decoded_again() {
        for (name, encoded) in [
            ("INBOX", "INBOX"),
            ("A & B", "A &- B"),
            ("Entwürfe", "Entw&APw-rfe"),
            ("~peter/mail/台北/日本語", "~peter/mail/&U,BTFw-/&ZeVnLIqe-"),
        ] {
            assert_eq!(encode(name), encoded);
            assert_eq!(decode(encoded), name);
        }
        assert_eq!(decode("a&b"), "a&b");
        assert_eq!(decode("a&!!-b"), "a&!!-b");
    }
}
