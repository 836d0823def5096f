//! How registries call content: by its digest, by one of two algorithms.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256, Sha512};

use crate::id::{Digest, IdError};

/// The digest of content: `sha256:…` or `sha512:…`, in lower case.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ContentDigest {
    /// What everybody uses.
    Sha256([u8; 32]),
    /// What some use.
    Sha512([u8; 64]),
}

/// Computes a digest of content that comes in pieces.
pub enum Hasher {
    /// By sha256.
    Sha256(Sha256),
    /// By sha512.
    Sha512(Box<Sha512>),
}

impl ContentDigest {
    /// The sha256 of some bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self::Sha256(Sha256::digest(bytes).into())
    }

    /// Begins a digest by the same algorithm.
    #[must_use]
    pub fn hasher(&self) -> Hasher {
        match self {
            Self::Sha256(_) => Hasher::Sha256(Sha256::new()),
            Self::Sha512(_) => Hasher::Sha512(Box::default()),
        }
    }

    /// The digest of some bytes by the same algorithm.
    #[must_use]
    pub fn same_of(&self, bytes: &[u8]) -> Self {
        let mut hasher = self.hasher();
        hasher.add(bytes);
        hasher.end()
    }

    /// `sha256` or `sha512`.
    #[must_use]
    pub fn algorithm(&self) -> &'static str {
        match self {
            Self::Sha256(_) => "sha256",
            Self::Sha512(_) => "sha512",
        }
    }

    /// The bytes of the digest.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Sha256(bytes) => bytes,
            Self::Sha512(bytes) => bytes,
        }
    }

    /// The digits without the algorithm, for file names.
    #[must_use]
    pub fn hex(&self) -> String {
        hex(self.bytes())
    }

    /// The digest as the rest of the host names content, where it is one by sha256.
    #[must_use]
    pub fn sha256(&self) -> Option<Digest> {
        match self {
            Self::Sha256(bytes) => Some(Digest(*bytes)),
            Self::Sha512(_) => None,
        }
    }

    /// The digest that has these bytes, of which the length tells the algorithm.
    #[must_use]
    pub fn of_bytes(bytes: &[u8]) -> Option<Self> {
        let short = bytes.try_into().ok().map(Self::Sha256);
        short.or_else(|| bytes.try_into().ok().map(Self::Sha512))
    }
}

impl Hasher {
    /// Adds a piece.
    pub fn add(&mut self, bytes: &[u8]) {
        match self {
            Self::Sha256(hasher) => hasher.update(bytes),
            Self::Sha512(hasher) => hasher.update(bytes),
        }
    }

    /// The digest of all pieces.
    #[must_use]
    pub fn end(self) -> ContentDigest {
        match self {
            Self::Sha256(hasher) => ContentDigest::Sha256(hasher.finalize().into()),
            Self::Sha512(hasher) => ContentDigest::Sha512(hasher.finalize().into()),
        }
    }
}

impl From<Digest> for ContentDigest {
    fn from(digest: Digest) -> Self {
        Self::Sha256(digest.0)
    }
}

impl fmt::Display for ContentDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.algorithm(), self.hex())
    }
}

impl fmt::Debug for ContentDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for ContentDigest {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let read = || match text.split_once(':')? {
            ("sha256", digits) => unhex(digits).map(Self::Sha256),
            ("sha512", digits) => unhex(digits).map(Self::Sha512),
            _ => None,
        };
        read().ok_or_else(|| IdError::Content(text.chars().take(160).collect()))
    }
}

impl Serialize for ContentDigest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ContentDigest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// An upload under way: 128 bits that nobody guesses, as 32 digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UploadId(pub [u8; 16]);

impl fmt::Display for UploadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl fmt::Debug for UploadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl UploadId {
    /// The upload that a text names; none where it can name none.
    #[must_use]
    pub fn of_text(text: &str) -> Option<Self> {
        unhex(text).map(Self)
    }
}

fn hex(bytes: &[u8]) -> String {
    use fmt::Write as _;
    let text = String::with_capacity(bytes.len() * 2);
    bytes.iter().fold(text, |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Digits in lower case alone, and exactly as many as there have to be.
fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let mut bytes = [0; N];
    if text.len() != N * 2 {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_digest_has_one_text_alone() {
        let digest = ContentDigest::of(b"x");
        let text = digest.to_string();
        assert_eq!(text.parse(), Ok(digest));
        assert_eq!(digest.sha256(), Some(Digest::of(b"x")));
        let long = format!("sha512:{}", "0a".repeat(64));
        let long: ContentDigest = long.parse().unwrap();
        assert_eq!(long.same_of(b"x").bytes().len(), 64);
        for digest in [digest, long] {
            assert_eq!(ContentDigest::of_bytes(digest.bytes()), Some(digest));
        }
        for bad in [
            text.to_uppercase(),
            text.replace("sha256", "sha512"),
            text.replace("sha256:", "sha256:+"),
            text.replace(':', "/"),
            text[..text.len() - 1].to_owned(),
            format!("{text}0"),
            format!("md5:{}", "0".repeat(32)),
            "sha256:../../etc/passwd".to_owned(),
            String::new(),
        ] {
            assert!(bad.parse::<ContentDigest>().is_err(), "{bad}");
        }
    }

    #[test]
    fn pieces_give_the_digest_of_the_whole() {
        let whole = ContentDigest::of(b"one two");
        let mut hasher = whole.hasher();
        hasher.add(b"one ");
        hasher.add(b"two");
        assert_eq!(hasher.end(), whole);
    }

    #[test]
    fn an_upload_has_one_text_alone() {
        let upload = UploadId([7; 16]);
        assert_eq!(UploadId::of_text(&upload.to_string()), Some(upload));
        for bad in [
            "",
            "07",
            "../../../../../../../../../../aa",
            &"0A".repeat(16),
        ] {
            assert_eq!(UploadId::of_text(bad), None, "{bad}");
        }
    }
}
