//! From files to checked plans.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use mortise_manifest::cases::{self, Suites};
use mortise_manifest::{Diagnostic, Folder, Level, Locked, Source};
use mortise_model::descriptor::Plugin;
use mortise_model::id::is_name;
use mortise_model::{Namespace, Plan};
use mortise_vault::Connection;

use crate::exit::{Code, Outcome, Stop};
use crate::progress;

/// The manifests of one folder and what lies beside them, as text.
pub struct Manifests {
    /// The folder.
    pub folder: PathBuf,
    /// Whose they are.
    pub namespace: Namespace,
    /// The other namespaces beside them.
    others: Vec<Namespace>,
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
    /// Every manifest that lies directly in a folder, and every one in each folder of it: those are
    /// of the namespace that is called as the folder. What cannot be read of one is found by checking.
    /// The first are those of the default namespace. Blocks.
    ///
    /// # Errors
    /// Where the folder cannot be read.
    pub fn of_namespaces(folder: &Path) -> Outcome<Vec<Self>> {
        let mut all = vec![Self::of_folder(folder)?];
        for path in items(folder)? {
            let name = path
                .file_name()
                .and_then(|name| name.to_str())
                .unwrap_or_default();
            if name.starts_with('.') || is_manifest(&path) || !path.is_dir() {
                continue;
            }
            let manifests = Self::of_folder(&path)?;
            if manifests.is_empty() {
                continue;
            }
            let namespace = Namespace::from(name);
            match is_name(name) && !namespace.is_default() {
                true => all.push(Self {
                    namespace,
                    ..manifests
                }),
                // Nobody shall wonder why nothing comes of them.
                false => all[0].files.push(no_namespace(&path)),
            }
        }
        let names: Vec<_> = all.iter().map(|one| one.namespace.clone()).collect();
        for one in &mut all {
            one.others = names
                .iter()
                .filter(|name| **name != one.namespace)
                .cloned()
                .collect();
        }
        Ok(all)
    }

    /// No manifests at all, of a namespace whose folder is gone.
    pub fn gone(folder: &Path, namespace: Namespace) -> Self {
        Self {
            namespace,
            folder: folder.to_owned(),
            others: Vec::new(),
            files: Vec::new(),
            connections: None,
            lock: None,
            is_whole: true,
        }
    }

    /// Whether a word stands anywhere in them or in their lock.
    pub fn says(&self, word: &str) -> bool {
        let mut sources = self.files.iter().chain(&self.lock);
        sources.any(|source| source.text.contains(word))
    }

    /// Whether there is nothing of theirs.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty() && self.connections.is_none() && self.lock.is_none()
    }

    /// Every manifest that lies directly in a folder.
    fn of_folder(folder: &Path) -> Outcome<Self> {
        let mut paths = items(folder)?;
        paths.retain(|path| is_manifest(path));
        Ok(Self::read(&paths, folder, true))
    }

    /// These manifests, folder by folder, each with what lies beside it; of a folder all of its
    /// namespaces. Blocks.
    ///
    /// # Errors
    /// `NotFound` where one is not there.
    pub fn of_files(paths: &[PathBuf]) -> Outcome<Vec<Self>> {
        let mut folders: Vec<(&Path, Vec<PathBuf>)> = Vec::new();
        let mut whole = Vec::new();
        for path in paths {
            if path.is_dir() {
                whole.extend(Self::of_namespaces(path)?);
                continue;
            }
            let found = path.symlink_metadata();
            if found.is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
                let shown = path.display();
                return Err(Stop::not_found(format!("there is no file `{shown}`")));
            }
            let folder = path.parent().unwrap_or(Path::new(""));
            match folders.iter_mut().find(|(known, _)| *known == folder) {
                Some((_, files)) => files.push(path.clone()),
                None => folders.push((folder, vec![path.clone()])),
            }
        }
        for (folder, files) in folders {
            whole.push(Self::read(&files, folder, false));
        }
        Ok(whole)
    }

    fn read(paths: &[PathBuf], folder: &Path, is_whole: bool) -> Self {
        let beside = |name: &str| -> Option<Source> {
            let path = folder.join(name);
            let is_none = match path.symlink_metadata() {
                Ok(_) => false,
                Err(error) => error.kind() == io::ErrorKind::NotFound,
            };
            (!is_none).then(|| source(&path))
        };
        Self {
            folder: folder.to_owned(),
            namespace: Namespace::default_namespace(),
            others: Vec::new(),
            files: paths.iter().map(|path| source(path)).collect(),
            connections: beside(CONNECTIONS),
            lock: beside(LOCK),
            is_whole,
        }
    }

    /// Checks them against the plugins that are there, and the connections that are in no file, where it is known
    /// which.
    pub fn check(
        &self,
        plugins: &[Arc<Plugin>],
        kept: Option<&[mortise_model::Connection]>,
    ) -> Checked {
        self.check_with(plugins, kept, None)
    }

    /// The same, with a plugin that is taken wherever one of its name is meant.
    pub fn check_with(
        &self,
        plugins: &[Arc<Plugin>],
        kept: Option<&[mortise_model::Connection]>,
        instead: Option<&Arc<Plugin>>,
    ) -> Checked {
        let folder = Folder {
            kept,
            instead,
            ..self.checked_against(plugins)
        };
        let checked = if self.is_whole {
            mortise_manifest::check_whole(&folder)
        } else {
            mortise_manifest::check(&folder)
        };
        Checked {
            namespace: self.namespace.clone(),
            plans: checked.plans,
            described: checked.connections,
            diagnostics: checked.diagnostics,
        }
    }

    /// Checks them, with the cases of their `tests`.
    pub fn suites(&self, plugins: &[Arc<Plugin>]) -> Suites {
        // A case is played in a store of its own, where there is one namespace.
        let here = Namespace::default_namespace();
        cases::suites(&Folder {
            namespace: &here,
            others: &[],
            ..self.checked_against(plugins)
        })
    }

    /// A lock that pins these manifests to the plugins that are there: to what the present one pins, or,
    /// as an upgrade, to the newest that they ask for.
    ///
    /// # Errors
    /// Everything that is wrong with the manifests.
    pub fn lock(
        &self,
        plugins: &[Arc<Plugin>],
        is_upgrade: bool,
    ) -> Result<Locked, Vec<Diagnostic>> {
        let folder = self.checked_against(plugins);
        let lock = folder.lock.filter(|_| !is_upgrade);
        mortise_manifest::lock(&Folder { lock, ..folder })
    }

    /// The lock as it is, where there is one.
    pub fn locked(&self) -> Option<&Source> {
        self.lock.as_ref()
    }

    fn checked_against<'a>(&'a self, plugins: &'a [Arc<Plugin>]) -> Folder<'a> {
        Folder {
            manifests: &self.files,
            connections: self.connections.as_ref(),
            kept: None,
            lock: self.lock.as_ref(),
            plugins,
            namespace: &self.namespace,
            others: &self.others,
            instead: None,
        }
    }
}

/// What lies in a folder, by name.
fn items(folder: &Path) -> Outcome<Vec<PathBuf>> {
    let unreadable = |error: io::Error| {
        let folder = folder.display();
        Stop::environment(format!("the folder `{folder}` cannot be read: {error}"))
    };
    let items = std::fs::read_dir(folder).map_err(unreadable)?;
    let paths = items.map(|item| item.map(|item| item.path()));
    let mut paths: Vec<_> = paths.collect::<io::Result<_>>().map_err(unreadable)?;
    paths.sort();
    Ok(paths)
}

/// A folder with manifests whose name is no namespace's.
fn no_namespace(path: &Path) -> Source {
    Source::unreadable(
        path.display().to_string(),
        "this folder has manifests, and a namespace cannot be called so",
        "use lower-case letters, digits, `-` and `_`, beginning with a letter; the manifests of `default` lie in no folder",
    )
}

fn is_manifest(path: &Path) -> bool {
    let name = path
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    let yaml = name.ends_with(".yaml") || name.ends_with(".yml");
    yaml && !name.starts_with('.') && name != CONNECTIONS
}

/// A file; one that cannot be read is a problem of the manifests, with its name.
fn source(path: &Path) -> Source {
    let shown = path.display().to_string();
    let error = match std::fs::read_to_string(path) {
        Ok(text) => return Source::new(shown, text),
        Err(error) => error,
    };
    match error.kind() {
        io::ErrorKind::InvalidData => Source::unreadable(
            shown,
            "the file is not text in UTF-8",
            "save it as UTF-8, or give it another ending if it is no manifest",
        ),
        io::ErrorKind::IsADirectory => Source::unreadable(
            shown,
            "this is a folder, and a file is read here",
            "give it a name that does not end as those of manifests do, or remove it",
        ),
        io::ErrorKind::NotFound => Source::unreadable(
            shown,
            "this is a link to a file that is not there",
            "let it lead to a file, or remove it",
        ),
        _ => Source::unreadable(
            shown,
            format!("the file cannot be read: {error}"),
            "see to it that the user of this process may read it",
        ),
    }
}

/// What came of checking.
pub struct Checked {
    /// Whose they are.
    pub namespace: Namespace,
    /// The plans; none where there is an error.
    pub plans: Vec<Plan>,
    /// What the connections are.
    pub described: Vec<mortise_model::Connection>,
    /// Every problem, in the order of the files.
    pub diagnostics: Vec<Diagnostic>,
}

impl Checked {
    /// The connections of files, ready to be used: those that are not among the kept ones.
    ///
    /// # Errors
    /// Where an origin passed the check and is none all the same: a defect.
    pub fn connections(&self, kept: &[mortise_model::Connection]) -> Outcome<Vec<Connection>> {
        let of_files = self.described.iter().filter(|one| !kept.contains(one));
        of_files
            .cloned()
            .map(|one| Connection::new(&self.namespace, one).map_err(Stop::defect))
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_folder_of_manifests_is_a_namespace() {
        let place = tempfile::tempdir().unwrap();
        let write = |path: &str| {
            let path = place.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "version: 1").unwrap();
        };
        [
            "a.yaml",
            "billing/a.yaml",
            "billing/deep/a.yaml",
            "events/a.json",
        ]
        .into_iter()
        .for_each(write);
        ["shop/connections.yaml", ".git/a.yaml"]
            .into_iter()
            .for_each(write);
        let found = |wanted: &[&str]| {
            let all = Manifests::of_namespaces(place.path()).unwrap();
            let names: Vec<_> = all.iter().map(|one| one.namespace.as_str()).collect();
            assert_eq!(names, wanted);
            all
        };
        let all = found(&["default", "billing", "shop"]);
        assert_eq!(all[1].others, ["default", "shop"].map(Namespace::from));
        ["default/a.yaml", "Billing/a.yaml"]
            .into_iter()
            .for_each(write);
        let all = found(&["default", "billing", "shop"]);
        let diagnostics = all[0].check(&[], None).diagnostics;
        let is_named = |name: &str| diagnostics.iter().any(|found| found.file.ends_with(name));
        assert!(
            is_named("default") && is_named("Billing"),
            "{diagnostics:?}"
        );
    }

    #[test]
    fn what_cannot_be_read_is_said_of_each_file() {
        let place = tempfile::tempdir().unwrap();
        let at = |name: &str| place.path().join(name);
        std::fs::write(at("latin.yaml"), b"name: caf\xe9\n").unwrap();
        std::fs::create_dir(at("folder.yaml")).unwrap();
        std::os::unix::fs::symlink("nowhere", at("link.yaml")).unwrap();
        std::os::unix::fs::symlink("nowhere", at(CONNECTIONS)).unwrap();
        std::fs::write(at(LOCK), b"\xff").unwrap();
        let names = [CONNECTIONS, LOCK, "folder.yaml", "latin.yaml", "link.yaml"];
        let manifests = Manifests::of_folder(place.path()).unwrap();
        let found = manifests.check(&[], None).diagnostics;
        assert_eq!(manifests.suites(&[]).diagnostics, found);
        let files: Vec<_> = found.iter().map(|found| Path::new(&found.file)).collect();
        assert_eq!(files, names.map(at));
        let is_unreadable =
            |found: &Diagnostic| found.code == mortise_manifest::Code::UnreadableFile;
        assert!(found.iter().all(is_unreadable), "{found:?}");

        // One that is named and not there at all is something else.
        let named = [at("latin.yaml"), at("nowhere.yaml")];
        let stop = Manifests::of_files(&named).map(|_| ()).unwrap_err();
        assert_eq!(stop.code, Code::NotFound);
        let named = Manifests::of_files(&[at("link.yaml")]).unwrap();
        assert!(has_errors(&named[0].check(&[], None).diagnostics));
    }
}
