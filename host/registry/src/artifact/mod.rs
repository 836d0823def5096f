//! A plugin as an artifact of a registry: the layout of the CNCF's Wasm working group.
//!
//! A manifest names a config (`application/vnd.wasm.config.v0+json`) and exactly one layer
//! (`application/wasm`), the component. [`Artifact::build`] makes one, [`Manifest`] and [`Plugin`]
//! read one and say what is wrong with it. Nothing here reads a file or asks a network.

mod build;
mod component;
mod error;
mod manifest;
mod plugin;

#[cfg(test)]
mod tests;

pub use build::{About, Artifact};
pub use component::Component;
pub use error::ArtifactError;
pub use manifest::{Blob, Layer, Manifest};
pub use plugin::{Config, Plugin, World, fits};

/// The media type of a manifest.
pub const MANIFEST_MEDIA_TYPE: &str = "application/vnd.oci.image.manifest.v1+json";
/// The media type of the config of a plugin.
pub const CONFIG_MEDIA_TYPE: &str = "application/vnd.wasm.config.v0+json";
/// The media type of the config of an image.
pub const CONFIG_IMAGE_MEDIA_TYPE: &str = "application/vnd.oci.image.config.v1+json";
/// The media type of a component.
pub const LAYER_MEDIA_TYPE: &str = "application/wasm";
/// What every config of a plugin says in `architecture`.
pub const ARCHITECTURE: &str = "wasm";
/// What every config of a component says in `os`.
pub const OS: &str = "wasip2";
/// The largest manifest: what the distribution specification asks registries to take.
pub const MANIFEST_MAX_BYTES: usize = 4 * 1024 * 1024;
/// The largest config: the names of some interfaces need a few KiB.
pub const CONFIG_MAX_BYTES: u64 = 256 * 1024;

/// The annotation with a plugin's name.
pub const TITLE: &str = "org.opencontainers.image.title";
/// The annotation with a plugin's version.
pub const VERSION: &str = "org.opencontainers.image.version";
