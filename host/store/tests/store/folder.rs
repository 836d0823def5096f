//! What a data folder may look like, and what is said about it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::support::{block_on, open_in};
use mortise_model::id::Digest;
use mortise_ports::conformance::fixture::{accept, claim_all, event, finish, run, success, team};
use mortise_ports::{Catalog, Files, Journal, Payloads, Runs, StoreError};
use mortise_store::{OpenError, Settings, open};

fn refusal(folder: &Path) -> OpenError {
    let opened = open(folder, Settings::default(), Box::new(|why| panic!("{why}")));
    opened.err().expect("it is not opened")
}

/// Every file below a folder with its bytes.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.file_name().unwrap() != "lock" {
            found.push((path.display().to_string(), fs::read(&path).unwrap()));
        }
    }
    found.sort();
    found
}

/// A process that is killed while it recovers leaves one.
#[test]
fn a_snapshot_that_was_not_finished_is_made_again() {
    let folder = tempfile::tempdir().unwrap();
    drop(open_in(folder.path()));
    let unfinished = folder.path().join("store/snap.7FFFFFFFFFFFFFFF.generating");
    fs::write(&unfinished, "half of it").unwrap();
    drop(open_in(folder.path()));
    assert!(!unfinished.exists());
}

#[test]
fn a_new_folder_is_its_owners_alone() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("a/data");
    drop(open_in(&folder));
    let mode = fs::metadata(&folder).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
    assert_eq!(fs::read_to_string(folder.join("FORMAT")).unwrap(), "2\n");
    assert!(folder.join("store/db").is_file());
}

/// A folder that somebody made before, or that was copied from a backup.
#[test]
fn a_folder_that_others_may_look_into_is_closed() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("data");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    drop(open_in(&folder));
    for name in ["", "store", "payloads", "plugins"] {
        let path = folder.join(name);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        drop(open_in(&folder));
        assert_eq!(mode(&path), 0o700, "{name}");
    }
}

#[test]
fn a_closed_store_opens_with_everything_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = open_in(folder.path());
    block_on(async {
        accept(&store, event(1)).await;
        finish(&store, event(2), success(2)).await;
    });
    store.close();
    let closed = block_on(store.accept(vec![event(3)]));
    assert!(matches!(closed, Err(StoreError::Failed(_))), "{closed:?}");
    drop(store);
    let store = open_in(folder.path());
    assert_eq!(store.live(), 1);
    assert_eq!(block_on(claim_all(&store))[0].claim.run, run(1));
}

/// Takes a key out of a closed store, as a damaged record in its log does.
fn forget(folder: &Path, prefix: &[u8]) {
    let db = sled::open(folder.join("store")).unwrap();
    let (key, _) = db.scan_prefix(prefix).next().unwrap().unwrap();
    db.remove(key).unwrap();
    db.flush().unwrap();
}

/// Without the file that counts, it goes on with what is left, and counts from there.
fn goes_on_without_the_count(folder: &Path, live: usize) {
    fs::remove_file(folder.join("commits")).unwrap();
    for _ in 0..2 {
        assert_eq!(open_in(folder).live(), live);
    }
}

#[test]
fn a_store_that_lost_a_run_under_way_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let store = open_in(folder.path());
    block_on(async {
        accept(&store, event(1)).await;
        accept(&store, event(2)).await;
        finish(&store, event(3), success(3)).await;
    });
    drop(store);
    forget(folder.path(), b"l");
    let error = refusal(folder.path());
    assert!(
        matches!(
            error,
            OpenError::LacksRuns {
                found: 1,
                told: 2,
                ..
            }
        ),
        "{error}"
    );
    assert!(
        error.to_string().contains("has lost runs: 2 were"),
        "{error}"
    );
    goes_on_without_the_count(folder.path(), 1);
}

#[test]
fn a_store_that_lost_its_end_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let store = open_in(folder.path());
    block_on(accept(&store, event(1)));
    drop(store);
    forget(folder.path(), b"mcommits");
    let error = refusal(folder.path());
    assert!(
        matches!(error, OpenError::WentBack { found: 0, .. }),
        "{error}"
    );
    goes_on_without_the_count(folder.path(), 1);
}

#[test]
fn a_held_folder_is_refused_with_its_holder() {
    let folder = tempfile::tempdir().unwrap();
    let store = open_in(folder.path());
    let error = refusal(folder.path());
    assert!(
        matches!(error, OpenError::Held { pid: Some(pid), .. } if pid == std::process::id()),
        "{error}"
    );
    drop(store);
    drop(open_in(folder.path()));
}

#[test]
fn a_newer_format_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    drop(open_in(folder.path()));
    fs::write(folder.path().join("FORMAT"), "3\n").unwrap();
    let before = files(folder.path());
    let error = refusal(folder.path());
    assert!(
        matches!(&error, OpenError::Newer { found, known: 2, .. } if found == "3"),
        "{error}"
    );
    assert!(error.to_string().contains("has format 3"), "{error}");
    assert_eq!(files(folder.path()), before);
}

#[test]
fn a_folder_without_a_format_is_not_guessed_at() {
    for damage in ["", "one"] {
        let folder = tempfile::tempdir().unwrap();
        drop(open_in(folder.path()));
        let path = folder.path().join("FORMAT");
        if damage.is_empty() {
            fs::remove_file(path).unwrap();
        } else {
            fs::write(path, damage).unwrap();
        }
        let error = refusal(folder.path());
        assert!(matches!(error, OpenError::NotAStore { .. }), "{error}");
    }
}

#[test]
fn a_path_that_is_no_folder_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    fs::write(&path, "").unwrap();
    let error = refusal(&path.join("data"));
    assert!(matches!(error, OpenError::Unusable { .. }), "{error}");
}

#[test]
fn a_damaged_store_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    // sled writes a snapshot when it finds something.
    drop(open_in(folder.path()));
    drop(open_in(folder.path()));
    let store = folder.path().join("store");
    for entry in fs::read_dir(&store).unwrap() {
        let path = entry.unwrap().path();
        if path
            .file_name()
            .unwrap()
            .to_string_lossy()
            .starts_with("snap.")
        {
            fs::write(path, b"this is no snapshot").unwrap();
        }
    }
    let before = files(folder.path());
    let error = refusal(folder.path());
    assert!(matches!(error, OpenError::Damaged { .. }), "{error}");
    assert!(error.to_string().contains("nothing was changed"), "{error}");
    assert_eq!(files(folder.path()), before);
}

#[test]
fn a_damaged_payload_or_plugin_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let store = open_in(folder.path());
    block_on(async {
        let payload = store.put(&team(), run(1), vec![1; 100]).await.unwrap();
        let plugin = store.put_plugin(vec![2; 100]).await.unwrap();
        let payload_path = format!("payloads/default/{}/{}", run(1), payload.hex());
        let plugin_path = format!("plugins/{}.wasm", plugin.hex());
        for path in [payload_path, plugin_path] {
            fs::write(folder.path().join(path), vec![3; 100]).unwrap();
        }
        let read = Payloads::read(&store, &team(), run(1), payload, None).await;
        assert!(matches!(read, Err(StoreError::Damaged(_))), "{read:?}");
        let read = store.plugin(plugin).await;
        assert!(matches!(read, Err(StoreError::Damaged(_))), "{read:?}");
    });
}

#[test]
fn a_damaged_file_is_told_also_where_it_was_whole_before() {
    let folder = tempfile::tempdir().unwrap();
    let store = open_in(folder.path());
    block_on(async {
        let team = team();
        let put = |content: &'static [u8]| store.put_file(&team, run(1), content.into());
        let (flipped, cut) = (
            put(b"flipped").await.unwrap(),
            put(b"cut off").await.unwrap(),
        );
        let path = |digest: Digest| {
            let name = format!("payloads/default/{}/{}.file", run(1), digest.hex());
            folder.path().join(name)
        };
        let opened = store.open_file(&team, run(1), cut).await.unwrap();
        fs::write(path(flipped), b"flopped").unwrap();
        fs::write(path(cut), b"cut").unwrap();
        for digest in [flipped, cut] {
            let again = store.open_file(&team, run(1), digest).await;
            assert!(matches!(again, Err(StoreError::Damaged(_))), "{again:?}");
        }
        // What is open does not give fewer bytes than it said.
        assert!(opened.read(0, 7).is_err());
    });
}

#[test]
fn payloads_of_runs_that_never_came_are_swept() {
    let folder = tempfile::tempdir().unwrap();
    let store = open_in(folder.path());
    block_on(async {
        for number in [1, 2] {
            store.put(&team(), run(number), vec![1; 100]).await.unwrap();
        }
        accept(&store, event(1)).await;
    });
    drop(store);
    let payloads = folder.path().join("payloads/default");
    let kept = payloads.join(run(1).to_string());
    fs::write(kept.join(".new-1"), b"half").unwrap();
    let store = open_in(folder.path());
    store.swept();
    let left: Vec<_> = fs::read_dir(&payloads)
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    assert_eq!(left, std::slice::from_ref(&kept));
    assert_eq!(
        fs::read_dir(kept).unwrap().count(),
        1,
        "the half file is gone"
    );
}

#[test]
fn payloads_of_duplicates_are_not_left_behind() {
    use mortise_ports::conformance::fixture::with_id;
    let folder = tempfile::tempdir().unwrap();
    let store = open_in(folder.path());
    block_on(async {
        for number in [1, 2] {
            store.put(&team(), run(number), vec![1; 100]).await.unwrap();
            store
                .accept(vec![with_id(event(number), "a", "body")])
                .await
                .unwrap();
        }
    });
    let payloads = folder.path().join("payloads/default");
    let left: Vec<_> = fs::read_dir(&payloads)
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    assert_eq!(left, [payloads.join(run(1).to_string())]);
}
