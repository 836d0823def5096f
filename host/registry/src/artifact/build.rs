//! Making an artifact of a component.

use std::collections::BTreeMap;

use mortise_model::Digest;
use serde_json::json;

use super::{
    ArtifactError, Blob, CONFIG_MEDIA_TYPE, Component, Config, LAYER_MEDIA_TYPE,
    MANIFEST_MEDIA_TYPE, TITLE, VERSION,
};

/// What is said about a plugin.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// `namespace/name`, as its descriptor says.
    pub name: String,
    /// As its descriptor says.
    pub version: String,
    /// When it was made, RFC 3339; none makes the same artifact of the same component every time.
    pub created: Option<String>,
}

/// An artifact, ready to be kept in a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Artifact {
    /// The manifest's bytes.
    pub manifest: Vec<u8>,
    /// The manifest, named.
    pub blob: Blob,
    /// The config's bytes.
    pub config: Vec<u8>,
    /// The config, named.
    pub config_blob: Blob,
    /// The component, named.
    pub layer_blob: Blob,
}

/// The specification asks for a time. This one says that nobody cares.
const NO_TIME: &str = "1970-01-01T00:00:00Z";

impl Artifact {
    /// Makes the artifact of a component; the same one of the same component and words.
    ///
    /// # Errors
    /// Where it is no component.
    pub fn build(component: &[u8], about: &About) -> Result<Self, ArtifactError> {
        let Component {
            exports,
            imports,
            annotations,
        } = Component::read(component)?;
        let layer_blob = Blob::of(LAYER_MEDIA_TYPE, component);
        let created = about.created.as_deref().unwrap_or(NO_TIME);
        let config = Config::new(created, layer_blob.digest, (exports, imports));
        let config = serde_json::to_vec(&config)
            .map_err(|error| ArtifactError::Config(error.to_string()))?;
        let config_blob = Blob::of(CONFIG_MEDIA_TYPE, &config);
        let mut said: BTreeMap<String, String> = annotations;
        said.insert(TITLE.to_owned(), about.name.clone());
        said.insert(VERSION.to_owned(), about.version.clone());
        if let Some(created) = &about.created {
            said.insert(
                "org.opencontainers.image.created".to_owned(),
                created.clone(),
            );
        }
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST_MEDIA_TYPE,
            "config": config_blob,
            "layers": [layer_blob],
            "annotations": said,
        });
        let manifest = manifest.to_string().into_bytes();
        Ok(Self {
            blob: Blob::of(MANIFEST_MEDIA_TYPE, &manifest),
            manifest,
            config,
            config_blob,
            layer_blob,
        })
    }

    /// The digest of the manifest: what the artifact is called.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.blob.digest
    }
}
