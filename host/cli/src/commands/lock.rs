//! `mortise lock`

mod upgrade;

use std::path::PathBuf;

use clap::Args;
use mortise_manifest::Newer;

use crate::args::{From, folders};
use crate::exit::{Outcome, Stop};
use crate::manifests::{LOCK, Manifests, report};
use crate::{output, progress, wire};

/// Writes the lock.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  mortise lock --workflows workflows --plugins plugins\n  mortise lock --upgrade --workflows workflows --plugins plugins\n\nKeeps every version that the lock pins already, pins what is new, and prints the lines that changed: what a\nplugin may reach now and may not have before. With `--upgrade` every plugin becomes the newest that the\nmanifests ask for: what breaks, is asked for in addition and is new is shown, and nothing is written before\nsomebody says yes."
)]
pub struct Lock {
    /// Folder of the manifests, where `mortise.lock` is written [env: MORTISE_WORKFLOWS]
    #[arg(long, value_name = "DIR")]
    workflows: Option<PathBuf>,
    /// Folder of the plugins, a file NAME.wasm each [env: MORTISE_PLUGINS]
    #[arg(long, value_name = "DIR")]
    plugins: Option<PathBuf>,
    /// Take the newest version of each plugin that the manifests ask for
    #[arg(long)]
    upgrade: bool,
    /// Answer the question of `--upgrade` with yes
    #[arg(long, requires = "upgrade")]
    yes: bool,
    #[command(flatten)]
    from: From,
    /// Print JSON: what `--upgrade` changes
    #[arg(long, requires = "upgrade")]
    json: bool,
}

/// The manifests of a namespace with the text of their new lock.
struct Pinned<'m> {
    manifests: &'m Manifests,
    text: String,
    newer: Vec<Newer>,
}

/// Pins the manifests' plugins and prints what changed.
///
/// # Errors
/// `Failed` where the manifests have errors; `NotAllowed` where an upgrade is not agreed to.
pub async fn run(lock: Lock) -> Outcome {
    let flags = folders(&[("workflows", &lock.workflows), ("plugins", &lock.plugins)]);
    let settings = lock.from.resolve(&flags)?.settings;
    let Some(folder) = &settings.workflows else {
        return Err(Stop::usage(
            "say which folder: `--workflows DIR`, or the variable `MORTISE_WORKFLOWS`",
        ));
    };
    let namespaces = Manifests::of_namespaces(folder)?;
    let sandbox = wire::idle_sandbox(&settings).await?;
    let loaded = wire::load_plugins(&sandbox, &settings).await?;
    let plugins = loaded.all();
    let (mut pinned, mut found) = (Vec::new(), Vec::new());
    for manifests in &namespaces {
        match manifests.lock(&plugins, lock.upgrade) {
            // The folder itself may have nothing but namespaces in it.
            Ok(_) if manifests.is_empty() && namespaces.len() > 1 => {}
            Ok(locked) => pinned.push(Pinned {
                manifests,
                text: locked.text,
                newer: locked.newer,
            }),
            Err(mut diagnostics) => found.append(&mut diagnostics),
        }
    }
    if lock.upgrade {
        return upgrade::run((&namespaces, &pinned), &plugins, found, &lock);
    }
    report(&found)?;
    pinned.iter().try_for_each(|one| write(one, true))
}

/// Writes a lock, and prints what changed in it where that is wanted.
fn write(pinned: &Pinned<'_>, is_shown: bool) -> Outcome {
    let (manifests, text) = (pinned.manifests, pinned.text.as_str());
    let path = manifests.folder.join(LOCK);
    if text == pinned.before() {
        progress::note(format!("`{}` is as it was", path.display()));
        return Ok(());
    }
    let part = manifests.folder.join(format!(".{LOCK}.part"));
    std::fs::write(&part, text)
        .and_then(|()| std::fs::rename(&part, &path))
        .map_err(|error| {
            Stop::environment(format!("`{}` cannot be written: {error}", path.display()))
        })?;
    match is_shown {
        true => output::text(&changes(pinned.before(), text)),
        false => Ok(()),
    }
}

impl Pinned<'_> {
    /// The text of the lock as it is; empty where there is none.
    fn before(&self) -> &str {
        self.manifests
            .locked()
            .map_or("", |lock| lock.text.as_str())
    }
}

/// Lines that are in one text alone: `-` in the old one, `+` in the new one.
fn changes(old: &str, new: &str) -> String {
    let only = |lines: &str, other: &str, sign: char| -> Vec<String> {
        lines
            .lines()
            .filter(|line| !other.lines().any(|known| known == *line))
            .map(|line| format!("{sign} {line}"))
            .collect()
    };
    let mut lines = only(old, new, '-');
    lines.extend(only(new, old, '+'));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_the_lines_of_one_side_alone() {
        assert_eq!(changes("a\nb\n", "b\nc\n"), "- a\n+ c");
        assert_eq!(changes("a\n", "a\n"), "");
    }
}
