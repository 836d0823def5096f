//! The encoding that a document declares (XML 1.0, appendix F).

use mortise_sdk::Failure;
use plugin_pieces::{Encoding, Input};

/// The declaration stands in the first bytes.
const HEAD_BYTES: u32 = 256;

/// What the document says of itself; UTF-8 where it says nothing.
pub fn encoding(input: &Input) -> Result<Encoding, Failure> {
    let head = input.read(0, HEAD_BYTES)?;
    match head[..] {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => return Ok(Encoding::Utf16),
        [b'<', 0, ..] => return Ok(Encoding::Utf16Le),
        [0, b'<', ..] => return Ok(Encoding::Utf16Be),
        _ => {}
    }
    let head = String::from_utf8_lossy(&head);
    let label = head
        .trim_start_matches('\u{feff}')
        .strip_prefix("<?xml")
        .and_then(|head| head.split_once("?>"))
        .and_then(|(declaration, _)| declaration.split_once("encoding"))
        .and_then(|(_, rest)| rest.split(['"', '\'']).nth(1));
    let Some(label) = label else {
        return Ok(Encoding::Utf8);
    };
    match label.to_ascii_lowercase().as_str() {
        // Who reads it as such byte by byte has text that somebody wrote anew.
        "utf-8" | "utf8" | "us-ascii" | "ascii" | "utf-16" => Ok(Encoding::Utf8),
        "iso-8859-1" | "latin1" | "latin-1" => Ok(Encoding::Latin1),
        "windows-1252" | "cp1252" => Ok(Encoding::Windows1252),
        _ => {
            let why = format!(
                "the document is in `{label}`: known are utf-8, utf-16, iso-8859-1 and windows-1252"
            );
            Err(Failure::reject(why).with_field("/input"))
        }
    }
}
