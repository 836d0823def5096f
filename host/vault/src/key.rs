//! The key that comes from outside of the data folder: whoever has only the folder can read no secret.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rand::TryRngCore as _;
use thiserror::Error;
use zeroize::{Zeroize as _, Zeroizing};

/// Bytes of a key.
pub const KEY_BYTES: usize = 32;

/// The key-encryption key: it opens the data key of a store and nothing else.
#[derive(Clone)]
pub struct MasterKey(pub(crate) Zeroizing<[u8; KEY_BYTES]>);

/// Why there is no key.
#[derive(Debug, Error)]
pub enum KeyError {
    /// The file is not there or cannot be read.
    #[error("the key file `{}` cannot be read: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file holds something else.
    #[error(
        "the key file `{}` does not hold {KEY_BYTES} bytes in base64: `openssl rand -base64 32` makes such a line",
        path.display()
    )]
    NoKey {
        /// The file.
        path: PathBuf,
    },
    /// The system has no randomness.
    #[error("the system has no randomness: {0}")]
    NoRandomness(String),
}

impl MasterKey {
    /// Reads a file with 32 bytes in base64. Blocks.
    ///
    /// # Errors
    /// Where the file cannot be read or holds something else. Its content is never in the words.
    pub fn of_file(path: &Path) -> Result<Self, KeyError> {
        let text = fs::read(path).map_err(|source| KeyError::Unreadable {
            path: path.to_owned(),
            source,
        })?;
        let text = Zeroizing::new(text);
        Self::of_text(text.trim_ascii()).ok_or_else(|| KeyError::NoKey {
            path: path.to_owned(),
        })
    }

    fn of_text(text: &[u8]) -> Option<Self> {
        let bytes = Zeroizing::new(STANDARD.decode(text).ok()?);
        let key: [u8; KEY_BYTES] = bytes.as_slice().try_into().ok()?;
        Some(Self(Zeroizing::new(key)))
    }
}

/// So many bytes that nobody guesses.
///
/// # Errors
/// Where the system has none to give.
pub(crate) fn random<const N: usize>() -> Result<Zeroizing<[u8; N]>, KeyError> {
    let mut bytes = Zeroizing::new([0; N]);
    rand::rngs::OsRng
        .try_fill_bytes(bytes.as_mut_slice())
        .map_err(|error| {
            bytes.zeroize();
            KeyError::NoRandomness(error.to_string())
        })?;
    Ok(bytes)
}

#[cfg(test)]
pub(crate) mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// A key that is told from others by a byte.
    pub fn key(byte: u8) -> MasterKey {
        MasterKey(Zeroizing::new([byte; KEY_BYTES]))
    }

    #[test]
    fn a_file_holds_one_key_in_base64() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        fs::write(&path, format!("  {}\n", STANDARD.encode([7; KEY_BYTES]))).unwrap();
        assert_eq!(*MasterKey::of_file(&path).unwrap().0, [7; KEY_BYTES]);
        for bad in ["", "short", &STANDARD.encode([7; 31]), "not base64 at all!"] {
            fs::write(&path, bad).unwrap();
            let error = MasterKey::of_file(&path).map(|_| ()).unwrap_err();
            assert!(matches!(error, KeyError::NoKey { .. }), "{error}");
            assert!(
                bad.is_empty() || !error.to_string().contains(bad),
                "{error}"
            );
        }
        let missing = MasterKey::of_file(&folder.path().join("none")).map(|_| ());
        assert!(matches!(missing, Err(KeyError::Unreadable { .. })));
    }
}
