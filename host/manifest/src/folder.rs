//! What concerns the manifests of a folder together: names and paths that stand only once, and which
//! workflow starts which.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use mortise_model::Namespace;

use crate::authored::{Manifest, Source, Spanned};
use crate::diagnostic::Code;
use crate::source::{Place, Sink};
use crate::suggest;

/// What is known of the manifests that were read.
#[derive(Default)]
pub(crate) struct Known<'a> {
    /// Namespaces whose names hooks may not begin with.
    taken: &'a [Namespace],
    /// Name to file.
    workflows: BTreeMap<String, String>,
    webhooks: HashMap<(String, String), String>,
    links: Vec<Link>,
}

/// A manifest names a workflow.
struct Link {
    /// Which manifest, in order.
    file: usize,
    from: String,
    to: String,
    place: Place,
    kind: Kind,
}

/// What a manifest names another for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Each run calls it.
    Call,
    /// A run may call it.
    MayCall,
    /// It waits for its failures.
    Failures,
}

impl<'a> Known<'a> {
    /// Nothing yet, beside namespaces whose names hooks may not begin with.
    pub fn new(taken: &'a [Namespace]) -> Self {
        Self {
            taken,
            ..Self::default()
        }
    }

    /// Adds a manifest and reports what another one has already; `file` counts them.
    pub fn add(&mut self, file: usize, manifest: &Manifest<'_>, sink: &mut Sink<'_>) {
        self.add_webhooks(manifest, sink);
        let Some(name) = manifest.name else { return };
        let source = sink.source.name.clone();
        if let Some(other) = self.workflows.insert(name.value.to_owned(), source) {
            sink.error(
                Code::DuplicateWorkflow,
                name.place,
                format!("`{other}` is named `{}` as well", name.value),
                "give one of the two another name",
            );
        }
        let link = |to: &Spanned<&str>, kind| Link {
            file,
            from: name.value.to_owned(),
            to: to.value.to_owned(),
            place: to.place,
            kind,
        };
        for (to, is_certain) in &manifest.every_call() {
            let kind = if *is_certain {
                Kind::Call
            } else {
                Kind::MayCall
            };
            self.links.push(link(to, kind));
        }
        for trigger in &manifest.triggers {
            if let Source::Failure(Some(of)) = &trigger.source {
                self.links
                    .extend(of.iter().map(|to| link(to, Kind::Failures)));
            }
        }
    }

    fn add_webhooks(&mut self, manifest: &Manifest<'_>, sink: &mut Sink<'_>) {
        for trigger in &manifest.triggers {
            let Source::Webhook(hook) = &trigger.source else {
                continue;
            };
            let webhook = &hook.webhook;
            let first = webhook.path.trim_start_matches('/').split_once('/');
            if let Some((first, _)) = first
                && self.taken.iter().any(|taken| taken.as_str() == first)
            {
                sink.error(
                    Code::DuplicateWebhook,
                    hook.path_place,
                    format!(
                        "`{}` lies where the hooks of the namespace `{first}` are served",
                        webhook.path
                    ),
                    "choose a path that does not begin with the name of a folder beside the manifests",
                );
            }
            let key = (webhook.method.clone(), webhook.path.clone());
            if let Some(other) = self.webhooks.insert(key, sink.source.name.clone()) {
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

    /// Reports, for one manifest, calls that come back to it, and, where all manifests are known, names
    /// that no workflow has.
    pub fn check_links(&self, file: usize, is_whole: bool, sink: &mut Sink<'_>) {
        for link in self.links.iter().filter(|link| link.file == file) {
            self.check_cycle(link, sink);
            if is_whole && !self.workflows.contains_key(&link.to) {
                let known = self.workflows.keys().map(String::as_str);
                sink.error(
                    Code::UnknownWorkflow,
                    link.place,
                    format!("there is no workflow `{}`", link.to),
                    suggest::help(&link.to, known),
                );
            }
        }
    }

    /// A call that comes back to where it stands. Where a condition is on the way it may end.
    fn check_cycle(&self, link: &Link, sink: &mut Sink<'_>) {
        let calls = |way: &str| {
            let from = &link.from;
            format!("workflow `{from}` calls itself: `{from}` → {way}")
        };
        let endless = [Kind::Call];
        let any = [Kind::Call, Kind::MayCall];
        let of = |kinds: &[Kind]| {
            let way = kinds
                .contains(&link.kind)
                .then(|| self.way(&link.to, &link.from, kinds));
            way.flatten()
        };
        if let Some(way) = of(&endless) {
            sink.error(
                Code::CallCycle,
                link.place,
                calls(&way),
                "take one of the calls out: a run of this workflow would never end",
            );
        } else if let Some(way) = of(&any) {
            sink.warn(
                Code::CallCycle,
                link.place,
                calls(&way),
                "see to it that a condition ends it: calls deeper than `runner.call-depth-max` are parked",
            );
        }
    }

    /// The shortest way of such calls from one workflow to another, in words.
    fn way(&self, from: &str, to: &str, kinds: &[Kind]) -> Option<String> {
        let mut seen = HashSet::from([from]);
        let mut open = VecDeque::from([(from, format!("`{from}`"))]);
        while let Some((at, way)) = open.pop_front() {
            if at == to {
                return Some(way);
            }
            let calls = self
                .links
                .iter()
                .filter(|link| kinds.contains(&link.kind) && link.from == at);
            for next in calls.map(|link| link.to.as_str()) {
                if seen.insert(next) {
                    open.push_back((next, format!("{way} → `{next}`")));
                }
            }
        }
        None
    }
}
