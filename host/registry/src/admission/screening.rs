//! The gate of a daemon's registry.

use std::path::PathBuf;
use std::sync::Arc;

use mortise_model::descriptor::Plugin;
use mortise_model::{Digest, Repository};
use mortise_ports::Plugins;
use mortise_ports::artifacts::{Artifacts, Finding, List, Listed, Named, State};
use semver::Version;
use tokio::sync::Mutex;
use tokio::task::spawn_blocking;

use super::{Admission, Gate, Judging, Policy, Pushed, Rules, Signatures, Verdict};
use super::{evidence, reach};
use crate::artifact::{self, ArtifactError, CONFIG_MAX_BYTES, fits};
use crate::diff::{Kind, diff};
use crate::gate::{self, Level};
use crate::oci::name::version_of;
use crate::signature::{SignatureError, Subject, verify};

/// Looks into everything that is pushed: who signed it, what it is, whether it is what its place says,
/// and what it changes for those who have the version before.
pub struct Screening<S, P> {
    store: Arc<S>,
    plugins: Arc<P>,
    trust: Trust,
    /// One at a time: each holds a component in memory and compiles it.
    turn: Mutex<()>,
}

/// Whom the registry believes, and how much it takes.
#[derive(Clone, Debug)]
pub struct Trust {
    /// The policy's file, read for every plugin; without one every namespace is open, and no key is known.
    pub policy: Option<PathBuf>,
    /// What holds where the policy does not say it.
    pub signatures: Signatures,
    /// The largest component in bytes.
    pub component_max_bytes: u64,
}

/// Differences to the version before that are told; a rewritten plugin has more than anybody reads.
const DIFFERENCES_MAX: usize = 50;
/// Findings that are told and kept. Whoever mends so many pushes again.
const FINDINGS_MAX: usize = 100;

impl<S: Artifacts, P: Plugins> Screening<S, P> {
    /// A gate over what a store has.
    pub fn new(store: Arc<S>, plugins: Arc<P>, trust: Trust) -> Self {
        Self {
            store,
            plugins,
            trust,
            turn: Mutex::default(),
        }
    }

    async fn judge(&self, pushed: Pushed) -> Result<Verdict, String> {
        let _turn = self.turn.lock().await;
        let mut found = Findings::default();
        let Some(rules) = self.rules(&pushed.repository, &mut found).await? else {
            return Ok(found.refused());
        };
        // What costs little comes first; nobody looks into what nobody vouches for.
        let is_signed = self.signed(&pushed, &rules, &mut found).await?;
        self.size(&pushed, &rules, &mut found);
        if found.refuse() {
            return Ok(found.refused());
        }
        let Some(plugin) = self.component(&pushed, &mut found).await? else {
            return Ok(found.refused());
        };
        self.compare(&pushed, &plugin, &mut found).await?;
        let is_within = approves(&rules, &plugin, &mut found);
        Ok(match found.refuse() {
            true => found.refused(),
            false if is_signed && is_within => found.verdict(Admission::Approved),
            false => found.verdict(Admission::Inert),
        })
    }

    async fn rules(
        &self,
        repository: &Repository,
        found: &mut Findings,
    ) -> Result<Option<Rules>, String> {
        let Some(path) = self.trust.policy.clone() else {
            return Ok(Some(Rules::default()));
        };
        let shown = path.display().to_string();
        let policy = spawn_blocking(move || Policy::read(&path)).await;
        let policy = policy.map_err(|error| error.to_string())?;
        let policy = policy.map_err(|error| error.to_string())?;
        let namespace = repository.namespace();
        let rules = policy.rules(namespace.as_str()).cloned();
        if rules.is_none() {
            let text = format!(
                "`{shown}` has no namespace `{namespace}`, so nothing is taken for it: add it below `namespaces`, or `\"*\"` for all others"
            );
            found.error("unknown-namespace", text);
        }
        Ok(rules)
    }

    /// Whether a trusted key signed it. Where none did, that is an error or told, as the rules say.
    async fn signed(
        &self,
        pushed: &Pushed,
        rules: &Rules,
        found: &mut Findings,
    ) -> Result<bool, String> {
        let Some(digest) = pushed.digest.sha256() else {
            found.error(
                "other-digest",
                "the manifest of a plugin is named by its sha256: push it by a tag or by that",
            );
            return Ok(false);
        };
        let repository = &pushed.repository;
        let signed = evidence::signatures(&*self.store, repository, &digest).await;
        let signed = signed.map_err(|error| error.to_string())?;
        let subject = Subject {
            digest,
            // The host does not count.
            reference: format!("registry/{repository}"),
        };
        let Err(error) = verify(&subject, &signed, &rules.keys) else {
            return Ok(true);
        };
        let (code, text) = unsigned(&error, repository);
        let signatures = rules.signatures.unwrap_or(self.trust.signatures);
        found.put(signatures == Signatures::Strict, code, text);
        Ok(false)
    }

    fn size(&self, pushed: &Pushed, rules: &Rules, found: &mut Findings) {
        let (size, namespace) = (pushed.size_bytes, pushed.repository.namespace());
        let own = rules.component_max_bytes;
        let own = own.map(|max| {
            (
                max,
                format!("the policy's `namespaces/{namespace}/limits/component-max-bytes`"),
            )
        });
        let all = (
            self.trust.component_max_bytes,
            "`sandbox.component-max-bytes`".to_owned(),
        );
        for (max, name) in own.into_iter().chain([all]) {
            if size > max {
                let text =
                    format!("the component has {size} bytes, over the limit {name} of {max}");
                return found.error("too-large", text);
            }
        }
    }

    /// Looks into the component; none where that cannot be done.
    async fn component(
        &self,
        pushed: &Pushed,
        found: &mut Findings,
    ) -> Result<Option<Arc<Plugin>>, String> {
        let bytes = self.store.read_blob(pushed.component, 0..pushed.size_bytes);
        let bytes = bytes.await.map_err(|error| error.to_string())?;
        let bytes = bytes.ok_or("the component went away meanwhile")?;
        if pushed.component.sha256() != Some(Digest::of(&bytes)) {
            found.error(
                "digest-mismatch",
                "the component has another digest than the manifest says: upload it again",
            );
            return Ok(None);
        }
        let plugin = match self.plugins.examine(bytes).await {
            Ok(plugin) => plugin,
            Err(error) => {
                found.take(gate::unloadable(&error));
                return Ok(None);
            }
        };
        for finding in gate::check(&plugin) {
            found.take(finding);
        }
        if let Err(error) = self.artifact(pushed, &plugin).await? {
            let code = match error {
                ArtifactError::Name { .. } => "other-name",
                ArtifactError::Version { .. } => "other-version",
                ArtifactError::Annotation { .. } => "other-annotation",
                _ => "bad-artifact",
            };
            found.error(code, error.to_string());
        }
        Ok(Some(plugin))
    }

    /// Whether manifest, configuration and place are about this plugin.
    async fn artifact(
        &self,
        pushed: &Pushed,
        plugin: &Plugin,
    ) -> Result<Result<(), ArtifactError>, String> {
        let (name, version) = (&plugin.descriptor.name, &plugin.descriptor.version);
        let fit = || -> Result<artifact::Plugin, ArtifactError> {
            let place = place(&pushed.repository);
            let versions = pushed.tags.iter().filter_map(version_of);
            let tags = versions.map(|(version, _)| Some(version.to_string()));
            for tag in tags.chain([None]) {
                fits((name, version), (place, tag.as_deref()))?;
            }
            let artifact = artifact::Plugin::parse(&pushed.manifest)?;
            artifact.is_about(name, version)?;
            Ok(artifact)
        };
        let artifact = match fit() {
            Ok(artifact) => artifact,
            Err(error) => return Ok(Err(error)),
        };
        let digest = artifact.manifest.config.digest.into();
        let config = self.store.read_blob(digest, 0..CONFIG_MAX_BYTES).await;
        let config = config.map_err(|error| error.to_string())?;
        Ok(artifact.config(&config.unwrap_or_default()).map(drop))
    }

    /// Tells what changes for those who have the newest version that is there.
    async fn compare(
        &self,
        pushed: &Pushed,
        plugin: &Plugin,
        found: &mut Findings,
    ) -> Result<(), String> {
        let Some((version, old)) = self.last(pushed).await? else {
            return Ok(());
        };
        for difference in diff(&old, plugin).into_iter().take(DIFFERENCES_MAX) {
            let code = match difference.kind {
                Kind::Breaks => "breaks",
                Kind::Asks => "asks",
                Kind::Adds => continue,
            };
            let (place, message) = (difference.place, difference.message);
            found.advise(code, format!("since {version}: `{place}`: {message}"));
        }
        Ok(())
    }

    /// The newest version that may be taken and is another one; none where it is the first.
    async fn last(&self, pushed: &Pushed) -> Result<Option<(Version, Arc<Plugin>)>, String> {
        let failed = |error: mortise_ports::StoreError| error.to_string();
        let repository = &pushed.repository;
        let tags = self.store.listed(List::Tags(repository.clone())).await;
        let Listed::Tags(tags) = tags.map_err(failed)? else {
            return Ok(None);
        };
        let mut versions: Vec<_> = tags.iter().filter_map(version_of).collect();
        versions.sort();
        for (version, tag) in versions.into_iter().rev() {
            let artifact = self.store.artifact(repository, &Named::Tag(tag)).await;
            let Some((artifact, _)) = artifact.map_err(failed)? else {
                continue;
            };
            let is_other =
                artifact.digest != pushed.digest && artifact.standing.state != State::Yanked;
            if let Some(component) = artifact.plugin.filter(|_| is_other) {
                let max = self.trust.component_max_bytes;
                let bytes = self.store.read_blob(component, 0..max).await;
                let bytes = bytes.map_err(failed)?.unwrap_or_default();
                // What does not load here any more says nothing about the new one.
                let old = self.plugins.examine(bytes).await.ok();
                return Ok(old.map(|old| (version, old)));
            }
        }
        Ok(None)
    }
}

impl<S: Artifacts, P: Plugins> Gate for Screening<S, P> {
    fn admit(&self, pushed: Pushed) -> Judging<'_> {
        Box::pin(self.judge(pushed))
    }
}

/// Whether the rules approve what a plugin wants to reach. What that is, is told in any case.
fn approves(rules: &Rules, plugin: &Plugin, found: &mut Findings) -> bool {
    let hosts = reach::hosts(plugin);
    if !hosts.is_empty() {
        let listed: Vec<_> = hosts.iter().map(|host| format!("`{host}`")).collect();
        found.advise(
            "reaches",
            format!("it wants to reach {}", listed.join(", ")),
        );
    }
    let Some(allowed) = &rules.approve_hosts else {
        return false;
    };
    let mut beyond = hosts.iter().filter(|host| !reach::allows(allowed, host));
    let Some(host) = beyond.next() else {
        return true;
    };
    let text = format!(
        "the policy does not approve `{host}`: add it to `approve/hosts` of the namespace, or approve the plugin with `mortise plugin approve`"
    );
    found.advise("beyond-policy", text);
    false
}

/// The plugin that a repository is for: the last two parts of its name.
fn place(repository: &Repository) -> &str {
    let text = repository.as_str();
    let mut slashes = text.rmatch_indices('/').map(|(at, _)| at);
    slashes.nth(1).map_or(text, |at| &text[at + 1..])
}

/// Why a plugin does not count as signed, for whoever pushes it.
fn unsigned(error: &SignatureError, repository: &Repository) -> (&'static str, String) {
    let namespace = repository.namespace();
    match error {
        SignatureError::Unsigned(_) => (
            "unsigned",
            "nobody signed it: push it with `mortise plugin push --key KEY`, which puts the signature first".to_owned(),
        ),
        SignatureError::NoKeys => (
            "no-keys",
            format!(
                "nobody's signature counts for `{namespace}`: list public keys in `namespaces/{namespace}/keys` of the file that `registry.policy-file` names"
            ),
        ),
        SignatureError::OtherKey { .. } => (
            "other-key",
            format!(
                "it is signed, and by none of the keys of `{namespace}`: sign it with one of them, or add the key to `namespaces/{namespace}/keys` of the policy"
            ),
        ),
        SignatureError::OtherArtifact { .. } | SignatureError::OtherReference { .. } => {
            ("replayed", error.to_string())
        }
        SignatureError::Damaged(_) | SignatureError::TooLarge | SignatureError::TooMany => {
            ("bad-signature", error.to_string())
        }
    }
}

/// What was found so far.
#[derive(Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn put(&mut self, is_error: bool, code: &str, text: impl Into<String>) {
        self.0.push(Finding {
            code: code.to_owned(),
            is_error,
            text: text.into(),
        });
    }

    fn error(&mut self, code: &str, text: impl Into<String>) {
        self.put(true, code, text);
    }

    fn advise(&mut self, code: &str, text: impl Into<String>) {
        self.put(false, code, text);
    }

    fn take(&mut self, finding: gate::Finding) {
        let text = match finding.place.as_str() {
            "" => finding.message,
            place => format!("`{place}`: {}", finding.message),
        };
        self.put(finding.level == Level::Error, finding.code, text);
    }

    fn refuse(&self) -> bool {
        self.0.iter().any(|finding| finding.is_error)
    }

    fn refused(self) -> Verdict {
        self.verdict(Admission::Refused)
    }

    /// Errors first.
    fn verdict(self, admission: Admission) -> Verdict {
        let mut findings = self.0;
        findings.sort_by_key(|finding| !finding.is_error);
        findings.truncate(FINDINGS_MAX);
        Verdict {
            admission,
            findings,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_is_for_the_plugin_that_its_last_parts_name() {
        for (repository, plugin) in [
            ("acme/shop", "acme/shop"),
            ("mirror/acme/shop", "acme/shop"),
            ("shop", "shop"),
        ] {
            assert_eq!(place(&Repository::from(repository)), plugin);
        }
    }
}
