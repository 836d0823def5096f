//! Where a version that is to be rolled out comes from. The folder of plugins is one place; another, such as
//! a registry, is another implementation of [`Source`] in `Publisher::sources`.

use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;

use mortise_model::Digest;
use mortise_model::descriptor::Plugin;
use mortise_sandbox::Sandbox;

use crate::exit::{Outcome, Stop};
use crate::plugins;

/// A place that has versions of plugins.
pub trait Source: Send + Sync {
    /// Every version of a plugin that is there at this moment, with its bytes.
    fn versions(&self, plugin: String) -> Finding<'_>;
}

/// What is found, on its way; an error says why one cannot look there.
pub type Finding<'a> = Pin<Box<dyn Future<Output = Outcome<Vec<Found>>> + Send + 'a>>;

/// A version of a plugin.
pub struct Found {
    /// What it says of itself.
    pub plugin: Arc<Plugin>,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// A folder of plugins, read anew each time.
pub struct Folder {
    /// Where they are compiled.
    pub sandbox: Arc<Sandbox>,
    /// The folder.
    pub path: PathBuf,
}

impl Source for Folder {
    fn versions(&self, plugin: String) -> Finding<'_> {
        Box::pin(async move {
            let loaded = plugins::load_folder(&self.sandbox, &self.path).await?;
            let mut found = Vec::new();
            for (path, its) in loaded.plugins {
                if its.descriptor.name != plugin {
                    continue;
                }
                let bytes = tokio::fs::read(&path).await.map_err(Stop::environment)?;
                if Digest::of(&bytes) != its.digest {
                    let path = path.display();
                    return Err(Stop::environment(format!(
                        "`{path}` changed while it was loaded: try again"
                    )));
                }
                found.push(Found { plugin: its, bytes });
            }
            Ok(found)
        })
    }
}
