//! Opening a data folder: look first, touch nothing that is not ours, say what to do.

use std::any::Any;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use mortise_ports::StoreError;
use rand::TryRngCore;
use sled::Batch;
use thiserror::Error;

use crate::barrier;
use crate::claims::Claims;
use crate::commits::{Commits, Mistrust};
use crate::committer::{Committer, Sync};
use crate::disk::{keep_to_owner, make_folder, sync_folder, write_file_durably};
use crate::keys;
use crate::record::{self, FORMAT};
use crate::settings::Settings;
use crate::shared::{Fatal, Folders, Parts, Shared};
use crate::small::Live;
use crate::store::SledStore;
use crate::sweep;
use crate::watch::{self, Watch};

const FORMAT_FILE: &str = "FORMAT";
const LOCK_FILE: &str = "lock";

/// Why a data folder was not opened. Nothing in it was changed or removed.
#[derive(Debug, Error)]
pub enum OpenError {
    /// Another process has it.
    #[error(
        "the data folder `{}` is held by another process{}: stop it, or use another `--data`",
        folder.display(),
        pid.map(|pid| format!(" (pid {pid})")).unwrap_or_default()
    )]
    Held {
        /// The data folder.
        folder: PathBuf,
        /// The process, where it could be told.
        pid: Option<u32>,
    },
    /// A newer program wrote it.
    #[error(
        "the data folder `{}` has format {found}, and this program reads {known}: use the newer program that wrote it",
        folder.display()
    )]
    Newer {
        /// The data folder.
        folder: PathBuf,
        /// Its format.
        found: String,
        /// The newest format that is known.
        known: u8,
    },
    /// An older program wrote it.
    #[error(
        "the data folder `{}` has format {found}, from before the first release, and this program reads only {known}: move the folder away and publish the workflows again, or use another `--data`",
        folder.display()
    )]
    Older {
        /// The data folder.
        folder: PathBuf,
        /// Its format.
        found: String,
        /// The format that is known.
        known: u8,
    },
    /// It is there and no store of ours.
    #[error(
        "the data folder `{}` has a `store` and no readable `FORMAT`: it is not a data folder, or it is damaged; restore it from a backup or use another `--data`",
        folder.display()
    )]
    NotAStore {
        /// The data folder.
        folder: PathBuf,
    },
    /// It cannot be read or written.
    #[error("`{}` in the data folder cannot be used: {source}; give this user the right to write there, or use another `--data`", path.display())]
    Unusable {
        /// What.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// sled does not open it.
    #[error(
        "the store `{}` cannot be opened: {why}; nothing was changed: make a copy of the data folder, then restore it from a backup",
        folder.display()
    )]
    Damaged {
        /// The folder of sled.
        folder: PathBuf,
        /// What sled says.
        why: String,
    },
    /// It opens and lacks what was durable.
    #[error(
        "the store in `{}` has lost its end: {told} commits were made durable, and {found} are there; nothing was changed: make a copy of the data folder, then restore it from a backup, or remove `{}` to go on with what is left",
        folder.display(),
        path.display()
    )]
    WentBack {
        /// The data folder.
        folder: PathBuf,
        /// The file that tells how many there were.
        path: PathBuf,
        /// How many are there.
        found: u64,
        /// How many were made durable.
        told: u64,
    },
    /// It opens and lacks runs that were under way.
    #[error(
        "the store in `{}` has lost runs: {told} were queued, running or waiting, and {found} are there; nothing was changed: make a copy of the data folder, then restore it from a backup, or remove `{}` to go on with what is left",
        folder.display(),
        path.display()
    )]
    LacksRuns {
        /// The data folder.
        folder: PathBuf,
        /// The file without which this is not looked at.
        path: PathBuf,
        /// How many are there.
        found: u64,
        /// How many there were.
        told: u64,
    },
}

/// Opens a data folder, making it where it is not there, and finds the runs that are not at rest.
/// Blocks; a second or so for every million runs under way. `fatal` is called when the disk fails
/// for good.
///
/// # Errors
/// Why it was not opened.
pub fn open(folder: &Path, settings: Settings, fatal: Fatal) -> Result<SledStore, OpenError> {
    let (parts, commits, file) = prepare(folder, settings, fatal)?;
    // Opening has written already.
    let sync: Sync = match barrier::is_in_place() {
        true => Box::new(|| Ok(())),
        false => Box::new(move || file.sync_data()),
    };
    start(parts, commits, sync)
}

/// Everything but the threads, and a second handle on the file that sled writes to.
fn prepare(
    folder: &Path,
    settings: Settings,
    fatal: Fatal,
) -> Result<(Parts, Commits, File), OpenError> {
    let folders = Folders::new(folder);
    for path in [
        &folders.root,
        &folders.store,
        &folders.payloads,
        &folders.plugins,
    ] {
        make_folder(path).map_err(|error| unusable(path, error))?;
        keep_to_owner(path).map_err(|error| unusable(path, error))?;
    }
    let lock = hold(&folders.root)?;
    check_format(&folders)?;
    remove_unfinished_snapshots(&folders.store).map_err(|error| unusable(&folders.store, error))?;
    let (db, config) = open_sled(&folders.store, &settings)?;
    sync_all(&folders).map_err(|error| unusable(&folders.store, error))?;
    let file = open_db_file(&folders.store)?;
    let damaged = |error: StoreError| OpenError::Damaged {
        folder: folders.store.clone(),
        why: error.to_string(),
    };
    let epoch = last_epoch(&db).map_err(damaged)? + 1;
    let (claims, live) = find_live(&db, epoch).map_err(damaged)?;
    let commits = Commits::compare(&db, &folders.root, live).map_err(|why| match why {
        Mistrust::Missing { path, found, told } => OpenError::WentBack {
            folder: folders.root.clone(),
            path,
            found,
            told,
        },
        Mistrust::Fewer { path, found, told } => OpenError::LacksRuns {
            folder: folders.root.clone(),
            path,
            found,
            told,
        },
        Mistrust::Unusable(path, error) => unusable(&path, error),
        Mistrust::Unreadable(error) => damaged(error),
    })?;
    let callback_key = begin_life(&db, &file, epoch, live).map_err(damaged)?;
    let parts = Parts {
        db,
        settings,
        folders: folders.clone(),
        claims,
        live,
        epoch,
        callback_key,
        watch: Watch::new(config),
        fatal,
        lock,
    };
    Ok((parts, commits, file))
}

fn start(parts: Parts, commits: Commits, sync: Sync) -> Result<SledStore, OpenError> {
    let root = parts.folders.root.clone();
    let epoch = parts.epoch;
    let shared = Arc::new(Shared::new(parts));
    let committer = Committer::new(Arc::clone(&shared), epoch, commits, sync);
    let (watched, swept) = (Arc::clone(&shared), Arc::clone(&shared));
    let threads = [
        spawn("store-commit", move || committer.run()),
        spawn("store-watch", move || watch::run(&watched)),
        spawn("store-sweep", move || sweep::run(&swept)),
    ];
    let threads = threads
        .into_iter()
        .collect::<io::Result<Vec<_>>>()
        .map_err(|error| unusable(&root, error))?;
    Ok(SledStore::new(shared, threads))
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<thread::JoinHandle<()>> {
    thread::Builder::new().name(name.to_owned()).spawn(work)
}

fn unusable(path: &Path, source: io::Error) -> OpenError {
    OpenError::Unusable {
        path: path.to_owned(),
        source,
    }
}

/// Takes the lock of the data folder and writes down who has it.
fn hold(root: &Path) -> Result<File, OpenError> {
    let path = root.join(LOCK_FILE);
    let error = |error| unusable(&path, error);
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(&path)
        .map_err(error)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut pid = String::new();
            let _ = file.read_to_string(&mut pid);
            return Err(OpenError::Held {
                folder: root.to_owned(),
                pid: pid.trim().parse().ok(),
            });
        }
        Err(TryLockError::Error(source)) => return Err(error(source)),
    }
    file.set_len(0)
        .and_then(|()| file.rewind())
        .and_then(|()| writeln!(file, "{}", std::process::id()))
        .map_err(error)?;
    Ok(file)
}

/// A store is looked into only where its format is known; a new folder gets one.
fn check_format(folders: &Folders) -> Result<(), OpenError> {
    let path = folders.root.join(FORMAT_FILE);
    let folder = || folders.root.clone();
    match fs::read_to_string(&path) {
        Ok(text) => match text.trim().parse::<u64>() {
            Ok(found) if found == u64::from(FORMAT) => Ok(()),
            Ok(found) if found > 0 && found < u64::from(FORMAT) => Err(OpenError::Older {
                folder: folder(),
                found: found.to_string(),
                known: FORMAT,
            }),
            Ok(found) if found > u64::from(FORMAT) => Err(OpenError::Newer {
                folder: folder(),
                found: found.to_string(),
                known: FORMAT,
            }),
            _ => Err(OpenError::NotAStore { folder: folder() }),
        },
        Err(error) if error.kind() == ErrorKind::NotFound => {
            if folders.store.join("db").exists() {
                return Err(OpenError::NotAStore { folder: folder() });
            }
            write_file_durably(&path, format!("{FORMAT}\n").as_bytes())
                .map_err(|error| unusable(&path, error))
        }
        Err(error) => Err(unusable(&path, error)),
    }
}

/// Removes snapshots that a killed process began to write and did not finish: sled takes one for
/// whole, finds it damaged and refuses the store. Whatever it would have said is in the log, which
/// sled reads from the last whole snapshot on.
fn remove_unfinished_snapshots(store: &Path) -> io::Result<()> {
    for entry in fs::read_dir(store)? {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|ending| ending == "generating")
        {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

/// Opens sled. Segment size and compression are never set: they cannot be changed later.
fn open_sled(path: &Path, settings: &Settings) -> Result<(sled::Db, sled::Config), OpenError> {
    let config = sled::Config::new()
        .path(path)
        .cache_capacity(settings.cache_bytes)
        .flush_every_ms(None);
    let damaged = |why: String| OpenError::Damaged {
        folder: path.to_owned(),
        why,
    };
    match catch_unwind(AssertUnwindSafe(|| config.open())) {
        Ok(Ok(db)) => Ok((db, config)),
        Ok(Err(sled::Error::Io(error))) => Err(unusable(path, error)),
        Ok(Err(error)) => Err(damaged(error.to_string())),
        Err(panic) => Err(damaged(panic_text(&*panic))),
    }
}

fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied());
    format!("sled panicked: {}", text.unwrap_or("without a word"))
}

/// Makes durable what sled leaves to chance: its configuration, its file, and the folders'
/// entries, among them the snapshot that it has just renamed.
fn sync_all(folders: &Folders) -> io::Result<()> {
    for name in ["conf", "db"] {
        File::open(folders.store.join(name))?.sync_all()?;
    }
    sync_folder(&folders.store)?;
    sync_folder(&folders.root)?;
    match folders.root.parent() {
        Some(above) if !above.as_os_str().is_empty() => sync_folder(above).or(Ok(())),
        _ => Ok(()),
    }
}

fn open_db_file(store: &Path) -> Result<File, OpenError> {
    let path = store.join("db");
    OpenOptions::new()
        .read(true)
        .write(true)
        .open(&path)
        .map_err(|error| unusable(&path, error))
}

/// How many lives the store has had: counted durably, so that fences never repeat.
fn last_epoch(db: &sled::Db) -> Result<u32, StoreError> {
    Ok(record::get(db, &keys::epoch())?.unwrap_or(0))
}

/// Writes down durably, while nobody else writes, what this life of the store begins with. Returns
/// the secret from which the addresses for callbacks are made, which is made once.
fn begin_life(db: &sled::Db, file: &File, epoch: u32, live: usize) -> Result<[u8; 32], StoreError> {
    let kept = record::get::<[u8; 32]>(db, &keys::callback_key())?;
    let secret = kept.map_or_else(random_secret, Ok)?;
    let mut batch = Batch::default();
    for (key, bytes) in [
        (keys::epoch(), record::encode(&epoch, usize::MAX)?),
        (keys::live_count(), record::encode(&live, usize::MAX)?),
        (keys::callback_key(), record::encode(&secret, usize::MAX)?),
    ] {
        batch.insert(keys::chunk(&key, 0), bytes);
    }
    db.apply_batch(batch)
        .and_then(|()| db.flush())
        .and_then(|_| file.sync_data().map_err(sled::Error::from))
        .map_err(record::unreadable)?;
    Ok(secret)
}

fn random_secret() -> Result<[u8; 32], StoreError> {
    let mut secret = [0; 32];
    rand::rngs::OsRng
        .try_fill_bytes(&mut secret)
        .map_err(|error| StoreError::Failed(format!("the system has no randomness: {error}")))?;
    Ok(secret)
}

/// The runs that are not at rest: due when they said, or ready once they have their place.
fn find_live(db: &sled::Db, epoch: u32) -> Result<(Claims, usize), StoreError> {
    let mut claims = Claims::new(epoch);
    let mut live = 0;
    let mut all_due = Vec::new();
    let mut placed = Vec::new();
    for item in db.scan_prefix(keys::all_live_runs()) {
        let (key, value) = item.map_err(record::unreadable)?;
        let (namespace, run) =
            keys::run_of(&key).ok_or_else(|| record::damaged(&key, "it names no run"))?;
        let Live { due, place, .. } = Live::of_bytes(&key, &value)?;
        live += 1;
        if let Some(place) = place {
            placed.push((place.order, namespace, run, due, place));
        } else if let Some(due) = due {
            all_due.push((due, run.to_bytes(), claims.number(&namespace)));
            claims.add_due(&mut all_due, false);
        } else {
            claims.add_ready(&namespace, run);
        }
    }
    // Whoever came first had a place before, and has one again.
    placed.sort_unstable_by_key(|(order, ..)| *order);
    for (_, namespace, run, due, place) in placed {
        if claims.places.line_up(&place.key, run, place.limit) {
            match due {
                Some(due) => all_due.push((due, run.to_bytes(), claims.number(&namespace))),
                None => claims.add_ready(&namespace, run),
            }
        }
    }
    claims.add_due(&mut all_due, true);
    Ok((claims, live))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::sync::Mutex;

    use mortise_ports::conformance::fixture::{begin, claim_all, commit, event, success};
    use mortise_ports::{Journal, Runs};

    use super::*;
    use crate::sync::lock;

    /// A disk whose fsync fails from its third time on, and the words that the process is ended
    /// with.
    fn failing(folder: &Path) -> (SledStore, Arc<Mutex<Vec<String>>>) {
        let words = Arc::new(Mutex::new(Vec::new()));
        let said = Arc::clone(&words);
        let fatal = Box::new(move |why: &str| lock(&said).push(why.to_owned()));
        let (parts, commits, _) = prepare(folder, Settings::default(), fatal).unwrap();
        let left = Mutex::new(2);
        let sync = move || {
            let mut left = lock(&left);
            if *left == 0 {
                return Err(io::Error::other("the disk is gone"));
            }
            *left -= 1;
            Ok(())
        };
        (start(parts, commits, Box::new(sync)).unwrap(), words)
    }

    #[tokio::test]
    async fn a_failed_fsync_ends_everything_and_acknowledges_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let (store, words) = failing(folder.path());
        let claim = begin(&store, 1).await;
        store.accept(vec![event(2)]).await.unwrap();
        let lost = commit(&store, &claim, 1, vec![success(1)]).await;
        assert!(matches!(lost, Err(StoreError::Failed(_))), "{lost:?}");
        let said = lock(&words).clone();
        assert!(
            matches!(&said[..], [one] if one.contains("the disk is gone")),
            "{said:?}"
        );
        let refused = store.accept(vec![event(3)]).await;
        assert!(matches!(refused, Err(StoreError::Failed(_))), "{refused:?}");
        assert_eq!(store.live(), 2, "what was not acknowledged changes nothing");
        drop(store);
        assert_eq!(lock(&words).len(), 1, "it is said once");
        let fatal = Box::new(|why: &str| panic!("{why}"));
        let store = open(folder.path(), Settings::default(), fatal).unwrap();
        let claimed = claim_all(&store).await;
        assert!(claimed.len() <= 2, "what was acknowledged is there");
        assert!(
            claimed
                .iter()
                .any(|claimed| claimed.history.entries.len() == 1)
        );
    }
}
