//! The document that is signed.

use mortise_model::Digest;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{PAYLOAD_MAX_BYTES, SignatureError};

/// What a signature says: this manifest, at this place. It is signed byte for byte, so whoever
/// verifies reads the bytes that were signed and no others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payload {
    /// `host[:port]/namespace/name`.
    pub reference: String,
    /// The digest of the manifest.
    pub digest: Digest,
}

const KIND: &str = "cosign container image signature";

#[derive(Serialize, Deserialize)]
struct Written {
    critical: Critical,
    /// Whoever signed may have put anything there; it says nothing that counts.
    #[serde(default)]
    optional: Value,
}

#[derive(Serialize, Deserialize)]
struct Critical {
    identity: Identity,
    image: Image,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Serialize, Deserialize)]
struct Identity {
    #[serde(rename = "docker-reference")]
    reference: String,
}

#[derive(Serialize, Deserialize)]
struct Image {
    #[serde(rename = "docker-manifest-digest")]
    digest: String,
}

impl Payload {
    /// The bytes that are signed.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let written = Written {
            critical: Critical {
                identity: Identity {
                    reference: self.reference.clone(),
                },
                image: Image {
                    digest: self.digest.to_string(),
                },
                kind: KIND.to_owned(),
            },
            optional: Value::Null,
        };
        serde_json::to_vec(&written).unwrap_or_default()
    }

    /// Reads bytes that somebody signed.
    ///
    /// # Errors
    /// Where they say something else.
    pub fn read(bytes: &[u8]) -> Result<Self, SignatureError> {
        if bytes.len() > PAYLOAD_MAX_BYTES {
            return Err(SignatureError::TooLarge);
        }
        let damaged = |why: String| SignatureError::Damaged(format!("its payload {why}"));
        let written: Written = serde_json::from_slice(bytes)
            .map_err(|error| damaged(format!("cannot be read: {error}")))?;
        let Critical {
            identity,
            image,
            kind,
        } = written.critical;
        if kind != KIND {
            return Err(damaged(format!("is of the kind `{kind}`, not `{KIND}`")));
        }
        let digest = image.digest.parse().map_err(|error| {
            damaged(format!(
                "names no manifest in `docker-manifest-digest`: {error}"
            ))
        })?;
        Ok(Self {
            reference: identity.reference,
            digest,
        })
    }
}
