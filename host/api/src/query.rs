//! Reads views from a store: the same ones for the admin listener and for a command that opened
//! the store itself.

use std::collections::HashMap;

use mortise_model::entry::End;
use mortise_model::id::{Digest, Namespace, RunId};
use mortise_model::{Entry, Fact, Json, Payload};
use mortise_ports::runs::{Filter, Page};
use mortise_ports::{Logs, Payloads, Store, StoreError};

use crate::view::List;
use crate::view::project::{Record, project};
use crate::view::run::{RunView, SummaryView};
use crate::view::value::Values;
use crate::view::workflow::WorkflowView;

/// The most runs in one page.
pub const PAGE_MAX: usize = 500;
/// Runs in one page where nothing is said.
pub const PAGE_DEFAULT: usize = 50;

/// A page of runs, newest first.
///
/// # Errors
/// Where the store cannot be read.
pub async fn runs<S: Store>(
    store: &S,
    namespace: &Namespace,
    filter: &Filter,
    page: Page,
) -> Result<List<SummaryView>, StoreError> {
    let listing = store.list(namespace, filter, page).await?;
    Ok(List {
        items: listing
            .runs
            .iter()
            .map(|summary| SummaryView::new(summary, namespace))
            .collect(),
        next: listing.next.map(|run| run.to_string()),
    })
}

/// Which values of a run are read whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Those that are not larger than this.
    UpTo(usize),
    /// All.
    Full,
}

/// A run, whole; none where there is no such run.
///
/// # Errors
/// Where the store cannot be read.
pub async fn run<S: Store>(
    store: &S,
    namespace: &Namespace,
    run: RunId,
    extent: Extent,
) -> Result<Option<RunView>, StoreError> {
    // The summary first: whatever the run becomes meanwhile stands in the entries.
    let Some(summary) = store.get(namespace, run).await? else {
        return Ok(None);
    };
    let entries = store.entries(namespace, run).await?;
    let logs = Logs::read(store, namespace, run).await?;
    let plan = store.plan(summary.plan).await?;
    let values = match extent {
        Extent::UpTo(bytes) => Values::up_to(bytes),
        Extent::Full => Values::full(stored(store, namespace, run, &entries).await?),
    };
    let record = Record {
        entries: &entries,
        plan: plan.as_deref(),
        logs,
        status: summary.status,
    };
    Ok(project(record, &values))
}

/// The active workflows.
///
/// # Errors
/// Where the store cannot be read.
pub async fn workflows<S: Store>(
    store: &S,
    namespace: &Namespace,
) -> Result<List<WorkflowView>, StoreError> {
    let active = store.active(namespace).await?;
    let mut items: Vec<WorkflowView> = active.plans.iter().map(WorkflowView::from).collect();
    items.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(List { items, next: None })
}

/// A payload's value, wherever it is kept.
///
/// # Errors
/// Where it cannot be read or is not what its digest says.
pub async fn whole<S: Store>(
    store: &S,
    namespace: &Namespace,
    run: RunId,
    payload: &Payload,
) -> Result<Json, StoreError> {
    match payload {
        Payload::Inline(json) => Ok(json.clone()),
        Payload::Stored { digest, .. } => load(store, namespace, run, *digest).await,
    }
}

async fn load<S: Store>(
    store: &S,
    namespace: &Namespace,
    run: RunId,
    digest: Digest,
) -> Result<Json, StoreError> {
    let damaged = || StoreError::Damaged(format!("payload {digest} of run {run} is not JSON"));
    let bytes = Payloads::read(store, namespace, run, digest, None).await?;
    let text = String::from_utf8(bytes).map_err(|_| damaged())?;
    Json::parse(text).map_err(|_| damaged())
}

async fn stored<S: Store>(
    store: &S,
    namespace: &Namespace,
    run: RunId,
    entries: &[Entry],
) -> Result<HashMap<Digest, Json>, StoreError> {
    let mut values = HashMap::new();
    for payload in entries.iter().flat_map(payloads) {
        if let Payload::Stored { digest, .. } = payload
            && !values.contains_key(digest)
        {
            values.insert(*digest, load(store, namespace, run, *digest).await?);
        }
    }
    Ok(values)
}

fn payloads(entry: &Entry) -> Vec<&Payload> {
    match &entry.fact {
        Fact::Accepted(accepted) => vec![&accepted.event.payload],
        Fact::AttemptStarted {
            input: Some(input), ..
        } => {
            let mut all = vec![&input.with];
            all.extend(&input.records);
            all
        }
        Fact::AttemptSucceeded { output, .. } | Fact::Ended(End::Succeeded { output }) => {
            vec![output]
        }
        _ => Vec::new(),
    }
}
