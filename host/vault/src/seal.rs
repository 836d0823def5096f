//! Secrets at rest: XChaCha20-Poly1305 under a random data key, which is kept wrapped by the key from
//! outside. What a text belongs to is bound to it: sealed bytes that are moved to another place, or
//! put back after a change, do not open.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305, XNonce};
use mortise_model::{ConnectionName, Namespace};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::key::{KEY_BYTES, KeyError, MasterKey, random};

/// Bytes of a nonce: so many that random ones never meet.
const NONCE_BYTES: usize = 24;
/// What the wrapped data key is bound to.
const DATA_KEY: &[u8] = b"mortise data key 1";

/// The key of a store's secrets. It never leaves the process unwrapped.
pub(crate) struct DataKey(Zeroizing<[u8; KEY_BYTES]>);

/// What a sealed secret belongs to.
pub(crate) struct About<'a> {
    pub namespace: &'a Namespace,
    pub connection: &'a ConnectionName,
    /// The name of the secret in its scheme.
    pub field: &'a str,
    /// Counts up with each rotation.
    pub version: u64,
}

/// Why something was not sealed or opened.
#[derive(Debug, Error)]
pub enum SealError {
    /// The key is another one than that it was sealed with, or the bytes were changed.
    #[error("the key does not open it: it was sealed with another one, or was changed")]
    Closed,
    /// There is no randomness.
    #[error(transparent)]
    Key(#[from] KeyError),
}

impl DataKey {
    pub fn new() -> Result<Self, SealError> {
        Ok(Self(random()?))
    }

    /// In base64, as it is kept.
    pub fn wrap(&self, key: &MasterKey) -> Result<String, SealError> {
        encrypt(&key.0, DATA_KEY, self.0.as_slice())
    }

    pub fn unwrap(text: &str, key: &MasterKey) -> Result<Self, SealError> {
        let bytes = decrypt(&key.0, DATA_KEY, text)?;
        let bytes = bytes.as_slice().try_into().map_err(|_| SealError::Closed)?;
        Ok(Self(Zeroizing::new(bytes)))
    }

    /// In base64, as it is kept.
    pub fn seal(&self, about: &About<'_>, secret: &[u8]) -> Result<String, SealError> {
        encrypt(&self.0, &about.bytes(), secret)
    }

    pub fn open(&self, about: &About<'_>, text: &str) -> Result<Zeroizing<Vec<u8>>, SealError> {
        decrypt(&self.0, &about.bytes(), text)
    }
}

impl About<'_> {
    /// Each part with its length before it, so that none can run into the next.
    fn bytes(&self) -> Vec<u8> {
        let mut bytes = b"mortise secret 1".to_vec();
        for part in [
            self.namespace.as_str(),
            self.connection.as_str(),
            self.field,
        ] {
            bytes.extend((part.len() as u64).to_be_bytes());
            bytes.extend(part.as_bytes());
        }
        bytes.extend(self.version.to_be_bytes());
        bytes
    }
}

fn encrypt(key: &[u8; KEY_BYTES], aad: &[u8], msg: &[u8]) -> Result<String, SealError> {
    let nonce = random::<NONCE_BYTES>()?;
    let cipher = XChaCha20Poly1305::new(key.into());
    let sealed = cipher
        .encrypt(XNonce::from_slice(nonce.as_slice()), Payload { msg, aad })
        .map_err(|_| SealError::Closed)?;
    Ok(STANDARD.encode([nonce.as_slice(), &sealed].concat()))
}

fn decrypt(key: &[u8; KEY_BYTES], aad: &[u8], text: &str) -> Result<Zeroizing<Vec<u8>>, SealError> {
    let bytes = STANDARD.decode(text).map_err(|_| SealError::Closed)?;
    let (nonce, msg) = bytes
        .split_at_checked(NONCE_BYTES)
        .ok_or(SealError::Closed)?;
    XChaCha20Poly1305::new(key.into())
        .decrypt(XNonce::from_slice(nonce), Payload { msg, aad })
        .map(Zeroizing::new)
        .map_err(|_| SealError::Closed)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::key::tests::key;

    #[test]
    fn a_sealed_secret_opens_only_where_it_belongs() {
        let (team, other) = (Namespace::from("team"), Namespace::from("other"));
        let (shop, mail) = (ConnectionName::from("shop"), ConnectionName::from("mail"));
        let data = DataKey::new().unwrap();
        let about = |namespace, connection, field, version| About {
            namespace,
            connection,
            field,
            version,
        };
        let here = about(&team, &shop, "token", 1);
        let sealed = data.seal(&here, b"canary").unwrap();
        assert_eq!(*data.open(&here, &sealed).unwrap(), b"canary");
        assert_ne!(sealed, data.seal(&here, b"canary").unwrap(), "a new nonce");
        for elsewhere in [
            about(&other, &shop, "token", 1),
            about(&team, &mail, "token", 1),
            about(&team, &shop, "toke", 1),
            about(&team, &shop, "token", 2),
        ] {
            assert!(data.open(&elsewhere, &sealed).is_err());
        }
        let strange = DataKey::new().unwrap();
        assert!(strange.open(&here, &sealed).is_err());
        let mut changed = STANDARD.decode(&sealed).unwrap();
        *changed.last_mut().unwrap() ^= 1;
        assert!(data.open(&here, &STANDARD.encode(changed)).is_err());
        assert!(data.open(&here, "").is_err());
    }

    #[test]
    fn a_data_key_is_unwrapped_by_the_key_that_wrapped_it() {
        let data = DataKey::new().unwrap();
        let wrapped = data.wrap(&key(1)).unwrap();
        assert_eq!(DataKey::unwrap(&wrapped, &key(1)).unwrap().0, data.0);
        let wrong = DataKey::unwrap(&wrapped, &key(2)).map(|_| ());
        assert!(matches!(wrong, Err(SealError::Closed)));
    }
}
