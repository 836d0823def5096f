#![allow(clippy::unwrap_used, clippy::expect_used)]

use mortise_sdk::fake::{Host, Installed};
use mortise_sdk::files::File;
use serde_json::json;

use super::*;

fn file(bytes: &[u8]) -> (Input, Installed) {
    let host = Host::new().file("f", "text/plain", bytes).install();
    (Input::File(File { id: "f".to_owned() }), host)
}

fn whole(bytes: &[u8], encoding: Encoding) -> Result<String, Failure> {
    let (input, _host) = file(bytes);
    let mut pieces = Pieces::open(input, encoding)?;
    while pieces.more()? {}
    Ok(pieces.ahead().to_owned())
}

/// Longer than a piece, with characters of every length in UTF-8 and UTF-16, so that they lie across the seams.
fn long() -> String {
    "aé€😀\n".repeat(60_000)
}

fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(bytes).collect()
}

#[test]
fn characters_across_pieces_are_whole() {
    let text = long();
    assert!(text.len() > 2 * PIECE_BYTES as usize);
    assert_eq!(whole(text.as_bytes(), Encoding::Utf8).unwrap(), text);
    let little = utf16(&text, u16::to_le_bytes);
    assert_eq!(whole(&little, Encoding::Utf16).unwrap(), text);
    assert_eq!(whole(&little, Encoding::Utf16Le).unwrap(), text);
    let big = utf16(&format!("\u{feff}{text}"), u16::to_be_bytes);
    assert_eq!(whole(&big, Encoding::Utf16).unwrap(), text);
}

#[test]
fn every_place_can_be_gone_on_from() {
    for (bytes, encoding) in [
        (long().into_bytes(), Encoding::Utf8),
        (utf16(&long(), u16::to_le_bytes), Encoding::Utf16),
    ] {
        let (input, _host) = file(&bytes);
        let mut pieces = Pieces::open(input.clone(), encoding).unwrap();
        pieces.more().unwrap();
        pieces.consume("aé€😀\na".len());
        let place = pieces.place();
        assert_eq!(place.line, 2);
        let mut again = Pieces::open(input, encoding).unwrap().from(place);
        again.more().unwrap();
        assert!(again.ahead().starts_with("é€😀\na"));
    }
}

#[test]
fn marks_are_left_out_and_single_bytes_are_known() {
    assert_eq!(whole(b"\xef\xbb\xbfa", Encoding::Utf8).unwrap(), "a");
    assert_eq!(
        whole(b"\x80 \xe9\x9d", Encoding::Windows1252).unwrap(),
        "€ é\u{9d}"
    );
    assert_eq!(whole(b"\xa4\xe9", Encoding::Latin1).unwrap(), "¤é");
    let failure = whole(b"\xff\xfea\0", Encoding::Utf8).unwrap_err();
    assert!(
        failure.message.contains("`encoding: utf-16`"),
        "{}",
        failure.message
    );
}

#[test]
fn what_is_no_text_is_told_with_its_place() {
    for (bytes, encoding, expected) in [
        (
            &b"ab\nc\xe9d"[..],
            Encoding::Utf8,
            "byte 5 on line 2 is not UTF-8: say its encoding",
        ),
        (
            &b"ab\xe2\x82"[..],
            Encoding::Utf8,
            "byte 3 on line 1 is not UTF-8",
        ),
        (
            &b"a\0\n"[..],
            Encoding::Utf16,
            "byte 3 on line 1 is not UTF-16",
        ),
        (
            &b"a\0\0\xd8b\0"[..],
            Encoding::Utf16,
            "byte 3 on line 1 is not UTF-16",
        ),
        (
            &b"a\0\0\xd8"[..],
            Encoding::Utf16,
            "byte 3 on line 1 is not UTF-16",
        ),
    ] {
        let message = whole(bytes, encoding).unwrap_err().message;
        assert!(message.starts_with(expected), "{message}");
    }
}

#[test]
fn an_input_is_a_text_or_a_file() {
    let read = |value| serde_json::from_value::<Input>(value);
    assert_eq!(read(json!("x")).unwrap(), Input::Text("x".to_owned()));
    let named = json!({ "$file": "f", "name": "a.csv", "size_bytes": 3 });
    assert!(matches!(read(named).unwrap(), Input::File(_)));
    let error = read(json!(5)).unwrap_err().to_string();
    assert!(error.contains("a text, or a file of the run"), "{error}");
}

#[test]
fn no_more_than_the_limit_is_given_after_a_mark() {
    let (input, _host) = file(&vec![b'x'; 3 * PIECE_BYTES as usize]);
    let pieces = Pieces::open(input, Encoding::Utf8).unwrap();
    let mut pieces = pieces.limit(PIECE_BYTES as usize, "too long");
    let error = io::Read::read_to_end(&mut pieces, &mut Vec::new()).unwrap_err();
    assert_eq!(error.to_string(), "too long before line 1");
    assert_eq!(pieces.take_failure().unwrap().message, error.to_string());
}
