//! The manifest that carries signatures.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mortise_model::Digest;
use serde_json::json;

use super::{
    ANNOTATION, ARTIFACT_TYPE, PAYLOAD_MAX_BYTES, PAYLOAD_MEDIA_TYPE, Payload, SIGNATURES_MAX,
    SignatureError,
};
use crate::artifact::{Blob, CONFIG_IMAGE_MEDIA_TYPE, MANIFEST_MEDIA_TYPE, Manifest};

/// The tag of the signatures of a manifest: `sha256-HEX.sig`.
#[must_use]
pub fn tag_of(digest: &Digest) -> String {
    format!("sha256-{}.sig", digest.hex())
}

/// One signature: what was signed, and the signature of that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// The bytes of a [`Payload`].
    pub payload: Vec<u8>,
    /// Their signature.
    pub signature: Vec<u8>,
}

impl Signed {
    /// Puts both together.
    #[must_use]
    pub fn new(payload: &Payload, signature: Vec<u8>) -> Self {
        Self {
            payload: payload.to_bytes(),
            signature,
        }
    }
}

/// The signatures of one artifact, ready to be kept in a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// The manifest's bytes.
    pub manifest: Vec<u8>,
    /// Their digest.
    pub digest: Digest,
    /// What the manifest needs to be there before it: its config and the payloads.
    pub blobs: Vec<(Blob, Vec<u8>)>,
}

impl Envelope {
    /// Puts signatures of an artifact into a manifest. It names the artifact as its subject, so that
    /// it is also found by way of the list of referrers.
    ///
    /// # Errors
    /// Where there are too many.
    pub fn new(subject: &Blob, signed: &[Signed]) -> Result<Self, SignatureError> {
        if signed.len() > SIGNATURES_MAX {
            return Err(SignatureError::TooMany);
        }
        let payloads: Vec<Blob> = signed
            .iter()
            .map(|one| Blob::of(PAYLOAD_MEDIA_TYPE, &one.payload))
            .collect();
        let layers = payloads.iter().zip(signed).map(|(blob, one)| {
            let mut layer = json!(blob);
            layer["annotations"] = json!({ ANNOTATION: STANDARD.encode(&one.signature) });
            layer
        });
        let layers: Vec<_> = layers.collect();
        // Others take it for an image, so it has what every image has. Nobody reads the times.
        let ids: Vec<String> = payloads
            .iter()
            .map(|blob| blob.digest.to_string())
            .collect();
        let config = json!({
            "architecture": "",
            "config": {},
            "created": "0001-01-01T00:00:00Z",
            "os": "",
            "rootfs": { "type": "layers", "diff_ids": ids },
        });
        let config = config.to_string().into_bytes();
        let config_blob = Blob::of(CONFIG_IMAGE_MEDIA_TYPE, &config);
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST_MEDIA_TYPE,
            "artifactType": ARTIFACT_TYPE,
            "config": config_blob,
            "layers": layers,
            "subject": subject,
        });
        let manifest = manifest.to_string().into_bytes();
        let mut blobs = vec![(config_blob, config)];
        for (blob, one) in payloads.into_iter().zip(signed) {
            if !blobs.iter().any(|(known, _)| known.digest == blob.digest) {
                blobs.push((blob, one.payload.clone()));
            }
        }
        Ok(Self {
            digest: Digest::of(&manifest),
            manifest,
            blobs,
        })
    }

    /// The signatures of a manifest: the payload's blob and the signature of each. Layers of other
    /// kinds are left alone.
    ///
    /// # Errors
    /// Where it is no such manifest.
    pub fn read(manifest: &[u8]) -> Result<Vec<(Blob, Vec<u8>)>, SignatureError> {
        let damaged = SignatureError::Damaged;
        let manifest = Manifest::parse(manifest).map_err(|error| damaged(error.to_string()))?;
        let layers = manifest.layers.into_iter();
        let layers: Vec<_> = layers
            .filter(|layer| layer.blob.media_type == PAYLOAD_MEDIA_TYPE)
            .collect();
        if layers.len() > SIGNATURES_MAX {
            return Err(SignatureError::TooMany);
        }
        let mut found = Vec::new();
        for layer in layers {
            if layer.blob.size > PAYLOAD_MAX_BYTES as u64 {
                return Err(SignatureError::TooLarge);
            }
            let text = layer.annotations.get(ANNOTATION);
            let text = text.ok_or_else(|| damaged(format!("a layer has no `{ANNOTATION}`")))?;
            let signature = STANDARD
                .decode(text)
                .map_err(|error| damaged(format!("`{ANNOTATION}` is no base64: {error}")))?;
            found.push((layer.blob, signature));
        }
        Ok(found)
    }
}
