//! Removing what is done: a run goes whole or not at all.

use std::fs;
use std::sync::Arc;

use mortise_model::id::{Namespace, RunId};
use mortise_model::{Status, Timestamp};
use mortise_ports::StoreError;

use crate::disk::Writer;
use crate::keys;
use crate::record::{self, DedupeRecord, Op, Row};
use crate::shared::{Shared, blocking};

/// Runs that are removed in one commit.
const RUNS_AT_ONCE: usize = 50;

/// Removes up to `limit` runs; see [`mortise_ports::Journal::purge`].
pub(crate) async fn purge(
    shared: &Arc<Shared>,
    namespace: &Namespace,
    workflow: &str,
    finished_before: Timestamp,
    limit: usize,
) -> Result<usize, StoreError> {
    let runs = {
        let (shared, namespace) = (Arc::clone(shared), namespace.clone());
        let workflow = workflow.to_owned();
        blocking(move || candidates(&shared, &namespace, &workflow, finished_before, limit)).await?
    };
    let removed = runs.len();
    for part in runs.chunks(RUNS_AT_ONCE) {
        let ops = {
            let (shared, namespace) = (Arc::clone(shared), namespace.clone());
            let part = part.to_vec();
            blocking(move || removal(&shared, &namespace, &part)).await?
        };
        shared.put(Writer::UnderWay, ops).await?;
        for (run, _) in part {
            remove_payloads(shared, namespace, *run).await?;
        }
    }
    Ok(removed)
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
        let goes = row.workflow.as_str() == workflow
            && row
                .end
                .as_ref()
                .is_some_and(|end| end.status != Status::Parked && end.at < finished_before);
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
        for prefix in [
            keys::journal(namespace, *run),
            keys::logs(namespace, *run),
            keys::rest_row(namespace, *run),
        ] {
            for key in shared.db.scan_prefix(prefix).keys() {
                ops.push((key.map_err(record::unreadable)?, None));
            }
        }
        ops.extend(event_key(shared, namespace, *run, row)?);
    }
    Ok(ops)
}

/// The removal of the run's event from those that are known, where it is this run's.
fn event_key(
    shared: &Shared,
    namespace: &Namespace,
    run: RunId,
    row: &Row,
) -> Result<Option<Op>, StoreError> {
    let (workflow, trigger) = (row.workflow.as_str(), &row.origin.trigger);
    let key = keys::dedupe(namespace, workflow, trigger, &row.event_id);
    let known = shared.db.get(&key).map_err(record::unreadable)?;
    let known = known.and_then(|bytes| DedupeRecord::of_bytes(&bytes));
    let is_ours = known.is_some_and(|known| known.run == run);
    Ok(is_ours.then(|| (key.into(), None)))
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
        if folder.exists()
            && let Err(error) = fs::remove_dir_all(&folder)
        {
            tracing::warn!(folder = %folder.display(), %error, "a payload was left over");
        }
        Ok(())
    })
    .await
}
