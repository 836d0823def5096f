//! Compiled code on disk.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use mortise_model::Digest;
use mortise_ports::Plugins;

use super::{guest, sandbox, target};
use crate::cache::{Cache, Facts};
use crate::engine;
use crate::settings::Settings;

/// A folder of this test's own, gone with it.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = target().join(format!("sandbox-test-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        Self(path)
    }

    fn files(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(&self.0).unwrap();
        entries.map(|entry| entry.unwrap().path()).collect()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn cache(folder: &Folder) -> Cache {
    let engine = engine::start(&Settings::default()).unwrap();
    Cache::open(&folder.0, &engine).unwrap()
}

fn facts() -> Facts {
    Facts {
        size_bytes: 7,
        roles: vec!["transform".to_owned()],
        imports: Vec::new(),
        descriptor: "{}".to_owned(),
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn what_is_kept_comes_back_and_is_the_owners_alone() {
    let folder = Folder::new("kept");
    let cache = cache(&folder);
    let digest = Digest::of(b"component");
    assert!(cache.find(digest).is_none());
    cache.keep(digest, &facts(), b"code").unwrap();
    let kept = cache.find(digest).unwrap();
    assert_eq!(
        (kept.facts, kept.code.as_slice()),
        (facts(), b"code".as_slice())
    );
    let files = folder.files();
    assert_eq!(files.len(), 1, "{files:?}");
    assert_eq!((mode(&folder.0), mode(&files[0])), (0o700, 0o600));
}

#[test]
fn a_changed_file_counts_as_missing() {
    let folder = Folder::new("changed");
    let cache = cache(&folder);
    let digest = Digest::of(b"component");
    cache.keep(digest, &facts(), b"code").unwrap();
    let file = folder.files().remove(0);
    let whole = fs::read(&file).unwrap();
    for at in 0..whole.len() {
        let mut changed = whole.clone();
        changed[at] ^= 1;
        fs::write(&file, &changed).unwrap();
        assert!(cache.find(digest).is_none(), "byte {at}");
        fs::write(&file, &whole[..at]).unwrap();
        assert!(cache.find(digest).is_none(), "length {at}");
    }
    fs::write(&file, &whole).unwrap();
    assert!(cache.find(digest).is_some());
}

#[test]
fn a_folder_that_others_may_write_to_is_refused() {
    let folder = Folder::new("open");
    let engine = engine::start(&Settings::default()).unwrap();
    fs::create_dir(&folder.0).unwrap();
    fs::set_permissions(&folder.0, fs::Permissions::from_mode(0o777)).unwrap();
    let refusal = Cache::open(&folder.0, &engine).map(|_| ()).unwrap_err();
    assert!(refusal.to_string().contains("chmod 700"), "{refusal}");
}

#[tokio::test]
async fn a_second_start_finds_what_the_first_compiled_and_mends_what_is_broken() {
    let folder = Folder::new("starts");
    let settings = Settings {
        cache_dir: Some(folder.0.clone()),
        ..Settings::default()
    };
    let bytes = guest("plugins", "record");
    let first = sandbox(settings.clone()).load(bytes.clone()).await.unwrap();
    let files = folder.files();
    // The plugin and the evaluator of expressions.
    assert_eq!(files.len(), 2, "{files:?}");
    let written = |path: &PathBuf| fs::metadata(path).unwrap().modified().unwrap();
    let before: Vec<_> = files.iter().map(written).collect();
    let second = sandbox(settings.clone()).load(bytes.clone()).await.unwrap();
    assert_eq!(files.iter().map(written).collect::<Vec<_>>(), before);
    let operations = |plugin: &mortise_model::descriptor::Plugin| {
        plugin
            .descriptor
            .operations
            .iter()
            .map(|o| o.name.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(operations(&first), operations(&second));
    assert_eq!(
        (&first.roles, &first.imports),
        (&second.roles, &second.imports)
    );

    for file in &files {
        fs::write(file, b"mortise1 and then nothing of use").unwrap();
    }
    sandbox(settings).load(bytes).await.unwrap();
    for file in &files {
        assert!(
            fs::metadata(file).unwrap().len() > 10_000,
            "{}",
            file.display()
        );
    }
}
