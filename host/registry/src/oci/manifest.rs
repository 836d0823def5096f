//! Manifests, as far as a registry has to understand them.

use std::collections::BTreeMap;

use mortise_model::ContentDigest;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A manifest of one image or artifact.
pub const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
/// A list of manifests.
pub const INDEX: &str = "application/vnd.oci.image.index.v1+json";
/// The same as others called them before.
const OTHERS: [&str; 2] = [
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
];
/// The most that one manifest may name: each is looked up when it is pushed.
const NAMES_MAX: usize = 1_000;

/// A manifest that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// What it is.
    pub media_type: String,
    /// What kind of artifact it says that it is.
    pub artifact_type: Option<String>,
    /// What describes its layers; an index has none.
    pub config: Option<Descriptor>,
    /// Its layers.
    pub layers: Vec<Descriptor>,
    /// The manifests that an index lists.
    pub manifests: Vec<Descriptor>,
    /// The manifest that it is about.
    pub subject: Option<Descriptor>,
    /// What it says of itself.
    pub annotations: BTreeMap<String, String>,
}

/// How one thing names another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Descriptor {
    /// What it is.
    pub media_type: String,
    /// Its digest.
    pub digest: ContentDigest,
    /// Its size in bytes.
    pub size: u64,
    /// Where else it lies.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub urls: Vec<String>,
    /// What kind of artifact it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<String>,
    /// What it says of itself.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
}

/// The document as it is written. Members that nobody knows are allowed; one that is there twice is
/// not, for others could read the other one.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    schema_version: u64,
    media_type: Option<String>,
    artifact_type: Option<String>,
    config: Option<Descriptor>,
    layers: Option<Vec<Descriptor>>,
    manifests: Option<Vec<Descriptor>>,
    subject: Option<Descriptor>,
    annotations: Option<BTreeMap<String, String>>,
}

/// Why bytes are no manifest.
#[derive(Debug, Error)]
pub enum ManifestError {
    /// It has no media type, or one that nobody knows.
    #[error("`{0}` is no media type of a manifest: it is one of `{MANIFEST}` and `{INDEX}`")]
    MediaType(String),
    /// It says two things.
    #[error(
        "the manifest says that it is `{within}`, and the header `content-type` says `{outside}`"
    )]
    TwoTypes {
        /// In the document.
        within: String,
        /// Beside it.
        outside: String,
    },
    /// It is not JSON, or lacks something.
    #[error("the manifest cannot be read: {0}")]
    Json(#[from] serde_json::Error),
    /// It is of another version.
    #[error("the manifest has the schema version {0}, and 2 is the only one that is taken")]
    Version(u64),
    /// It is an image's and an index at once, or neither.
    #[error("{0}")]
    Shape(&'static str),
    /// It names too much.
    #[error("the manifest names {0} blobs or manifests, and {NAMES_MAX} are the most")]
    Names(usize),
}

/// Reads a manifest that came with a `content-type`.
///
/// # Errors
/// Why it is none.
pub fn read(bytes: &[u8], content_type: Option<&str>) -> Result<Manifest, ManifestError> {
    let document: Document = serde_json::from_slice(bytes)?;
    let outside = content_type.and_then(|text| text.split(';').next());
    let outside = outside.map(str::trim).filter(|text| !text.is_empty());
    let media_type = match (document.media_type, outside) {
        (Some(within), Some(outside)) if within != outside => {
            let outside = outside.to_owned();
            return Err(ManifestError::TwoTypes { within, outside });
        }
        (Some(within), _) => within,
        (None, outside) => outside.unwrap_or_default().to_owned(),
    };
    let [image, list] = OTHERS;
    let is_index = match media_type.as_str() {
        MANIFEST => false,
        INDEX => true,
        other if other == image => false,
        other if other == list => true,
        _ => return Err(ManifestError::MediaType(media_type)),
    };
    if document.schema_version != 2 {
        return Err(ManifestError::Version(document.schema_version));
    }
    let layers = document.layers.unwrap_or_default();
    let is_shaped = match (is_index, &document.config, &document.manifests) {
        (true, None, Some(_)) => layers.is_empty(),
        (false, Some(_), None) => true,
        _ => false,
    };
    if !is_shaped {
        return Err(ManifestError::Shape(match is_index {
            true => "an index has `manifests`, and neither `config` nor `layers`",
            false => "a manifest has `config` and `layers`, and no `manifests`",
        }));
    }
    let manifests = document.manifests.unwrap_or_default();
    let names = layers.len() + manifests.len() + 1;
    if names > NAMES_MAX {
        return Err(ManifestError::Names(names));
    }
    Ok(Manifest {
        media_type,
        artifact_type: document.artifact_type.filter(|text| !text.is_empty()),
        config: document.config,
        layers,
        manifests,
        subject: document.subject,
        annotations: document.annotations.unwrap_or_default(),
    })
}

impl Manifest {
    /// The blobs that it cannot do without: layers that lie elsewhere are not among them.
    #[must_use]
    pub fn blobs(&self) -> Vec<ContentDigest> {
        let layers = self.layers.iter().filter(|layer| layer.urls.is_empty());
        let mut blobs: Vec<_> = self.config.iter().chain(layers).map(|d| d.digest).collect();
        blobs.sort();
        blobs.dedup();
        blobs
    }

    /// What kind of artifact it is, for those who look for what refers to another.
    #[must_use]
    pub fn kind(&self) -> Option<String> {
        let config = self.config.as_ref().map(|config| config.media_type.clone());
        self.artifact_type.clone().or(config)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::{Value, json};

    use super::*;

    fn descriptor(media_type: &str, text: &str) -> Value {
        json!({ "mediaType": media_type, "digest": ContentDigest::of(text.as_bytes()), "size": text.len() })
    }

    fn image() -> Value {
        json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": descriptor("application/json", "{}"),
            "layers": [descriptor("application/wasm", "a"), descriptor("application/wasm", "a")],
            "unknown": [1],
        })
    }

    fn read_of(value: &Value, content_type: Option<&str>) -> Result<Manifest, ManifestError> {
        read(value.to_string().as_bytes(), content_type)
    }

    #[test]
    fn a_manifest_names_each_blob_once_and_none_that_lies_elsewhere() {
        let mut image = image();
        let elsewhere = json!({
            "mediaType": "x", "digest": ContentDigest::of(b"far"), "size": 3, "urls": ["https://example.com"],
        });
        image["layers"].as_array_mut().unwrap().push(elsewhere);
        let manifest = read_of(
            &image,
            Some("application/vnd.oci.image.manifest.v1+json; x=y"),
        );
        let manifest = manifest.unwrap();
        let mut wanted = vec![ContentDigest::of(b"{}"), ContentDigest::of(b"a")];
        wanted.sort();
        assert_eq!(manifest.blobs(), wanted);
        assert_eq!(manifest.kind().as_deref(), Some("application/json"));
    }

    #[test]
    fn the_media_type_may_stand_in_either_place() {
        let mut image = image();
        assert!(read_of(&image, None).is_ok());
        image.as_object_mut().unwrap().remove("mediaType");
        assert!(read_of(&image, Some(MANIFEST)).is_ok());
        assert!(read_of(&image, None).is_err());
    }

    #[test]
    fn what_two_readers_could_understand_in_two_ways_is_refused() {
        type Spoil = fn(&mut Value);
        let spoilt: [(&str, Spoil); 8] = [
            ("another type", |image| image["mediaType"] = json!(INDEX)),
            ("unknown type", |image| {
                image["mediaType"] = json!("text/html")
            }),
            ("old version", |image| image["schemaVersion"] = json!(1)),
            ("two shapes", |image| image["manifests"] = json!([])),
            ("no config", |image| image["config"] = Value::Null),
            ("bad digest", |image| {
                image["config"]["digest"] = json!("sha256:../x");
            }),
            ("negative size", |image| image["config"]["size"] = json!(-1)),
            ("too much", |image| {
                let layer = image["layers"][0].clone();
                image["layers"] = json!(vec![layer; NAMES_MAX]);
            }),
        ];
        for (why, spoil) in spoilt {
            let mut image = image();
            spoil(&mut image);
            assert!(read_of(&image, None).is_err(), "{why}");
        }
        assert!(read_of(&image(), Some(INDEX)).is_err());
        let twice = image().to_string().replacen('{', r#"{"layers":[],"#, 1);
        assert!(read(twice.as_bytes(), None).is_err());
        assert!(read(b"[]", Some(MANIFEST)).is_err());
    }
}
