//! The reading side: rows of runs.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use mortise_model::Status;
use mortise_model::id::{Namespace, RunId};
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

/// A run may come to rest between two looks, and then it has moved: live rows come first.
fn get(shared: &Shared, namespace: &Namespace, run: RunId) -> Result<Option<Summary>, StoreError> {
    for key in [
        keys::live_row(namespace, run),
        keys::rest_row(namespace, run),
    ] {
        if let Some(row) = record::get::<Row>(&shared.db, &key)? {
            let status = live_status(shared, namespace, run)?;
            return Ok(Some(row.into_summary(run, status)));
        }
    }
    Ok(None)
}

/// Where a run stands that is not at rest.
fn live_status(shared: &Shared, namespace: &Namespace, run: RunId) -> Result<Status, StoreError> {
    if lock(&shared.claims).is_held(run) {
        return Ok(Status::Running);
    }
    let due = shared
        .db
        .contains_key(keys::due(namespace, run))
        .map_err(record::unreadable)?;
    Ok(if due { Status::Waiting } else { Status::Queued })
}

/// Rows that were found, and how far down the look went where it broke off.
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
    let wants = |rest: bool| filter.status.is_none_or(|status| status.is_rest() == rest);
    let mut found = Found::default();
    if page.limit == 0 {
        return Ok(Listing::default());
    }
    if wants(false) {
        let prefix = keys::live_rows(namespace);
        look(shared, namespace, &prefix, filter, page, &mut found)?;
    }
    if wants(true) {
        let prefix = keys::rest_rows(namespace);
        look(shared, namespace, &prefix, filter, page, &mut found)?;
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
    shared: &Shared,
    namespace: &Namespace,
    prefix: &[u8],
    filter: &Filter,
    page: Page,
    found: &mut Found,
) -> Result<(), StoreError> {
    let mut matched = 0;
    for (scanned, run) in below(&shared.db, prefix, page.before).enumerate() {
        let run = run?;
        // One more than asked for tells whether the list goes on.
        if matched > page.limit || scanned == SCAN_MAX {
            found.floor = found.floor.max(Some(run));
            break;
        }
        let mut key = prefix.to_vec();
        key.extend_from_slice(&run.to_bytes());
        let Some(row) = record::get::<Row>(&shared.db, &key)? else {
            continue;
        };
        if filter
            .workflow
            .as_ref()
            .is_some_and(|name| *name != row.workflow)
        {
            continue;
        }
        let status = match &row.end {
            Some(end) => end.status,
            None => live_status(shared, namespace, run)?,
        };
        if filter.status.is_none_or(|wanted| wanted == status) {
            matched += 1;
            found.rows.insert(run, row.into_summary(run, status));
        }
    }
    Ok(())
}

/// The runs that have a row below a prefix, newest first, older than `before`.
fn below(
    db: &sled::Db,
    prefix: &[u8],
    before: Option<RunId>,
) -> impl Iterator<Item = Result<RunId, StoreError>> {
    let mut end = prefix.to_vec();
    match before {
        Some(run) => end.extend_from_slice(&run.to_bytes()),
        None => end.extend_from_slice(&[0xff; 17]),
    }
    let prefix = prefix.to_vec();
    db.range(prefix.clone()..end)
        .rev()
        .filter_map(move |item| match item {
            Ok((key, _)) => match keys::split_chunk(&key) {
                Some((record, 0)) => keys::run_after(&prefix, record).map(Ok),
                _ => None,
            },
            Err(error) => Some(Err(record::unreadable(error))),
        })
}
