//! Reading an artifact, step by step as its parts come in.

use mortise_model::Digest;
use serde::{Deserialize, Serialize};

use super::{
    ARCHITECTURE, ArtifactError, Blob, CONFIG_MAX_BYTES, CONFIG_MEDIA_TYPE, LAYER_MEDIA_TYPE,
    Manifest, OS, TITLE, VERSION,
};

/// The config of a plugin's artifact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Config {
    /// When it was made.
    #[serde(default)]
    pub created: String,
    /// `wasm`.
    pub architecture: String,
    /// `wasip2`.
    pub os: String,
    /// The one layer.
    pub layer_digests: Vec<Digest>,
    /// The component's world; missing where another tool made it of something else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub component: Option<World>,
}

/// The world of a component.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct World {
    /// What it exports.
    #[serde(default)]
    pub exports: Vec<String>,
    /// What it imports.
    #[serde(default)]
    pub imports: Vec<String>,
    /// What it was made for.
    #[serde(default)]
    pub target: Option<String>,
}

impl Config {
    /// The config of a component's artifact; `world` is its exports and imports.
    #[must_use]
    pub fn new(created: &str, layer: Digest, world: (Vec<String>, Vec<String>)) -> Self {
        let (exports, imports) = world;
        Self {
            created: created.to_owned(),
            architecture: ARCHITECTURE.to_owned(),
            os: OS.to_owned(),
            layer_digests: vec![layer],
            component: Some(World {
                exports,
                imports,
                target: None,
            }),
        }
    }
}

/// A manifest that is a plugin's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plugin {
    /// The manifest.
    pub manifest: Manifest,
    /// The component.
    pub layer: Blob,
}

impl Plugin {
    /// Reads a manifest.
    ///
    /// # Errors
    /// Where it is none, or of something else than a plugin.
    pub fn parse(bytes: &[u8]) -> Result<Self, ArtifactError> {
        let manifest = Manifest::parse(bytes)?;
        if manifest.config.media_type != CONFIG_MEDIA_TYPE {
            return Err(ArtifactError::ConfigType(manifest.config.media_type));
        }
        if manifest.config.size > CONFIG_MAX_BYTES {
            return Err(ArtifactError::TooLarge {
                what: "config",
                size: manifest.config.size,
                limit: CONFIG_MAX_BYTES,
            });
        }
        let [layer] = manifest.layers.as_slice() else {
            return Err(ArtifactError::Layers(manifest.layers.len()));
        };
        if layer.blob.media_type != LAYER_MEDIA_TYPE {
            return Err(ArtifactError::LayerType(layer.blob.media_type.clone()));
        }
        let layer = layer.blob.clone();
        Ok(Self { manifest, layer })
    }

    /// Reads the config that the manifest names.
    ///
    /// # Errors
    /// Where it is another one, or about something else.
    pub fn config(&self, bytes: &[u8]) -> Result<Config, ArtifactError> {
        same("config", &self.manifest.config, bytes)?;
        let config: Config = serde_json::from_slice(bytes)
            .map_err(|error| ArtifactError::Config(error.to_string()))?;
        for (field, found, wanted) in [
            ("architecture", &config.architecture, ARCHITECTURE),
            ("os", &config.os, OS),
        ] {
            if found != wanted {
                let found = found.clone();
                return Err(ArtifactError::Platform { field, found });
            }
        }
        if config.layer_digests != [self.layer.digest] {
            return Err(ArtifactError::LayerDigests(self.layer.digest));
        }
        Ok(config)
    }

    /// Whether these bytes are the component that the manifest names.
    ///
    /// # Errors
    /// Where they are others.
    pub fn component(&self, bytes: &[u8]) -> Result<(), ArtifactError> {
        same("component", &self.layer, bytes)
    }

    /// Whether the annotations say what the component says, where they say anything.
    ///
    /// # Errors
    /// The annotation that says something else.
    pub fn is_about(&self, name: &str, version: &str) -> Result<(), ArtifactError> {
        for (annotation, wanted) in [(TITLE, name), (VERSION, version)] {
            // Other tools name the file in the title, or nothing.
            let said = self.manifest.annotations.get(annotation);
            let is_name = |said: &&String| annotation == VERSION || said.contains('/');
            if let Some(found) = said.filter(is_name)
                && found != wanted
            {
                return Err(ArtifactError::Annotation {
                    annotation,
                    wanted: wanted.to_owned(),
                    found: found.clone(),
                });
            }
        }
        Ok(())
    }
}

/// Whether what a component says of itself, name and version, is what its place says.
///
/// # Errors
/// Which of them differs.
pub fn fits(
    (name, version): (&str, &str),
    place: (&str, Option<&str>),
) -> Result<(), ArtifactError> {
    if name != place.0 {
        return Err(ArtifactError::Name {
            wanted: place.0.to_owned(),
            found: name.to_owned(),
        });
    }
    match place.1 {
        Some(wanted) if wanted != version => Err(ArtifactError::Version {
            wanted: wanted.to_owned(),
            found: version.to_owned(),
        }),
        _ => Ok(()),
    }
}

fn same(what: &'static str, named: &Blob, bytes: &[u8]) -> Result<(), ArtifactError> {
    let found = Digest::of(bytes);
    if found == named.digest && bytes.len() as u64 == named.size {
        return Ok(());
    }
    Err(ArtifactError::Digest {
        what,
        named: named.digest,
        found,
    })
}
