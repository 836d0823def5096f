//! The whole way from texts to plans.

use std::sync::Arc;

use mortise_model::descriptor::Plugin;
use mortise_model::{Connection, Digest, Namespace, Plan};

use crate::cases::Case;
use crate::diagnostic::{Code, Diagnostic, Level};
use crate::folder::Known;
use crate::lock::{Lock, read_lock, write_lock};
use crate::read;
use crate::resolve::{Context, Resolved, resolve};
use crate::source::{Place, Sink, Source};
use crate::yaml;

/// The manifests of one namespace and what they are checked against.
#[derive(Clone, Copy, Debug)]
pub struct Folder<'a> {
    /// The manifests.
    pub manifests: &'a [Source],
    /// `connections.yaml`.
    pub connections: Option<&'a Source>,
    /// Connections that have secrets, which are in no file; none where nobody looked which there are.
    pub kept: Option<&'a [Connection]>,
    /// `mortise.lock`.
    pub lock: Option<&'a Source>,
    /// Every plugin that may be used.
    pub plugins: &'a [Arc<Plugin>],
    /// Who owns the workflows.
    pub namespace: &'a Namespace,
    /// The other namespaces of the same daemon: hooks that begin with their names are theirs.
    pub others: &'a [Namespace],
    /// A plugin that is taken wherever one of its name is meant, whatever manifests and lock say of its
    /// version: to try it out.
    pub instead: Option<&'a Arc<Plugin>>,
}

/// What came of a check.
#[derive(Clone, Debug, Default)]
pub struct Checked {
    /// One for each manifest, in their order; empty where anything has an error.
    pub plans: Vec<Plan>,
    /// The connections that could be read.
    pub connections: Vec<Connection>,
    /// Everything that is wrong, by file and place.
    pub diagnostics: Vec<Diagnostic>,
}

impl Checked {
    /// Whether anything is wrong enough that there are no plans.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        has_errors(&self.diagnostics)
    }
}

/// Checks manifests and makes plans of them. Takes milliseconds a manifest; blocks on nothing.
///
/// There may be other manifests beside them, so a workflow that is named and not there is no error:
/// [`check_whole`] says so.
#[must_use]
pub fn check(folder: &Folder<'_>) -> Checked {
    run(folder, false).checked()
}

/// The same for all manifests of a folder: what they call and whose failures start them has to be
/// among them.
#[must_use]
pub fn check_whole(folder: &Folder<'_>) -> Checked {
    run(folder, true).checked()
}

/// A manifest's plan and the cases that it has for `mortise test`.
#[derive(Clone, Debug)]
pub struct Suite {
    /// The manifest's name as it was given: files of its cases are relative to it.
    pub file: String,
    /// The plan.
    pub plan: Plan,
    /// Its `tests`, in their order.
    pub cases: Vec<Case>,
}

/// What came of a check with a look at the cases.
#[derive(Clone, Debug, Default)]
pub struct Suites {
    /// One for each manifest, in their order; empty where anything has an error.
    pub suites: Vec<Suite>,
    /// Everything that is wrong, by file and place.
    pub diagnostics: Vec<Diagnostic>,
}

/// Checks manifests as [`check`] does, and gives their cases together with their plans. The files of
/// events are not read.
#[must_use]
pub fn suites(folder: &Folder<'_>) -> Suites {
    let outcome = run(folder, false);
    let diagnostics = outcome.diagnostics();
    let failed = has_errors(&diagnostics);
    let resolved = outcome.resolved.into_iter().filter(|_| !failed);
    let suites = resolved.map(|(file, resolved)| Suite {
        file,
        plan: resolved.plan,
        cases: resolved.cases,
    });
    Suites {
        suites: suites.collect(),
        diagnostics,
    }
}

/// A lock for manifests.
#[derive(Clone, Debug)]
pub struct Locked {
    /// The text of `mortise.lock`.
    pub text: String,
    /// Newer plugins that the manifests do not ask for.
    pub newer: Vec<Newer>,
}

/// A newer version of a plugin than a manifest asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Newer {
    /// The manifest.
    pub file: String,
    /// The line that says what is asked for.
    pub line: u32,
    /// What it says: `acme/shop@^1`.
    pub asked: String,
    /// The newest version that there is.
    pub version: String,
}

/// A lock for manifests: what the present one pins where that is there and still asked for, else the
/// newest version that is asked for. Without a present one everything is the newest.
///
/// # Errors
/// Everything that is wrong with the manifests.
pub fn lock(folder: &Folder<'_>) -> Result<Locked, Vec<Diagnostic>> {
    let present = folder
        .lock
        .and_then(|source| read_lock(&mut Sink::new(source)));
    let free = Folder {
        lock: None,
        ..*folder
    };
    let outcome = run_keeping(&free, present.as_ref(), false);
    let diagnostics = outcome.diagnostics();
    if has_errors(&diagnostics) {
        return Err(diagnostics);
    }
    let resolved = || outcome.resolved.iter().map(|(_, found)| found);
    Ok(Locked {
        text: write_lock(&resolved().collect::<Vec<_>>()),
        newer: resolved().flat_map(|found| found.newer.clone()).collect(),
    })
}

/// What a lock pins an alias of a workflow to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pinned {
    /// The workflow.
    pub workflow: String,
    /// The alias.
    pub alias: String,
    /// `acme/shop`
    pub plugin: String,
    /// Its version.
    pub version: String,
    /// Its bytes.
    pub digest: Digest,
}

/// Everything that a lock pins.
///
/// # Errors
/// Everything that is wrong with it.
pub fn pinned(lock: &Source) -> Result<Vec<Pinned>, Vec<Diagnostic>> {
    let mut sink = Sink::new(lock);
    let read = read_lock(&mut sink);
    match read {
        Some(lock) if !has_errors(&sink.found) => Ok(lock.all().collect()),
        _ => Err(sorted(sink)),
    }
}

#[derive(Default)]
struct Outcome<'s> {
    /// By the name of the file.
    resolved: Vec<(String, Resolved)>,
    connections: Vec<Connection>,
    /// What is wrong with each file, in the order of their reading.
    files: Vec<(&'s Source, Vec<Diagnostic>)>,
}

fn run<'s>(folder: &Folder<'s>, is_whole: bool) -> Outcome<'s> {
    run_keeping(folder, None, is_whole)
}

/// The same; versions that `keep` pins come before newer ones.
fn run_keeping<'s>(folder: &Folder<'s>, keep: Option<&Lock>, is_whole: bool) -> Outcome<'s> {
    let mut outcome = Outcome::default();
    let connections = match folder.connections {
        None => Some(Vec::new()),
        Some(source) => outcome.read(source, |sink| {
            read::connections::connections((folder.plugins, folder.instead), folder.kept, sink)
        }),
    };
    let connections =
        connections.map(|of_file| [of_file.as_slice(), folder.kept.unwrap_or_default()].concat());
    let lock: Option<Lock> = folder
        .lock
        .and_then(|source| outcome.read(source, read_lock));
    let context = Context {
        plugins: folder.plugins,
        connections: connections.as_deref(),
        lock: lock.as_ref(),
        keep,
        instead: folder.instead,
        namespace: folder.namespace,
    };
    let mut known = Known::new(match folder.namespace.is_default() {
        true => folder.others,
        false => &[],
    });
    let first = outcome.files.len();
    for source in folder.manifests {
        let file = outcome.files.len();
        let resolved = outcome.read(source, |sink| {
            let node = yaml::read(sink).or_else(|| empty(sink))?;
            let manifest = read::manifest(&node, sink)?;
            known.add(file, &manifest, sink);
            resolve(&manifest, &context, sink)
        });
        let named = resolved.map(|resolved| (source.name.clone(), resolved));
        outcome.resolved.extend(named);
    }
    for (file, (source, found)) in outcome.files.iter_mut().enumerate().skip(first) {
        let mut sink = Sink::new(source);
        sink.found = std::mem::take(found);
        known.check_links(file, is_whole, &mut sink);
        *found = sorted(sink);
    }
    outcome.connections = connections.unwrap_or_default();
    outcome
}

impl<'s> Outcome<'s> {
    /// Reads a file and keeps what is wrong with it.
    fn read<T>(
        &mut self,
        source: &'s Source,
        read: impl FnOnce(&mut Sink<'_>) -> Option<T>,
    ) -> Option<T> {
        let mut sink = Sink::new(source);
        let value = read(&mut sink);
        self.files.push((source, sorted(sink)));
        value
    }

    fn diagnostics(&self) -> Vec<Diagnostic> {
        let files = self.files.iter();
        files.flat_map(|(_, found)| found).cloned().collect()
    }

    fn checked(self) -> Checked {
        let diagnostics = self.diagnostics();
        let failed = has_errors(&diagnostics);
        let resolved = self.resolved.into_iter().filter(|_| !failed);
        Checked {
            plans: resolved.map(|(_, resolved)| resolved.plan).collect(),
            connections: self.connections,
            diagnostics,
        }
    }
}

/// What is wrong with a file, by place.
fn sorted(mut sink: Sink<'_>) -> Vec<Diagnostic> {
    sink.found
        .sort_by_key(|found| (found.line, found.column, found.code));
    sink.found.dedup();
    sink.found
}

/// A file without any value is a manifest without any name in it.
fn empty(sink: &mut Sink<'_>) -> Option<yaml::Node> {
    if sink.found.is_empty() {
        sink.error(
            Code::MissingField,
            Place::START,
            "the file is empty",
            "write `version: 1`, `name: …` and `steps: […]`",
        );
    }
    None
}

fn has_errors(diagnostics: &[Diagnostic]) -> bool {
    diagnostics
        .iter()
        .any(|diagnostic| diagnostic.level == Level::Error)
}
