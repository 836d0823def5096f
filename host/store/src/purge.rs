//! Removing what is done: a run goes whole or not at all.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use futures::future::try_join_all;
use mortise_model::Timestamp;
use mortise_model::id::{Namespace, RunId};
use mortise_ports::StoreError;

use crate::disk::Writer;
use crate::job::PutItem;
use crate::keys;
use crate::prepare;
use crate::record::{self, Op};
use crate::rows::Row;
use crate::shared::{Shared, blocking};
use crate::small::First;

/// Runs that are removed together: a group of writes stays small beside those of others.
const RUNS_AT_ONCE: usize = 50;
/// Keys of the manifest that go at one purge, once their time is over. More than one for each run
/// that is accepted between two purges never come to be, so none is left for long.
const KEYS_AT_ONCE: usize = 10_000;

/// Removes up to `limit` runs; see [`mortise_ports::Journal::purge`].
pub(crate) async fn purge(
    shared: &Arc<Shared>,
    namespace: &Namespace,
    workflow: &str,
    finished_before: Timestamp,
    limit: usize,
) -> Result<usize, StoreError> {
    shared.see(finished_before);
    let runs = {
        let (shared, namespace) = (Arc::clone(shared), namespace.clone());
        let workflow = workflow.to_owned();
        blocking(move || candidates(&shared, &namespace, &workflow, finished_before, limit)).await?
    };
    // All parts at once, so that they share a commit: one after the other they would fall behind
    // what is accepted meanwhile.
    let parts = runs.chunks(RUNS_AT_ONCE);
    try_join_all(parts.map(|part| remove(shared, namespace, part))).await?;
    let over = {
        let shared = Arc::clone(shared);
        blocking(move || expired(&shared)).await?
    };
    if !over.is_empty() {
        shared.put(PutItem::new(Writer::UnderWay, over)).await?;
    }
    Ok(runs.len())
}

/// Removes runs, with one wait for the disk.
async fn remove(
    shared: &Arc<Shared>,
    namespace: &Namespace,
    runs: &[(RunId, Row)],
) -> Result<(), StoreError> {
    let ops = {
        let (shared, namespace) = (Arc::clone(shared), namespace.clone());
        let runs = runs.to_vec();
        blocking(move || removal(&shared, &namespace, &runs)).await?
    };
    shared.put(PutItem::new(Writer::UnderWay, ops)).await?;
    let folders: Vec<_> = runs
        .iter()
        .map(|(run, _)| shared.folders.payloads_of(namespace, *run))
        .collect();
    blocking(move || {
        folders.iter().for_each(|folder| remove_folder(folder));
        Ok(())
    })
    .await
}

/// The oldest runs at rest that may go. A run cannot have finished before it was accepted, so the
/// look ends at the first that was accepted too late.
fn candidates(
    shared: &Shared,
    namespace: &Namespace,
    workflow: &str,
    finished_before: Timestamp,
    limit: usize,
) -> Result<Vec<(RunId, Row)>, StoreError> {
    let prefix = keys::rest_rows(namespace);
    let mut found = Vec::new();
    for record in record::scan::<Row>(&shared.db, &prefix) {
        let (key, row) = record?;
        if found.len() == limit || row.accepted_at >= finished_before {
            break;
        }
        let ended = row.end.as_ref();
        let goes =
            row.workflow.as_str() == workflow && ended.is_some_and(|end| end.at < finished_before);
        if let Some(run) = keys::run_after(&prefix, &key)
            && goes
        {
            found.push((run, row));
        }
    }
    Ok(found)
}

/// Everything that is kept of some runs.
fn removal(
    shared: &Shared,
    namespace: &Namespace,
    runs: &[(RunId, Row)],
) -> Result<Vec<Op>, StoreError> {
    let mut ops = Vec::new();
    for (run, row) in runs {
        let told = prepare::event_key(namespace, row);
        ops.extend(if_ours(shared, *run, &told)?);
        let identities = keys::identities(namespace, *run);
        for prefix in [
            keys::run(namespace, *run),
            keys::rest_row(namespace, *run),
            keys::approvals(namespace, *run),
            keys::all_answered(namespace, *run),
        ] {
            for key in shared.db.scan_prefix(prefix).keys() {
                let key = key.map_err(record::unreadable)?;
                if let Some(event) = key.strip_prefix(&*identities) {
                    ops.extend(if_ours(shared, *run, event)?);
                }
                ops.push((key, None));
            }
        }
    }
    Ok(ops)
}

/// The removal of an event from those that are known, where it is this run's. Keys of the manifest
/// outlive their run.
fn if_ours(shared: &Shared, run: RunId, key: &[u8]) -> Result<Option<Op>, StoreError> {
    let known = shared.db.get(key).map_err(record::unreadable)?;
    let known = known.and_then(|bytes| First::of_bytes(&bytes));
    let is_ours = matches!(known, Some(First::Event(first, _)) if first == run);
    Ok(is_ours.then(|| (key.into(), None)))
}

/// The removal of keys whose time is over.
fn expired(shared: &Shared) -> Result<Vec<Op>, StoreError> {
    let mut ops = Vec::new();
    let end = keys::expiries(shared.now().plus_ms(1));
    let over = shared.db.range(keys::expiries(Timestamp(0))..end).keys();
    for key in over.take(KEYS_AT_ONCE) {
        let key = key.map_err(record::unreadable)?;
        if let Some((until, once)) = keys::split_expiry(&key) {
            let known = shared.db.get(once).map_err(record::unreadable)?;
            let known = known.and_then(|bytes| First::of_bytes(&bytes));
            // Another run may have it since, for a longer time.
            if matches!(known, Some(First::Key(_, kept)) if kept <= until) {
                ops.push((once.into(), None));
            }
        }
        ops.push((key, None));
    }
    Ok(ops)
}

/// Removes the payloads of a run that is gone, or never came to be. What a crash leaves over is
/// swept when the store is opened next.
pub(crate) async fn remove_payloads(
    shared: &Arc<Shared>,
    namespace: &Namespace,
    run: RunId,
) -> Result<(), StoreError> {
    let folder = shared.folders.payloads_of(namespace, run);
    blocking(move || {
        remove_folder(&folder);
        Ok(())
    })
    .await
}

fn remove_folder(folder: &Path) {
    if folder.exists()
        && let Err(error) = fs::remove_dir_all(folder)
    {
        tracing::warn!(folder = %folder.display(), %error, "a payload was left over");
    }
}
