//! Looks whether the manifests change, where `workflows.watch` says so.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use tokio::task::spawn_blocking;

/// What tells one state of a folder from another: each file's time of change and size.
pub type State = BTreeMap<PathBuf, (Option<SystemTime>, u64)>;

/// Calls `changed` each time that the files of a folder are others than they were known to be and
/// then stayed as they are for one look. Never returns.
pub async fn folder<F: Future<Output = ()>>(
    folder: &Path,
    mut known: Option<State>,
    every: Duration,
    mut changed: impl FnMut() -> F,
) {
    let mut last = known.clone();
    let mut ticks = tokio::time::interval(every);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let now = look(folder).await;
        if now == last && now != known {
            known = now.clone();
            changed().await;
        }
        last = now;
    }
}

/// What the files of a folder are like now: to be asked before they are read. None where the folder
/// cannot be read, which is a state as well.
pub async fn look(folder: &Path) -> Option<State> {
    let folder = folder.to_owned();
    let state = spawn_blocking(move || {
        let mut state = State::new();
        add(&mut state, &folder)?;
        // Folders of namespaces; one that cannot be read is as one that has nothing in it.
        let inside: Vec<_> = state.keys().filter(|path| path.is_dir()).cloned().collect();
        for folder in inside {
            let _ = add(&mut state, &folder);
        }
        Some(state)
    });
    state.await.ok().flatten()
}

fn add(state: &mut State, folder: &Path) -> Option<()> {
    for item in std::fs::read_dir(folder).ok()? {
        let path = item.ok()?.path();
        let found = std::fs::metadata(&path).ok();
        let found = found.map_or((None, 0), |found| (found.modified().ok(), found.len()));
        state.insert(path, found);
    }
    Some(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use tokio::sync::mpsc;

    #[tokio::test]
    async fn a_change_is_told_once_it_has_settled() {
        let place = tempfile::tempdir().unwrap();
        let (sender, mut told) = mpsc::unbounded_channel();
        let path = place.path().to_owned();
        let known = look(&path).await;
        let watcher = tokio::spawn(async move {
            folder(&path, known, Duration::from_millis(5), || {
                let sender = sender.clone();
                async move { sender.send(()).unwrap() }
            })
            .await;
        });
        std::fs::write(place.path().join("a.yaml"), "name: a").unwrap();
        told.recv().await.unwrap();
        std::fs::remove_file(place.path().join("a.yaml")).unwrap();
        told.recv().await.unwrap();
        std::fs::create_dir(place.path().join("team")).unwrap();
        told.recv().await.unwrap();
        std::fs::write(place.path().join("team/a.yaml"), "name: a").unwrap();
        told.recv().await.unwrap();
        watcher.abort();
    }
}
