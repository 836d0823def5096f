//! `mortise lock`

use std::path::PathBuf;

use clap::Args;

use crate::args::{From, folders};
use crate::exit::{Outcome, Stop};
use crate::manifests::{LOCK, Manifests, report};
use crate::{output, progress, wire};

/// Writes the lock.
#[derive(Args)]
#[command(
    after_help = "Example:\n  mortise lock --workflows workflows --plugins plugins\n\nPrints the lines of the lock that changed: what a plugin may reach now and may not have before."
)]
pub struct Lock {
    /// Folder of the manifests, where `mortise.lock` is written [env: MORTISE_WORKFLOWS]
    #[arg(long, value_name = "DIR")]
    workflows: Option<PathBuf>,
    /// Folder of the plugins, a file NAME.wasm each [env: MORTISE_PLUGINS]
    #[arg(long, value_name = "DIR")]
    plugins: Option<PathBuf>,
    #[command(flatten)]
    from: From,
}

/// Pins the manifests' plugins and prints what changed.
///
/// # Errors
/// `Failed` where the manifests have errors.
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
    let (mut texts, mut found) = (Vec::new(), Vec::new());
    for manifests in &namespaces {
        match manifests.lock(&plugins) {
            Ok(text) => texts.push((manifests, text)),
            Err(mut diagnostics) => found.append(&mut diagnostics),
        }
    }
    report(&found)?;
    for (manifests, text) in texts {
        // The folder itself may have nothing but namespaces in it.
        if !manifests.is_empty() || namespaces.len() == 1 {
            write(manifests, &text)?;
        }
    }
    Ok(())
}

fn write(manifests: &Manifests, text: &str) -> Outcome {
    let path = manifests.folder.join(LOCK);
    if text == manifests.locked() {
        progress::note(format!("`{}` is as it was", path.display()));
        return Ok(());
    }
    let part = manifests.folder.join(format!(".{LOCK}.part"));
    std::fs::write(&part, text)
        .and_then(|()| std::fs::rename(&part, &path))
        .map_err(|error| {
            Stop::environment(format!("`{}` cannot be written: {error}", path.display()))
        })?;
    output::text(&changes(manifests.locked(), text))
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
