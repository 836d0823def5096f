//! From bytes to characters and back to offsets. Every encoding here is strict: what can be read
//! comes of exactly one sequence of bytes, so lengths in bytes follow from characters.

use mortise_sdk::Failure;
use schemars::JsonSchema;
use serde::Deserialize;

/// How text stands in a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Encoding {
    /// UTF-8, with or without a byte order mark.
    #[default]
    #[serde(rename = "utf-8")]
    Utf8,
    /// What Windows calls ANSI in Western Europe.
    #[serde(rename = "windows-1252")]
    Windows1252,
    /// ISO 8859-1, also known as Latin-1.
    #[serde(rename = "latin-1")]
    Latin1,
    /// UTF-16; its byte order mark says which, and little endian without one.
    #[serde(rename = "utf-16")]
    Utf16,
    /// UTF-16, little endian.
    #[serde(rename = "utf-16le")]
    Utf16Le,
    /// UTF-16, big endian.
    #[serde(rename = "utf-16be")]
    Utf16Be,
}

const UTF8_MARK: &[u8] = &[0xef, 0xbb, 0xbf];
const UTF16LE_MARK: &[u8] = &[0xff, 0xfe];
const UTF16BE_MARK: &[u8] = &[0xfe, 0xff];

impl Encoding {
    /// What the first bytes make of it, and how many of them are a byte order mark.
    pub(crate) fn begin(self, head: &[u8]) -> Result<(Self, u64), Failure> {
        let marked = |encoding: Self, mark: &[u8]| {
            let length = if head.starts_with(mark) {
                mark.len()
            } else {
                0
            };
            Ok((encoding, length as u64))
        };
        match self {
            Self::Utf8 if head.starts_with(UTF16LE_MARK) || head.starts_with(UTF16BE_MARK) => {
                let why = "it begins with the byte order mark of UTF-16: say `encoding: utf-16`";
                Err(Failure::reject(why).with_field("/encoding"))
            }
            Self::Utf8 => marked(Self::Utf8, UTF8_MARK),
            Self::Utf16 if head.starts_with(UTF16BE_MARK) => marked(Self::Utf16Be, UTF16BE_MARK),
            Self::Utf16 | Self::Utf16Le => marked(Self::Utf16Le, UTF16LE_MARK),
            Self::Utf16Be => marked(Self::Utf16Be, UTF16BE_MARK),
            Self::Windows1252 | Self::Latin1 => Ok((self, 0)),
        }
    }

    /// Appends what the bytes mean and gives how many of them that took. What remains is a character
    /// that is not whole yet, or one that is none: the second value says which.
    pub(crate) fn decode(self, bytes: &[u8], out: &mut String) -> (usize, bool) {
        match self {
            Self::Utf8 => utf8(bytes, out),
            Self::Windows1252 => {
                out.extend(bytes.iter().map(|byte| windows_1252(*byte)));
                (bytes.len(), false)
            }
            Self::Latin1 => {
                out.extend(bytes.iter().map(|byte| char::from(*byte)));
                (bytes.len(), false)
            }
            Self::Utf16 | Self::Utf16Le => utf16(bytes, out, u16::from_le_bytes),
            Self::Utf16Be => utf16(bytes, out, u16::from_be_bytes),
        }
    }

    /// How many bytes a decoded text was.
    pub(crate) fn length(self, text: &str) -> u64 {
        (match self {
            Self::Utf8 => text.len(),
            Self::Windows1252 | Self::Latin1 => text.chars().count(),
            Self::Utf16 | Self::Utf16Le | Self::Utf16Be => 2 * text.encode_utf16().count(),
        }) as u64
    }

    /// For people.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Windows1252 => "windows-1252",
            Self::Latin1 => "latin-1",
            Self::Utf16 | Self::Utf16Le | Self::Utf16Be => "UTF-16",
        }
    }
}

fn utf8(bytes: &[u8], out: &mut String) -> (usize, bool) {
    let (valid, is_broken) = match std::str::from_utf8(bytes) {
        Ok(text) => {
            out.push_str(text);
            return (bytes.len(), false);
        }
        Err(error) => (error.valid_up_to(), error.error_len().is_some()),
    };
    // What was found valid is so.
    out.push_str(std::str::from_utf8(&bytes[..valid]).unwrap_or_default());
    (valid, is_broken)
}

fn utf16(bytes: &[u8], out: &mut String, unit: fn([u8; 2]) -> u16) -> (usize, bool) {
    let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    let mut used = 0;
    for decoded in char::decode_utf16(units) {
        match decoded {
            Ok(c) => {
                out.push(c);
                used += 2 * c.len_utf16();
            }
            Err(error) => {
                let is_high = (0xd800..0xdc00).contains(&error.unpaired_surrogate());
                return (used, !is_high || used + 4 <= bytes.len());
            }
        }
    }
    (used, false)
}

/// The WHATWG's table: bytes without a meaning are the control characters of their number.
fn windows_1252(byte: u8) -> char {
    const FROM_80: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž',
        '\u{8f}', '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}',
        'ž', 'Ÿ',
    ];
    match byte {
        0x80..=0x9f => FROM_80[usize::from(byte - 0x80)],
        _ => char::from(byte),
    }
}
