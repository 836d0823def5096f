//! What `mortise init` writes is a folder that works.

use std::path::{Path, PathBuf};

use mortise_tests::{cli, paths};

/// The templates of the checkout.
fn names() -> Vec<String> {
    let folders = std::fs::read_dir(paths::root().join("templates")).unwrap();
    let folders = folders
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().is_dir());
    folders
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect()
}

fn manifests(folder: &Path) -> Vec<PathBuf> {
    let files = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let is_manifest = |file: &PathBuf| {
        file.extension().is_some_and(|ending| ending == "yaml")
            && !file.ends_with("connections.yaml")
    };
    files.filter(is_manifest).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_template_is_written_checked_and_tested() {
    let plugins = paths::plugins().unwrap();
    let names = names();
    assert!(names.len() >= 3, "{names:?}");
    let parent = tempfile::tempdir().unwrap();
    for name in names {
        let folder = parent.path().join(&name);
        let init = ["init", folder.to_str().unwrap(), "--template", &name];
        let written = cli::mortise(init).await.unwrap().ok().unwrap();
        assert!(written.stdout.contains("README.md"), "{}", written.stdout);
        let manifests = manifests(&folder);
        assert!(!manifests.is_empty(), "{name} has no manifest");
        for command in ["check", "test"] {
            let mut arguments = vec![command.into(), "--plugins".into(), plugins.clone()];
            arguments.extend(manifests.iter().cloned());
            let output = cli::mortise(arguments).await.unwrap().ok().unwrap();
            let says = match command {
                "test" => output.stdout.contains(" 0 failed"),
                _ => output.stdout.is_empty(),
            };
            assert!(says, "{name}: {}", output.stdout);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_written_over_and_nothing_is_made_up() {
    let folder = tempfile::tempdir().unwrap();
    let there = folder.path().join("workflow.yaml");
    std::fs::write(&there, "mine").unwrap();
    let init = ["init", folder.path().to_str().unwrap()];
    let refused = cli::mortise(init).await.unwrap();
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert!(refused.stderr.contains("not empty"), "{refused:?}");
    assert_eq!(std::fs::read_to_string(&there).unwrap(), "mine");
    let unknown = cli::mortise(["init", "nowhere", "--template", "no-such"])
        .await
        .unwrap();
    assert_eq!(unknown.code, Some(2), "{unknown:?}");
    for name in names() {
        assert!(unknown.stderr.contains(&name), "{}", unknown.stderr);
    }
}
