//! The whole way from texts to plans.

use std::collections::HashMap;
use std::sync::Arc;

use mortise_model::descriptor::Plugin;
use mortise_model::{Connection, Namespace, Plan};

use crate::authored::{self, Manifest};
use crate::diagnostic::{Code, Diagnostic, Level};
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
    /// `mortise.lock`.
    pub lock: Option<&'a Source>,
    /// Every plugin that may be used.
    pub plugins: &'a [Arc<Plugin>],
    /// Who owns the workflows.
    pub namespace: &'a Namespace,
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
#[must_use]
pub fn check(folder: &Folder<'_>) -> Checked {
    let outcome = run(folder);
    let failed = has_errors(&outcome.diagnostics);
    let resolved = outcome.resolved.into_iter().filter(|_| !failed);
    Checked {
        plans: resolved.map(|resolved| resolved.plan).collect(),
        connections: outcome.connections,
        diagnostics: outcome.diagnostics,
    }
}

/// The text of `mortise.lock` for manifests; a lock that is there already is not looked at.
///
/// # Errors
/// Everything that is wrong with the manifests.
pub fn lock(folder: &Folder<'_>) -> Result<String, Vec<Diagnostic>> {
    let outcome = run(&Folder {
        lock: None,
        ..*folder
    });
    if has_errors(&outcome.diagnostics) {
        return Err(outcome.diagnostics);
    }
    Ok(write_lock(&outcome.resolved))
}

#[derive(Default)]
struct Outcome {
    resolved: Vec<Resolved>,
    connections: Vec<Connection>,
    diagnostics: Vec<Diagnostic>,
}

fn run(folder: &Folder<'_>) -> Outcome {
    let mut outcome = Outcome::default();
    let connections = match folder.connections {
        None => Some(Vec::new()),
        Some(source) => outcome.read(source, |sink| {
            read::connections::connections(folder.plugins, sink)
        }),
    };
    let lock: Option<Lock> = folder
        .lock
        .and_then(|source| outcome.read(source, read_lock));
    let context = Context {
        plugins: folder.plugins,
        connections: connections.as_deref(),
        lock: lock.as_ref(),
        namespace: folder.namespace,
    };
    let mut known = Known::default();
    for source in folder.manifests {
        let resolved = outcome.read(source, |sink| {
            let node = yaml::read(sink).or_else(|| empty(sink))?;
            let manifest = read::manifest(&node, sink)?;
            known.check(&manifest, sink);
            resolve(&manifest, &context, sink)
        });
        outcome.resolved.extend(resolved);
    }
    outcome.connections = connections.unwrap_or_default();
    outcome
}

impl Outcome {
    /// Reads a file and keeps what is wrong with it, by place.
    fn read<T>(
        &mut self,
        source: &Source,
        read: impl FnOnce(&mut Sink<'_>) -> Option<T>,
    ) -> Option<T> {
        let mut sink = Sink::new(source);
        let value = read(&mut sink);
        sink.found
            .sort_by_key(|found| (found.line, found.column, found.code));
        sink.found.dedup();
        self.diagnostics.append(&mut sink.found);
        value
    }
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

/// What may stand only once in a folder, and the file that has it.
#[derive(Default)]
struct Known {
    workflows: HashMap<String, String>,
    webhooks: HashMap<(String, String), String>,
}

impl Known {
    fn check(&mut self, manifest: &Manifest<'_>, sink: &mut Sink<'_>) {
        let file = sink.source.name.clone();
        if let Some(name) = manifest.name
            && let Some(other) = self.workflows.insert(name.value.to_owned(), file.clone())
        {
            sink.error(
                Code::DuplicateWorkflow,
                name.place,
                format!("`{other}` is named `{}` as well", name.value),
                "give one of the two another name",
            );
        }
        for trigger in &manifest.triggers {
            let authored::Source::Webhook(hook) = &trigger.source else {
                continue;
            };
            let webhook = &hook.webhook;
            let key = (webhook.method.clone(), webhook.path.clone());
            if let Some(other) = self.webhooks.insert(key, file.clone()) {
                sink.error(
                    Code::DuplicateWebhook,
                    hook.path_place,
                    format!(
                        "`{} {}` is served by a webhook of `{other}` already",
                        webhook.method, webhook.path
                    ),
                    "choose another path or method",
                );
            }
        }
    }
}

fn has_errors(diagnostics: &[Diagnostic]) -> bool {
    diagnostics
        .iter()
        .any(|diagnostic| diagnostic.level == Level::Error)
}
