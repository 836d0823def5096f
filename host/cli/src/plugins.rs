//! From files to loaded plugins.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use mortise_model::descriptor::Plugin;
use mortise_model::{Digest, Plan};
use mortise_ports::plugins::LoadError;
use mortise_ports::{Artifacts as _, Catalog as _, Plugins as _};
use mortise_registry::{PluginFile, scan};
use mortise_sandbox::Sandbox;
use mortise_store::SledStore;
use tokio::task::{JoinSet, spawn_blocking};

use crate::exit::{Outcome, Stop};
use crate::progress::progress;

/// The plugins of a folder.
#[derive(Default)]
pub struct Loaded {
    /// Those that work, by file.
    pub plugins: Vec<(PathBuf, Arc<Plugin>)>,
    /// Approved ones of this process's own registry, which have no file.
    pub approved: Vec<Arc<Plugin>>,
    /// Those that do not, and why.
    pub broken: Vec<(PathBuf, String)>,
}

impl Loaded {
    /// What they say about themselves.
    pub fn all(&self) -> Vec<Arc<Plugin>> {
        let plugins = self.plugins.iter().map(|(_, plugin)| plugin);
        plugins.chain(&self.approved).cloned().collect()
    }
}

/// Loads every plugin of a folder. A file that is none does not keep the others from working.
///
/// # Errors
/// Where the folder cannot be read.
pub async fn load_folder(sandbox: &Arc<Sandbox>, folder: &Path) -> Outcome<Loaded> {
    let shown = folder.display().to_string();
    let _progress = progress(format!("loading the plugins in `{shown}`"));
    let folder = folder.to_owned();
    let files = spawn_blocking(move || scan(&folder)).await;
    let files = files
        .map_err(Stop::defect)?
        .map_err(|error| Stop::environment(format!("the plugins in `{shown}`: {error}")))?;
    let mut tasks = JoinSet::new();
    for file in files {
        let sandbox = Arc::clone(sandbox);
        tasks.spawn(async move {
            let loaded = load_file(&sandbox, file.clone()).await;
            (file.path, loaded)
        });
    }
    let mut all = Loaded::default();
    while let Some(done) = tasks.join_next().await {
        match done.map_err(Stop::defect)? {
            (path, Ok(plugin)) => all.plugins.push((path, plugin)),
            (path, Err(why)) => all.broken.push((path, why)),
        }
    }
    all.plugins.sort_by(|a, b| a.0.cmp(&b.0));
    all.broken.sort();
    Ok(all)
}

async fn load_file(sandbox: &Sandbox, file: PluginFile) -> Result<Arc<Plugin>, String> {
    let bytes = spawn_blocking(move || file.read())
        .await
        .map_err(|error| error.to_string())?
        .map_err(|error| error.to_string())?;
    let loaded = sandbox.load(bytes).await;
    loaded.map_err(|error: LoadError| error.to_string())
}

/// Keeps the bytes of every plugin that these plans name, so that their runs need no folder.
///
/// # Errors
/// Where a file changed since it was loaded, or the store refuses.
pub async fn keep(store: &SledStore, loaded: &Loaded, plans: &[Plan]) -> Outcome {
    let files: BTreeMap<Digest, &PathBuf> = loaded
        .plugins
        .iter()
        .map(|(path, plugin)| (plugin.digest, path))
        .collect();
    let operations = plans.iter().flat_map(Plan::operations);
    let digests: BTreeSet<Digest> = operations.map(|operation| operation.digest).collect();
    for digest in digests {
        let Some(path) = files.get(&digest) else {
            keep_approved(store, loaded, digest).await?;
            continue;
        };
        let bytes = tokio::fs::read(path).await.map_err(Stop::environment)?;
        if Digest::of(&bytes) != digest {
            return Err(Stop::environment(format!(
                "`{}` changed while it was loaded: try again",
                path.display()
            )));
        }
        store.put_plugin(bytes).await?;
    }
    Ok(())
}

async fn keep_approved(store: &SledStore, loaded: &Loaded, digest: Digest) -> Outcome {
    let mut approved = loaded.approved.iter();
    let Some(plugin) = approved.find(|plugin| plugin.digest == digest) else {
        return Ok(());
    };
    let whole = 0..plugin.size_bytes;
    let bytes = store.read_blob(digest.into(), whole).await?;
    let bytes = bytes.filter(|bytes| Digest::of(bytes) == digest);
    let bytes = bytes.ok_or_else(|| {
        Stop::environment(format!(
            "`{}@{}` went out of the registry while it was loaded: try again",
            plugin.descriptor.name, plugin.descriptor.version
        ))
    })?;
    store.put_plugin(bytes).await?;
    Ok(())
}
