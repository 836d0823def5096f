//! The reading side: rows of runs.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use mortise_model::id::{Namespace, RunId};
use mortise_model::{Entry, Status};
use mortise_ports::runs::{Filter, Listing, Page, Summary};
use mortise_ports::{Runs, StoreError};

use crate::keys;
use crate::record::{self, Row};
use crate::shared::{Shared, blocking};
use crate::store::SledStore;
use crate::sync::lock;

/// Rows that one call of `list` looks at; past it the list goes on at its cursor.
const SCAN_MAX: usize = 10_000;

impl Runs for SledStore {
    async fn get(&self, namespace: &Namespace, run: RunId) -> Result<Option<Summary>, StoreError> {
        let (shared, namespace) = (Arc::clone(&self.shared), namespace.clone());
        blocking(move || get(&shared, &namespace, run)).await
    }

    async fn list(
        &self,
        namespace: &Namespace,
        filter: &Filter,
        page: Page,
    ) -> Result<Listing, StoreError> {
        let (shared, namespace) = (Arc::clone(&self.shared), namespace.clone());
        let filter = filter.clone();
        blocking(move || list(&shared, &namespace, &filter, page)).await
    }

    fn live(&self) -> usize {
        self.shared.live.load(Ordering::Relaxed)
    }
}

fn get(shared: &Shared, namespace: &Namespace, run: RunId) -> Result<Option<Summary>, StoreError> {
    // A run may come to rest between the two looks, and then it has moved to the second.
    let live = shared.db.get(keys::live_run(namespace, run));
    if let Some(live) = live.map_err(record::unreadable)? {
        let status = live_status(shared, run, &live);
        if let Some(row) = live_row(shared, namespace, run)? {
            return Ok(Some(row.into_summary(run, status)));
        }
    }
    let row = record::get::<Row>(&shared.db, &keys::rest_row(namespace, run))?;
    Ok(row.map(|row| row.into_summary(run, Status::Queued)))
}

/// Where a run stands that is not at rest.
fn live_status(shared: &Shared, run: RunId, live: &[u8]) -> Status {
    if lock(&shared.claims).is_held(run) {
        return Status::Running;
    }
    match record::live_of_bytes(&[], live) {
        Ok(Some(_)) => Status::Waiting,
        _ => Status::Queued,
    }
}

/// What a run that is not at rest would have for a row. None where it was purged meanwhile.
fn live_row(shared: &Shared, namespace: &Namespace, run: RunId) -> Result<Option<Row>, StoreError> {
    let key = keys::journal_record(namespace, run, 0);
    let entries = record::get::<Vec<Entry>>(&shared.db, &key)?;
    Ok(entries.and_then(|entries| Row::of_entry(entries.first()?)))
}

/// Rows that were found, and the last run that was looked at where a look broke off.
#[derive(Default)]
struct Found {
    rows: BTreeMap<RunId, Summary>,
    floor: Option<RunId>,
}

fn list(
    shared: &Shared,
    namespace: &Namespace,
    filter: &Filter,
    page: Page,
) -> Result<Listing, StoreError> {
    if page.limit == 0 {
        return Ok(Listing::default());
    }
    let wants = |rest: bool| filter.status.is_none_or(|status| status.is_rest() == rest);
    let mut found = Found::default();
    if wants(false) {
        let prefix = keys::live_runs(namespace);
        look(
            &shared.db,
            &prefix,
            page,
            &mut found,
            |run, live| {
                let status = live_status(shared, run, live);
                if filter.status.is_some_and(|wanted| wanted != status) {
                    return Ok(None);
                }
                let row = live_row(shared, namespace, run)?;
                Ok(row.map(|row| row.into_summary(run, status)))
            },
            filter,
        )?;
    }
    if wants(true) {
        let prefix = keys::rest_rows(namespace);
        look(
            &shared.db,
            &prefix,
            page,
            &mut found,
            |run, _| {
                let row = record::get::<Row>(&shared.db, &keys::rest_row(namespace, run))?;
                Ok(row.map(|row| row.into_summary(run, Status::Queued)))
            },
            filter,
        )?;
    }
    // What lies below the floor of either look may be incomplete.
    let floor = found.floor;
    let mut rows = found.rows.into_iter().rev();
    let mut runs = Vec::new();
    let mut next = None;
    for (run, row) in rows.by_ref() {
        if floor.is_some_and(|floor| run < floor) {
            break;
        }
        if runs.len() == page.limit {
            next = runs.last().map(|last: &Summary| last.run);
            break;
        }
        runs.push(row);
    }
    if next.is_none() {
        next = floor;
    }
    Ok(Listing { runs, next })
}

/// Collects matching rows, newest first, until there are enough or the look took too long.
fn look(
    db: &sled::Db,
    prefix: &[u8],
    page: Page,
    found: &mut Found,
    read: impl Fn(RunId, &[u8]) -> Result<Option<Summary>, StoreError>,
    filter: &Filter,
) -> Result<(), StoreError> {
    let mut matched = 0;
    let mut last = None;
    for (scanned, item) in below(db, prefix, page.before).enumerate() {
        let (run, value) = item?;
        // One more than asked for tells whether the list goes on.
        if matched > page.limit || scanned == SCAN_MAX {
            found.floor = found.floor.max(last);
            break;
        }
        last = Some(run);
        let Some(row) = read(run, &value)? else {
            continue;
        };
        let workflow = filter.workflow.as_ref();
        if workflow.is_none_or(|wanted| *wanted == row.workflow)
            && filter.status.is_none_or(|wanted| wanted == row.status)
        {
            matched += 1;
            found.rows.insert(run, row);
        }
    }
    Ok(())
}

/// The runs that have a key below a prefix, newest first, older than `before`, with the (first)
/// value of each.
fn below(
    db: &sled::Db,
    prefix: &[u8],
    before: Option<RunId>,
) -> impl Iterator<Item = Result<(RunId, sled::IVec), StoreError>> {
    let mut end = prefix.to_vec();
    match before {
        Some(run) => end.extend_from_slice(&run.to_bytes()),
        None => end.extend_from_slice(&[0xff; 17]),
    }
    let prefix = prefix.to_vec();
    db.range(prefix.clone()..end)
        .rev()
        .filter_map(move |item| match item {
            Ok((key, value)) if keys::is_first(&prefix, &key) => {
                keys::run_after(&prefix, &key).map(|run| Ok((run, value)))
            }
            Ok(_) => None,
            Err(error) => Some(Err(record::unreadable(error))),
        })
}
