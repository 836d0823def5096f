//! What commands are about: a component in a file, or a place in a registry.

use std::path::Path;
use std::sync::Arc;

use mortise_model::Digest;
use mortise_model::descriptor::Plugin as Loaded;
use mortise_ports::Plugins as _;
use mortise_registry::artifact::{Blob, Component, MANIFEST_MEDIA_TYPE, Plugin};
use mortise_registry::client::{Client, Reference};
use mortise_registry::signature::Subject;

use crate::commands::input;
use crate::exit::{Outcome, Stop};
use crate::settings::Settings;
use crate::wire;

/// Whether it is a file. What has no file is a place in a registry.
pub fn is_file(text: &str) -> bool {
    Path::new(text).is_file()
}

/// Whether these bytes are a component: nothing else is signed or verified as one.
///
/// # Errors
/// `Failed` where they are not.
pub fn component(file: &str, bytes: &[u8]) -> Outcome {
    let read = Component::read(bytes);
    read.map_err(|error| Stop::failed(format!("`{file}`: {error}")))?;
    Ok(())
}

/// What a component says of itself, in the sandbox.
///
/// # Errors
/// `Failed` where it is no plugin.
pub async fn load(settings: &Settings, shown: &str, bytes: Vec<u8>) -> Outcome<Arc<Loaded>> {
    let sandbox = wire::idle_sandbox(settings).await?;
    let loaded = sandbox.load(bytes).await;
    loaded.map_err(|error| Stop::failed(format!("`{shown}`: {error}")))
}

/// What the component of a file says of itself.
///
/// # Errors
/// Where it cannot be read, or `Failed` where it is no plugin.
pub async fn load_file(settings: &Settings, file: &Path) -> Outcome<Arc<Loaded>> {
    let bytes = input::subject(file)?;
    load(settings, &file.display().to_string(), bytes).await
}

/// A plugin's manifest in a registry.
pub struct Published {
    /// What it says.
    pub plugin: Plugin,
    /// The manifest, named.
    pub blob: Blob,
}

impl Published {
    /// Reads it.
    ///
    /// # Errors
    /// Where there is none, or it is of something else.
    pub async fn read(client: &Client, reference: &Reference) -> Outcome<Self> {
        if reference.tag.is_none() && reference.digest.is_none() {
            return Err(Stop::usage(format!(
                "`{reference}` names no version: write `{reference}:VERSION`"
            )));
        }
        let (bytes, _) = client.resolve(reference).await?;
        let plugin = Plugin::parse(&bytes);
        let plugin = plugin.map_err(|error| Stop::failed(format!("`{reference}`: {error}")))?;
        Ok(Self {
            plugin,
            blob: Blob::of(MANIFEST_MEDIA_TYPE, &bytes),
        })
    }

    /// Its digest.
    pub fn digest(&self) -> Digest {
        self.blob.digest
    }

    /// What has to be signed.
    pub fn subject(&self, reference: &Reference) -> Subject {
        Subject {
            digest: self.digest(),
            reference: reference.place(),
        }
    }
}
