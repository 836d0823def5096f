//! Tests as folders: `tests/scenarios/CASE/` has the manifests, the events and, in
//! `scenario.yaml`, what is done and what has to come of it. A new one needs no Rust.
//!
//! [`script`] is what may stand in `scenario.yaml`, [`words`] what is filled into it, [`stage`] sets
//! up folder, sink and daemon, [`account`] fakes of applications and connections to them, [`play`] does one step
//! after the other, [`sent`] looks at what the sink got.

pub mod account;
pub mod play;
pub mod script;
pub mod sent;
pub mod stage;
pub mod words;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

pub use script::Script;
pub use words::Words;

/// The address that stands for the sink in manifests, also in those of the demo and the benchmark.
pub const SINK: &str = "127.0.0.1:9000";

/// The folders of all scenarios, by name. `SCENARIO` in the environment chooses those whose names
/// contain it.
///
/// # Errors
/// Where there is none at all.
pub fn all(folder: &Path) -> Result<Vec<PathBuf>> {
    let wanted = std::env::var("SCENARIO").unwrap_or_default();
    let mut cases = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(|| format!("{}", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() && path.to_string_lossy().contains(&wanted) {
            cases.push(path);
        }
    }
    ensure!(
        !(cases.is_empty() && wanted.is_empty()),
        "no scenario in {}",
        folder.display()
    );
    cases.sort();
    Ok(cases)
}

/// Plays one scenario.
///
/// # Errors
/// What was not as expected: everything of the step that differed, not only the first.
pub async fn play(case: &Path) -> Result<()> {
    let script = Script::read(case)?;
    let mut stage = stage::Stage::set(case, &script).await?;
    for (index, step) in script.play.iter().enumerate() {
        let played = play::step(&mut stage, step).await;
        played
            .with_context(|| format!("step {} of `play`", index + 1))
            .map_err(|error| stage.explain(error))?;
    }
    sent::check(&stage, &script)
        .await
        .map_err(|error| stage.explain(error))?;
    stage.clear().await
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::{Script, all};
    use crate::paths;

    #[test]
    fn every_scenario_can_be_read() {
        let folders = ["tests/scenarios", "tests/connectors"]
            .map(|folder| all(&paths::root().join(folder)).unwrap());
        let failed: Vec<String> = (folders.iter().flatten())
            .filter_map(|case| Script::read(case).err())
            .map(|error| format!("{error:#}"))
            .collect();
        assert!(failed.is_empty(), "{}", failed.join("\n"));
    }
}
