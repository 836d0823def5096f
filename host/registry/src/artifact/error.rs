//! What is wrong with an artifact.

use mortise_model::Digest;
use thiserror::Error;

use super::{ARCHITECTURE, CONFIG_MEDIA_TYPE, LAYER_MEDIA_TYPE, MANIFEST_MEDIA_TYPE, OS};

/// Why an artifact is no plugin.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ArtifactError {
    /// Not a manifest at all.
    #[error("the manifest cannot be read: {0}")]
    Manifest(String),
    /// Past the limit.
    #[error("the {what} has {size} bytes, and {limit} are the most")]
    TooLarge {
        /// `manifest`, `config` or `component`.
        what: &'static str,
        /// Bytes.
        size: u64,
        /// Bytes.
        limit: u64,
    },
    /// A list of manifests, or an older kind.
    #[error(
        "its manifest is of the type `{0}`: a plugin's is `{MANIFEST_MEDIA_TYPE}`, so push it with `mortise plugin push`, `wkg` or `oras`"
    )]
    ManifestType(String),
    /// Another kind of artifact.
    #[error("its config is of the type `{0}`: a plugin's is `{CONFIG_MEDIA_TYPE}`")]
    ConfigType(String),
    /// No layer, or several.
    #[error("it has {0} layers: a plugin has exactly one, the component")]
    Layers(usize),
    /// Not a component.
    #[error("its layer is of the type `{0}`: a plugin's is `{LAYER_MEDIA_TYPE}`, not compressed")]
    LayerType(String),
    /// Bytes that are others than the manifest names.
    #[error("the {what} is damaged: its digest is `{found}`, and the manifest names `{named}`")]
    Digest {
        /// `config` or `component`.
        what: &'static str,
        /// What the manifest says.
        named: Digest,
        /// What came.
        found: Digest,
    },
    /// Not a config at all.
    #[error("the config cannot be read: {0}")]
    Config(String),
    /// Made for something else.
    #[error(
        "the config says `{found}` for `{field}`: a plugin's says `{ARCHITECTURE}` for `architecture` and `{OS}` for `os`"
    )]
    Platform {
        /// `architecture` or `os`.
        field: &'static str,
        /// What it says.
        found: String,
    },
    /// The config is about another layer.
    #[error("the config's `layerDigests` do not name the layer `{0}`, and nothing else")]
    LayerDigests(Digest),
    /// A core module, or no WebAssembly.
    #[error("its layer is no component: {0}")]
    NoComponent(String),
    /// The component says another name than its place.
    #[error(
        "it is the plugin `{found}`, and its place is `{wanted}`: push it to `{found}`, or change the name in its descriptor"
    )]
    Name {
        /// Where it lies.
        wanted: String,
        /// What the component says.
        found: String,
    },
    /// The component says another version than its tag.
    #[error(
        "it is the version `{found}`, and its tag is `{wanted}`: use the tag `{found}`, or change the version in its descriptor"
    )]
    Version {
        /// What the tag says.
        wanted: String,
        /// What the component says.
        found: String,
    },
    /// An annotation says something else than the component.
    #[error("its annotation `{annotation}` says `{found}`, and the component `{wanted}`")]
    Annotation {
        /// Which.
        annotation: &'static str,
        /// What the component says.
        wanted: String,
        /// What it says.
        found: String,
    },
}
