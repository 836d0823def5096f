//! `mortise lock --upgrade`: what it changes, whether that is meant, and then the change.

use std::fmt::Write as _;
use std::io::{BufRead as _, IsTerminal as _, stdin};
use std::sync::Arc;

use mortise_manifest::{Diagnostic, Newer, Pinned as Pin, Source, pinned};
use mortise_model::Digest;
use mortise_model::descriptor::Plugin;
use mortise_registry::diff::{Difference, diff};
use serde::Serialize;

use super::{Lock, Pinned, write};
use crate::commands::differences;
use crate::exit::{Code, Outcome, Stop};
use crate::manifests::{LOCK, Manifests, has_errors, report};
use crate::{output, progress};

/// Another version of a plugin, or other bytes of the same one.
#[derive(Serialize)]
struct Upgrade {
    plugin: String,
    from: String,
    to: String,
    from_digest: Digest,
    to_digest: Digest,
    /// The workflows that take it.
    workflows: Vec<String>,
    /// None where the version that was pinned is not in the folder of plugins any more.
    differences: Option<Vec<Difference>>,
}

#[derive(Serialize)]
struct View<'a> {
    upgrades: &'a [Upgrade],
    newer: Vec<NewerView>,
    written: bool,
}

/// A newer version than the manifests ask for.
#[derive(Serialize)]
struct NewerView {
    file: String,
    line: u32,
    asked: String,
    version: String,
}

/// Shows what the newest plugins change, asks, and writes the locks.
///
/// # Errors
/// `Failed` where the manifests are not valid with the newest; `NotAllowed` where nobody agrees.
pub fn run(
    (all, new): (&[Manifests], &[Pinned<'_>]),
    plugins: &[Arc<Plugin>],
    found: Vec<Diagnostic>,
    lock: &Lock,
) -> Outcome {
    let upgrades = match has_errors(&found) {
        // What breaks says why they are not valid.
        true => all
            .iter()
            .flat_map(|manifests| newest(manifests, plugins))
            .collect(),
        false => new
            .iter()
            .flat_map(|pinned| upgrades(pinned, plugins))
            .collect(),
    };
    let upgrades = gathered(upgrades);
    if !lock.json {
        output::text(&text(&upgrades))?;
    }
    report(&found)?;
    let newer: Vec<&Newer> = new.iter().flat_map(|pinned| &pinned.newer).collect();
    for newer in &newer {
        let Newer {
            file,
            line,
            asked,
            version,
        } = newer;
        progress::note(format!(
            "note: {file}:{line} asks for `{asked}`, and there is {version}: a manifest that asks for it takes it"
        ));
    }
    let is_new = new.iter().any(|pinned| pinned.text != pinned.before());
    let agreed = match is_new {
        true => agree(lock.yes),
        false => Ok(()),
    };
    if agreed.is_ok() {
        new.iter()
            .try_for_each(|pinned| write(pinned, !lock.json))?;
    }
    if lock.json {
        output::json(&View {
            upgrades: &upgrades,
            newer: newer.into_iter().map(NewerView::from).collect(),
            written: is_new && agreed.is_ok(),
        })?;
    }
    agreed
}

impl From<&Newer> for NewerView {
    fn from(newer: &Newer) -> Self {
        Self {
            file: newer.file.clone(),
            line: newer.line,
            asked: newer.asked.clone(),
            version: newer.version.clone(),
        }
    }
}

/// What a new lock pins in another way than the present one.
fn upgrades(new: &Pinned<'_>, plugins: &[Arc<Plugin>]) -> Vec<Upgrade> {
    let old = present(new.manifests);
    // It was written this moment.
    let pins = pinned(&Source::new(LOCK, new.text.as_str())).unwrap_or_default();
    let changed = pins.into_iter().filter_map(|pin| {
        let its = |old: &&Pin| old.workflow == pin.workflow && old.alias == pin.alias;
        let old = old
            .iter()
            .find(its)
            .filter(|old| old.digest != pin.digest)?;
        let to = plugins.iter().find(|plugin| plugin.digest == pin.digest)?;
        Some(upgrade(old, to, plugins))
    });
    changed.collect()
}

/// The newest versions of what a lock pins, whatever the manifests ask for.
fn newest(manifests: &Manifests, plugins: &[Arc<Plugin>]) -> Vec<Upgrade> {
    let newer = present(manifests).into_iter().filter_map(|old| {
        let named = plugins
            .iter()
            .filter(|plugin| plugin.descriptor.name == old.plugin);
        let newest =
            named.max_by_key(|plugin| semver::Version::parse(&plugin.descriptor.version).ok())?;
        (newest.digest != old.digest).then(|| upgrade(&old, newest, plugins))
    });
    newer.collect()
}

/// What the present lock pins; of one that cannot be read, nothing.
fn present(manifests: &Manifests) -> Vec<Pin> {
    manifests
        .locked()
        .and_then(|lock| pinned(lock).ok())
        .unwrap_or_default()
}

fn upgrade(old: &Pin, to: &Arc<Plugin>, plugins: &[Arc<Plugin>]) -> Upgrade {
    let from = plugins.iter().find(|plugin| plugin.digest == old.digest);
    Upgrade {
        plugin: to.descriptor.name.clone(),
        from: old.version.clone(),
        to: to.descriptor.version.clone(),
        from_digest: old.digest,
        to_digest: to.digest,
        workflows: vec![old.workflow.clone()],
        differences: from.map(|from| diff(from, to)),
    }
}

/// One for each pair of versions.
fn gathered(all: Vec<Upgrade>) -> Vec<Upgrade> {
    let mut gathered: Vec<Upgrade> = Vec::new();
    for mut upgrade in all {
        let is_same = |known: &&mut Upgrade| {
            (known.from_digest, known.to_digest) == (upgrade.from_digest, upgrade.to_digest)
        };
        match gathered.iter_mut().find(is_same) {
            Some(known) => {
                known.workflows.append(&mut upgrade.workflows);
                known.workflows.dedup();
            }
            None => gathered.push(upgrade),
        }
    }
    gathered
}

fn text(upgrades: &[Upgrade]) -> String {
    let mut text = String::new();
    for upgrade in upgrades {
        let Upgrade {
            plugin, from, to, ..
        } = upgrade;
        let workflows = upgrade.workflows.join(", ");
        let _ = writeln!(text, "{plugin} {from} -> {to}, used by {workflows}");
        if from == to {
            let (old, new) = (upgrade.from_digest, upgrade.to_digest);
            let _ = writeln!(text, "the same version has other bytes: {old} -> {new}");
        }
        match &upgrade.differences {
            Some(found) => text.push_str(&differences::text(found)),
            None => {
                let _ = writeln!(
                    text,
                    "what differs cannot be said: {from} is not in the folder of plugins any more"
                );
            }
        }
    }
    text
}

/// Asks whether to go on.
fn agree(is_agreed: bool) -> Outcome {
    if is_agreed {
        return Ok(());
    }
    let nothing = |why: &str| {
        Err(Stop::new(
            Code::NotAllowed,
            format!("nothing was changed: {why}"),
        ))
    };
    if !stdin().is_terminal() {
        return nothing("there is no terminal to ask at, so say `--yes` where this is meant");
    }
    progress::ask("Go on? [y/N] ");
    let mut answer = String::new();
    let read = stdin()
        .lock()
        .read_line(&mut answer)
        .map_err(Stop::environment)?;
    match answer.trim().to_ascii_lowercase().as_str() {
        "y" | "yes" if read > 0 => Ok(()),
        _ => nothing("the answer was no"),
    }
}
