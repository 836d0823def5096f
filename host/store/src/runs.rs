//! The reading side: rows of runs.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use mortise_model::id::{Digest, Namespace, RunId};
use mortise_model::{Entry, Status, StepPath};
use mortise_ports::journal::Asked;
use mortise_ports::runs::{Approvals, Filter, Listing, Page, Summary};
use mortise_ports::{Runs, StoreError};

use crate::keys;
use crate::record;
use crate::rows::{ActiveRecord, Row};
use crate::shared::{Shared, blocking};
use crate::small::{Live, asked_of_bytes};
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
        let list = move || {
            let look = Look {
                shared: &shared,
                namespace: &namespace,
                filter: &filter,
                page,
            };
            look.list()
        };
        blocking(list).await
    }

    async fn approvals(&self, namespace: &Namespace, page: Page) -> Result<Approvals, StoreError> {
        let (shared, namespace) = (Arc::clone(&self.shared), namespace.clone());
        blocking(move || approvals(&shared, &namespace, page)).await
    }

    fn live(&self) -> usize {
        self.shared.live()
    }

    async fn needed_plans(&self) -> Result<BTreeSet<Digest>, StoreError> {
        let shared = Arc::clone(&self.shared);
        blocking(move || needed_plans(&shared)).await
    }
}

/// The plans of runs that may go on, and of those that may begin.
fn needed_plans(shared: &Shared) -> Result<BTreeSet<Digest>, StoreError> {
    let mut plans = BTreeSet::new();
    for record in record::scan::<ActiveRecord>(&shared.db, &keys::all_active()) {
        let (_, record) = record?;
        let candidates = record.trials.iter().flat_map(|trial| &trial.candidates);
        plans.extend(record.plans.iter().chain(candidates).map(|(plan, _)| *plan));
    }
    live_plans(shared, &mut plans)?;
    for row in record::scan::<Row>(&shared.db, &keys::all_parked()) {
        plans.insert(row?.1.plan);
    }
    // A run that was parked at the first look may go on by now.
    live_plans(shared, &mut plans)?;
    Ok(plans)
}

fn live_plans(shared: &Shared, plans: &mut BTreeSet<Digest>) -> Result<(), StoreError> {
    for item in shared.db.scan_prefix(keys::all_live_runs()) {
        let (key, _) = item.map_err(record::unreadable)?;
        let whose = keys::run_of(&key);
        let (namespace, run) = whose.ok_or_else(|| record::damaged(&key, "it names no run"))?;
        plans.extend(live_summary(shared, &namespace, run)?.map(|row| row.plan));
    }
    Ok(())
}

fn get(shared: &Shared, namespace: &Namespace, run: RunId) -> Result<Option<Summary>, StoreError> {
    // A run may come to rest between two looks, or go on: the last look sees what the first one
    // could not.
    if let Some(summary) = live_summary(shared, namespace, run)? {
        return Ok(Some(summary));
    }
    for key in [
        keys::rest_row(namespace, run),
        keys::parked_row(namespace, run),
    ] {
        if let Some(row) = record::get::<Row>(&shared.db, &key)? {
            return Ok(Some(row.into_summary(run, Status::Queued)));
        }
    }
    live_summary(shared, namespace, run)
}

/// What is to be shown of a run that is not at rest; none where it is, or was purged meanwhile.
fn live_summary(
    shared: &Shared,
    namespace: &Namespace,
    run: RunId,
) -> Result<Option<Summary>, StoreError> {
    let key = keys::live_run(namespace, run);
    let Some(bytes) = shared.db.get(&key).map_err(record::unreadable)? else {
        return Ok(None);
    };
    let live = Live::of_bytes(&key, &bytes)?;
    let journal = keys::journal_record(namespace, run, 0);
    let entries = record::get::<Vec<Entry>>(&shared.db, &journal)?;
    let row = entries.and_then(|entries| Row::of_entry(entries.first()?));
    Ok(row.map(|mut row| {
        if let Some(moved) = live.moved {
            row.follow(moved);
        }
        row.into_summary(run, status(shared, run, &live))
    }))
}

/// Where a run stands that is not at rest.
fn status(shared: &Shared, run: RunId, live: &Live) -> Status {
    if lock(&shared.claims).is_held(run) {
        return Status::Running;
    }
    match live.due {
        Some(_) => Status::Waiting,
        None => Status::Queued,
    }
}

/// A look for a page of runs.
struct Look<'a> {
    shared: &'a Shared,
    namespace: &'a Namespace,
    filter: &'a Filter,
    page: Page,
}

/// Rows that were found, and the last run that was looked at where a look broke off.
#[derive(Default)]
struct Found {
    rows: BTreeMap<RunId, Summary>,
    floor: Option<RunId>,
}

impl Look<'_> {
    fn list(&self) -> Result<Listing, StoreError> {
        if self.page.limit == 0 {
            return Ok(Listing::default());
        }
        let mut found = Found::default();
        let (shared, namespace) = (self.shared, self.namespace);
        let live = |run| live_summary(shared, namespace, run);
        match self.filter.status {
            Some(Status::Queued | Status::Running) => {
                self.collect(self.awake().into_iter().map(Ok), live, &mut found)?;
            }
            Some(Status::Waiting) | None => {
                let runs = below(&shared.db, keys::live_runs(namespace), self.page.before);
                self.collect(runs, live, &mut found)?;
            }
            Some(_) => {}
        }
        for (prefix, wanted) in [
            (
                keys::parked_rows(namespace),
                self.wants(|s| s == Status::Parked),
            ),
            (
                keys::rest_rows(namespace),
                self.wants(|s| s.is_rest() && s != Status::Parked),
            ),
        ] {
            if !wanted {
                continue;
            }
            let runs = below(&shared.db, prefix.clone(), self.page.before);
            let read = |run: RunId| {
                let key = [&prefix[..], &run.to_bytes()].concat();
                let row = record::get::<Row>(&shared.db, &key)?;
                Ok(row.map(|row| row.into_summary(run, Status::Queued)))
            };
            self.collect(runs, read, &mut found)?;
        }
        Ok(self.cut(found))
    }

    fn wants(&self, is: impl Fn(Status) -> bool) -> bool {
        self.filter.status.is_none_or(is)
    }

    /// The runs that wait for no time, newest first. They are in memory, so nobody has to look for
    /// them among those that do.
    fn awake(&self) -> Vec<RunId> {
        let before = self.page.before;
        let claims = lock(&self.shared.claims);
        let runs = claims
            .awake()
            .filter(|run| before.is_none_or(|before| *run < before));
        let mut runs: Vec<_> = runs.collect();
        drop(claims);
        runs.sort_unstable_by(|a, b| b.cmp(a));
        runs
    }

    /// Collects matching rows until there are enough or the look took too long.
    fn collect(
        &self,
        runs: impl Iterator<Item = Result<RunId, StoreError>>,
        read: impl Fn(RunId) -> Result<Option<Summary>, StoreError>,
        found: &mut Found,
    ) -> Result<(), StoreError> {
        let mut matched = 0;
        let mut last = None;
        for (scanned, run) in runs.enumerate() {
            let run = run?;
            // A run is older than those that it called.
            if self.filter.parent.is_some_and(|parent| run < parent) {
                break;
            }
            // One more than asked for tells whether the list goes on.
            if matched > self.page.limit || scanned == SCAN_MAX {
                found.floor = found.floor.max(last);
                break;
            }
            last = Some(run);
            if let Some(row) = read(run)?.filter(|row| self.filter.holds(row)) {
                matched += 1;
                found.rows.insert(run, row);
            }
        }
        Ok(())
    }

    /// The page of what was found. What lies below the floor of any look may be incomplete.
    fn cut(&self, found: Found) -> Listing {
        let floor = found.floor;
        let mut runs: Vec<Summary> = Vec::new();
        for (run, row) in found.rows.into_iter().rev() {
            if floor.is_some_and(|floor| run < floor) {
                break;
            }
            if runs.len() == self.page.limit {
                let next = runs.last().map(|last| last.run);
                return Listing { runs, next };
            }
            runs.push(row);
        }
        Listing { runs, next: floor }
    }
}

/// The runs that have a key below a prefix, newest first, older than `before`.
fn below(
    db: &sled::Db,
    prefix: Vec<u8>,
    before: Option<RunId>,
) -> impl Iterator<Item = Result<RunId, StoreError>> {
    let keys = backwards(db, &prefix, before);
    keys.filter_map(move |item| match item {
        Ok((key, _)) if keys::is_first(&prefix, &key) => keys::run_after(&prefix, &key).map(Ok),
        Ok(_) => None,
        Err(error) => Some(Err(error)),
    })
}

/// What is kept below a prefix that ends with the namespace, newest run first, older than `before`.
fn backwards(
    db: &sled::Db,
    prefix: &[u8],
    before: Option<RunId>,
) -> impl Iterator<Item = Result<(sled::IVec, sled::IVec), StoreError>> + use<> {
    let mut end = prefix.to_vec();
    match before {
        Some(run) => end.extend_from_slice(&run.to_bytes()),
        None => end.extend_from_slice(&[0xff; 17]),
    }
    let items = db.range(prefix.to_vec()..end).rev();
    items.map(|item| item.map_err(record::unreadable))
}

/// A page of approvals; those of one run stay together.
fn approvals(shared: &Shared, namespace: &Namespace, page: Page) -> Result<Approvals, StoreError> {
    let prefix = keys::all_approvals(namespace);
    let mut found = Approvals::default();
    let mut of_run: Vec<(RunId, StepPath, Asked)> = Vec::new();
    for item in backwards(&shared.db, &prefix, page.before) {
        let (key, value) = item?;
        let damaged = || record::damaged(&key, "it is no approval");
        let (run, step) = keys::step_after(&prefix, &key).ok_or_else(damaged)?;
        let asked = asked_of_bytes(&value).ok_or_else(damaged)?;
        if of_run.last().is_some_and(|(last, ..)| *last != run)
            && !add(&mut found, &mut of_run, page)
        {
            return Ok(found);
        }
        of_run.push((run, StepPath::from(step), asked));
    }
    add(&mut found, &mut of_run, page);
    Ok(found)
}

/// Adds the approvals of a run, the last one first; false where the page is full.
fn add(found: &mut Approvals, of_run: &mut Vec<(RunId, StepPath, Asked)>, page: Page) -> bool {
    let last = found.asked.last().map(|(run, ..)| *run);
    let count = found.asked.len() + of_run.len();
    if last.is_some() && !of_run.is_empty() && count > page.limit {
        found.next = last;
        return false;
    }
    found.asked.extend(of_run.drain(..).rev());
    true
}
