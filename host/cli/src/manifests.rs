//! From files to checked plans.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use mortise_manifest::cases::{self, Suites};
use mortise_manifest::{Diagnostic, Folder, Level, Source};
use mortise_model::descriptor::Plugin;
use mortise_model::{Namespace, Plan};
use mortise_vault::Connection;

use crate::exit::{Code, Outcome, Stop};
use crate::progress;

/// The manifests of one folder and what lies beside them, as text.
pub struct Manifests {
    /// The folder.
    pub folder: PathBuf,
    files: Vec<Source>,
    connections: Option<Source>,
    lock: Option<Source>,
    /// Whether these are all manifests of the folder: then whatever they name has to be among them.
    is_whole: bool,
}

const CONNECTIONS: &str = "connections.yaml";
/// The lock's name in its folder.
pub const LOCK: &str = "mortise.lock";

impl Manifests {
    /// Every manifest that lies directly in a folder. Blocks.
    ///
    /// # Errors
    /// Where something cannot be read.
    pub fn of_folder(folder: &Path) -> Outcome<Self> {
        let unreadable = |error: io::Error| {
            let folder = folder.display();
            Stop::environment(format!("the folder `{folder}` cannot be read: {error}"))
        };
        let mut paths = Vec::new();
        for item in std::fs::read_dir(folder).map_err(unreadable)? {
            let path = item.map_err(unreadable)?.path();
            if is_manifest(&path) {
                paths.push(path);
            }
        }
        paths.sort();
        Self::read(&paths, folder, true)
    }

    /// These manifests, folder by folder, each with what lies beside it; of a folder all that lie
    /// directly in it. Blocks.
    ///
    /// # Errors
    /// `NotFound` where one is not there.
    pub fn of_files(paths: &[PathBuf]) -> Outcome<Vec<Self>> {
        let mut folders: Vec<(&Path, Vec<PathBuf>)> = Vec::new();
        let mut whole = Vec::new();
        for path in paths {
            if path.is_dir() {
                whole.push(Self::of_folder(path)?);
                continue;
            }
            let folder = path.parent().unwrap_or(Path::new(""));
            match folders.iter_mut().find(|(known, _)| *known == folder) {
                Some((_, files)) => files.push(path.clone()),
                None => folders.push((folder, vec![path.clone()])),
            }
        }
        for (folder, files) in folders {
            whole.push(Self::read(&files, folder, false)?);
        }
        Ok(whole)
    }

    fn read(paths: &[PathBuf], folder: &Path, is_whole: bool) -> Outcome<Self> {
        let beside = |name: &str| -> Outcome<Option<Source>> {
            let path = folder.join(name);
            match path.try_exists() {
                Ok(false) => Ok(None),
                _ => source(&path).map(Some),
            }
        };
        Ok(Self {
            folder: folder.to_owned(),
            files: paths
                .iter()
                .map(|path| source(path))
                .collect::<Outcome<_>>()?,
            connections: beside(CONNECTIONS)?,
            lock: beside(LOCK)?,
            is_whole,
        })
    }

    /// Checks them against the plugins that are there.
    pub fn check(&self, plugins: &[Arc<Plugin>]) -> Checked {
        let namespace = Namespace::default_namespace();
        let folder = self.of_namespace(plugins, &namespace);
        let checked = if self.is_whole {
            mortise_manifest::check_whole(&folder)
        } else {
            mortise_manifest::check(&folder)
        };
        Checked {
            plans: checked.plans,
            described: checked.connections,
            diagnostics: checked.diagnostics,
        }
    }

    /// Checks them, with the cases of their `tests`.
    pub fn suites(&self, plugins: &[Arc<Plugin>]) -> Suites {
        let namespace = Namespace::default_namespace();
        cases::suites(&self.of_namespace(plugins, &namespace))
    }

    /// The text of a lock that pins these manifests to the plugins that are there.
    ///
    /// # Errors
    /// Everything that is wrong with the manifests.
    pub fn lock(&self, plugins: &[Arc<Plugin>]) -> Result<String, Vec<Diagnostic>> {
        let namespace = Namespace::default_namespace();
        mortise_manifest::lock(&self.of_namespace(plugins, &namespace))
    }

    /// The lock's text as it is; empty where there is none.
    pub fn locked(&self) -> &str {
        self.lock.as_ref().map_or("", |lock| lock.text.as_str())
    }

    fn of_namespace<'a>(
        &'a self,
        plugins: &'a [Arc<Plugin>],
        namespace: &'a Namespace,
    ) -> Folder<'a> {
        Folder {
            manifests: &self.files,
            connections: self.connections.as_ref(),
            lock: self.lock.as_ref(),
            plugins,
            namespace,
        }
    }
}

fn is_manifest(path: &Path) -> bool {
    let name = path
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    let yaml = name.ends_with(".yaml") || name.ends_with(".yml");
    yaml && !name.starts_with('.') && name != CONNECTIONS
}

fn source(path: &Path) -> Outcome<Source> {
    let shown = path.display().to_string();
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Source::new(shown, text)),
        Err(error) => {
            let code = match error.kind() {
                io::ErrorKind::NotFound => Code::NotFound,
                io::ErrorKind::InvalidData => Code::Failed,
                _ => Code::Environment,
            };
            Err(Stop::new(
                code,
                format!("`{shown}` cannot be read: {error}"),
            ))
        }
    }
}

/// What came of checking.
pub struct Checked {
    /// The plans; none where there is an error.
    pub plans: Vec<Plan>,
    /// What the connections are.
    pub described: Vec<mortise_model::Connection>,
    /// Every problem, in the order of the files.
    pub diagnostics: Vec<Diagnostic>,
}

impl Checked {
    /// The connections, ready to be used.
    ///
    /// # Errors
    /// Where an origin passed the check and is none all the same: a defect.
    pub fn connections(&self) -> Outcome<Vec<(Namespace, Connection)>> {
        let namespace = Namespace::default_namespace();
        self.described
            .iter()
            .cloned()
            .map(|described| {
                let connection = Connection::new(&namespace, described).map_err(Stop::defect)?;
                Ok((namespace.clone(), connection))
            })
            .collect()
    }
}

/// Whether there is an error, and not only warnings.
pub fn has_errors(diagnostics: &[Diagnostic]) -> bool {
    diagnostics
        .iter()
        .any(|diagnostic| diagnostic.level == Level::Error)
}

/// Prints problems on stderr.
///
/// # Errors
/// `Failed` where there is an error among them.
pub fn report(diagnostics: &[Diagnostic]) -> Outcome {
    for diagnostic in diagnostics {
        progress::note(diagnostic);
    }
    if has_errors(diagnostics) {
        return Err(Stop::silent(Code::Failed));
    }
    Ok(())
}
