//! Names and identifiers.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};
use thiserror::Error;
use ulid::Ulid;

/// Why a text is no identifier.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum IdError {
    /// A run id is not a ULID.
    #[error("`{0}` is not a run id (a ULID of 26 characters)")]
    Run(String),
    /// A digest is not `sha256:` and 64 hexadecimal digits.
    #[error("`{0}` is not a digest (`sha256:` and 64 hexadecimal digits)")]
    Digest(String),
    /// A digest of content is written in another way.
    #[error(
        "`{0}` is not a digest (`sha256:` and 64 hexadecimal digits in lower case, or `sha512:` and 128)"
    )]
    Content(String),
    /// A name has characters that names may not have.
    #[error(
        "`{0}` is not a name: it takes lower-case letters, digits, `-` and `_`, and starts with a letter"
    )]
    Name(String),
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The text of the identifier.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.into())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_id!(
    /// The team that owns workflows, connections, plugins and tokens.
    Namespace
);
text_id!(
    /// A workflow's name, unique within its namespace.
    WorkflowName
);
text_id!(
    /// A connection's name, unique within its namespace.
    ConnectionName
);
text_id!(
    /// Where a step stands in a run: `notify`, `lines[3].post`.
    StepPath
);

text_id!(
    /// A token's identifier: a ULID, which opens nothing.
    TokenId
);

text_id!(
    /// A repository of the registry: `team/invoices`. Its first part is the namespace.
    Repository
);
text_id!(
    /// A name for a manifest within a repository: `1.2.0`.
    Tag
);

impl Repository {
    /// Whose it is.
    #[must_use]
    pub fn namespace(&self) -> Namespace {
        let first = self.as_str().split('/').next();
        Namespace::from(first.unwrap_or_default())
    }
}

impl TokenId {
    /// Makes an identifier of a time in milliseconds and 80 random bits.
    #[must_use]
    pub fn from_parts(at_ms: u64, random: u128) -> Self {
        Self(Ulid::from_parts(at_ms, random).to_string().into())
    }
}

impl Namespace {
    /// The longest name in bytes: it is part of every key.
    pub const LENGTH_MAX: usize = 63;

    /// The namespace that is there until an operator makes others.
    #[must_use]
    pub fn default_namespace() -> Self {
        Self::from("default")
    }

    /// Whether it is that one.
    #[must_use]
    pub fn is_default(&self) -> bool {
        self.as_str() == "default"
    }

    /// Where a webhook of this namespace is served below `/hooks`: only those of the first one have
    /// their path to themselves.
    #[must_use]
    pub fn hook_path(&self, path: &str) -> String {
        match self.is_default() {
            true => path.to_owned(),
            false => format!("/{self}{path}"),
        }
    }
}

/// Whether a text may name a workflow, connection or namespace.
#[must_use]
pub fn is_name(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_lowercase())
        && text.len() <= Namespace::LENGTH_MAX
        && bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_')
}

/// A run's identifier: a ULID, so runs sort by the time of their acceptance.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunId(pub Ulid);

impl RunId {
    /// The 16 bytes that keys are made of; they sort as the text does.
    #[must_use]
    pub fn to_bytes(self) -> [u8; 16] {
        self.0.to_bytes()
    }

    /// The inverse of [`RunId::to_bytes`].
    #[must_use]
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Ulid::from_bytes(bytes))
    }

    /// Makes an identifier of a time in milliseconds and 80 random bits.
    #[must_use]
    pub fn from_parts(at_ms: u64, random: u128) -> Self {
        Self(Ulid::from_parts(at_ms, random))
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl FromStr for RunId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        Ulid::from_string(text)
            .map(Self)
            .map_err(|_| IdError::Run(text.to_owned()))
    }
}

impl Serialize for RunId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for RunId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

/// A sha256, written `sha256:…`: of a plugin's bytes, a plan, a payload.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// The digest of some bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The 64 hexadecimal digits without the prefix, for file names.
    #[must_use]
    pub fn hex(&self) -> String {
        use fmt::Write as _;
        self.0
            .iter()
            .fold(String::with_capacity(64), |mut text, byte| {
                let _ = write!(text, "{byte:02x}");
                text
            })
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256:{}", self.hex())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Digest {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let error = || IdError::Digest(text.to_owned());
        let hex = text.strip_prefix("sha256:").ok_or_else(error)?;
        if hex.len() != 64 || !hex.is_ascii() {
            return Err(error());
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(hex.as_bytes().chunks(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| error())?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| error())?;
        }
        Ok(Self(bytes))
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

/// The key that every attempt of one turn of one step of one run carries to the application. A run
/// that was replayed with an edited event is another request, so it gets another key.
#[must_use]
pub fn idempotency_key(run: RunId, step: &StepPath, turn: u32, edits: u32) -> String {
    match edits {
        0 => format!("{run}.{step}.{turn}"),
        edits => format!("{run}.{step}.{turn}.{edits}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_survives_its_text() {
        let digest = Digest::of(b"mortise");
        assert_eq!(digest.to_string().parse(), Ok(digest));
        assert!("sha256:12".parse::<Digest>().is_err());
        assert!("md5:00".parse::<Digest>().is_err());
    }

    #[test]
    fn names_are_lower_case_and_short() {
        assert!(is_name("order-to-invoice"));
        for bad in ["", "1st", "Order", "a b", "-a", &"a".repeat(64)] {
            assert!(!is_name(bad), "{bad}");
        }
    }

    #[test]
    fn run_ids_sort_by_time() {
        let run = RunId::from_parts(1, u128::MAX);
        assert!(run < RunId::from_parts(2, 0));
        assert_eq!(format!("{run:?}"), run.to_string());
    }
}
