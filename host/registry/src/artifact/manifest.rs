//! Manifests, whatever they are of.

use std::collections::BTreeMap;

use mortise_model::Digest;
use serde::{Deserialize, Serialize};

use super::{ArtifactError, MANIFEST_MAX_BYTES, MANIFEST_MEDIA_TYPE};

/// Bytes that a manifest names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Blob {
    /// What they are.
    pub media_type: String,
    /// Their digest.
    pub digest: Digest,
    /// How many.
    pub size: u64,
}

impl Blob {
    /// Names some bytes.
    #[must_use]
    pub fn of(media_type: &str, bytes: &[u8]) -> Self {
        Self {
            media_type: media_type.to_owned(),
            digest: Digest::of(bytes),
            size: bytes.len() as u64,
        }
    }
}

/// A layer with what is said about it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Layer {
    /// Its bytes.
    #[serde(flatten)]
    pub blob: Blob,
    /// What is said about it.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub annotations: BTreeMap<String, String>,
}

/// A manifest. Fields that are not needed here are left alone.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    /// The version of the structure: 2.
    pub schema_version: u32,
    /// What it is; may be missing, for the header of the answer says it too.
    #[serde(default)]
    pub media_type: Option<String>,
    /// What kind of artifact.
    #[serde(default)]
    pub artifact_type: Option<String>,
    /// Its config.
    pub config: Blob,
    /// Its layers.
    pub layers: Vec<Layer>,
    /// What it is about.
    #[serde(default)]
    pub subject: Option<Blob>,
    /// What is said about it.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub annotations: BTreeMap<String, String>,
}

impl Manifest {
    /// Reads one.
    ///
    /// # Errors
    /// Where it is none.
    pub fn parse(bytes: &[u8]) -> Result<Self, ArtifactError> {
        if bytes.len() > MANIFEST_MAX_BYTES {
            return Err(ArtifactError::TooLarge {
                what: "manifest",
                size: bytes.len() as u64,
                limit: MANIFEST_MAX_BYTES as u64,
            });
        }
        // First what it claims to be: a list of manifests would only lack a config.
        let kind: Kind = serde_json::from_slice(bytes)
            .map_err(|error| ArtifactError::Manifest(error.to_string()))?;
        if let Some(kind) = kind.media_type
            && kind != MANIFEST_MEDIA_TYPE
        {
            return Err(ArtifactError::ManifestType(kind));
        }
        let manifest: Self = serde_json::from_slice(bytes)
            .map_err(|error| ArtifactError::Manifest(error.to_string()))?;
        if manifest.schema_version != 2 {
            return Err(ArtifactError::Manifest(format!(
                "`schemaVersion` is {}, not 2",
                manifest.schema_version
            )));
        }
        Ok(manifest)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Kind {
    #[serde(default)]
    media_type: Option<String>,
}

/// Some tools write `null` for what they have nothing to say about.
fn null_is_empty<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<String, String>, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}
