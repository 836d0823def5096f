//! Which signatures count.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mortise_model::Digest;
use ring::rand::SecureRandom;

use super::{
    Algorithm, KeyError, KeyId, Payload, PublicKey, SIGNATURES_MAX, SignatureError, Signed,
    SigningKey,
};

/// What should be signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The digest of its manifest.
    pub digest: Digest,
    /// Where it lies: `host[:port]/namespace/name`.
    pub reference: String,
}

/// A signature that counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Whose.
    pub key: KeyId,
    /// What that key is for.
    pub algorithm: Algorithm,
    /// What it is for, as it was signed.
    pub reference: String,
}

impl Subject {
    /// Signs it.
    ///
    /// # Errors
    /// Where there is no randomness.
    pub fn sign(&self, key: &SigningKey, random: &dyn SecureRandom) -> Result<Signed, KeyError> {
        let payload = Payload {
            reference: self.reference.clone(),
            digest: self.digest,
        };
        let signature = key.sign(&payload.to_bytes(), random)?;
        Ok(Signed::new(&payload, signature))
    }

    /// Whether a signature for `reference` is one for this place. The host is left out: a registry
    /// has more than one name, and a copy in another one is the same plugin.
    fn is_at(&self, reference: &str) -> bool {
        repository(&self.reference) == repository(reference)
    }
}

/// The part of a reference after its host.
fn repository(reference: &str) -> &str {
    reference
        .split_once('/')
        .map_or(reference, |(_, path)| path)
}

/// The signatures of a subject that were made by one of these keys; at least one.
///
/// What a signature says is looked at only once it is known who made it. Where none counts, the
/// error tells what is wrong with the one that came nearest.
///
/// # Errors
/// Where none counts.
pub fn verify(
    subject: &Subject,
    signed: &[Signed],
    keys: &[PublicKey],
) -> Result<Vec<Verified>, SignatureError> {
    if keys.is_empty() {
        return Err(SignatureError::NoKeys);
    }
    if signed.is_empty() {
        return Err(SignatureError::Unsigned(subject.digest));
    }
    if signed.len() > SIGNATURES_MAX {
        return Err(SignatureError::TooMany);
    }
    let mut verified: Vec<Verified> = Vec::new();
    let mut nearest = None;
    for one in signed {
        let made_by = |key: &&PublicKey| key.has_signed(&one.payload, &one.signature);
        let Some(key) = keys.iter().find(made_by) else {
            continue;
        };
        match says(subject, &one.payload) {
            Ok(reference) => verified.push(Verified {
                key: key.id(),
                algorithm: key.algorithm(),
                reference,
            }),
            Err(error) => nearest = Some(error),
        }
    }
    if !verified.is_empty() {
        return Ok(verified);
    }
    Err(nearest.unwrap_or_else(|| SignatureError::OtherKey {
        digest: subject.digest,
        keys: keys.iter().map(PublicKey::id).collect(),
    }))
}

/// What a payload by a trusted key is for, if that is the subject.
fn says(subject: &Subject, payload: &[u8]) -> Result<String, SignatureError> {
    let payload = Payload::read(payload)?;
    if payload.digest != subject.digest {
        return Err(SignatureError::OtherArtifact {
            digest: subject.digest,
            signed: payload.digest,
        });
    }
    if !subject.is_at(&payload.reference) {
        return Err(SignatureError::OtherReference {
            wanted: subject.reference.clone(),
            signed: payload.reference,
        });
    }
    Ok(payload.reference)
}

/// Signs the bytes of a file: a line of base64.
///
/// # Errors
/// Where there is no randomness.
pub fn sign_bytes(
    bytes: &[u8],
    key: &SigningKey,
    random: &dyn SecureRandom,
) -> Result<String, KeyError> {
    Ok(STANDARD.encode(key.sign(bytes, random)?) + "\n")
}

/// Which of these keys made the signature of a file.
///
/// # Errors
/// Where none did.
pub fn verify_bytes<'a>(
    bytes: &[u8],
    signature: &[u8],
    keys: &'a [PublicKey],
) -> Result<&'a PublicKey, SignatureError> {
    if keys.is_empty() {
        return Err(SignatureError::NoKeys);
    }
    let text = signature.trim_ascii();
    let decoded = STANDARD
        .decode(text)
        .map_err(|error| SignatureError::Damaged(format!("it is no line of base64: {error}")))?;
    let key = keys.iter().find(|key| key.has_signed(bytes, &decoded));
    key.ok_or_else(|| SignatureError::OtherKey {
        digest: Digest::of(bytes),
        keys: keys.iter().map(PublicKey::id).collect(),
    })
}
