//! Reads views from a store: the same ones for the admin listener and for a command that opened
//! the store itself.

mod standing;

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use mortise_model::entry::End;
use mortise_model::id::{Digest, Namespace, RunId};
use mortise_model::sentence::Place;
use mortise_model::{
    Disposition, Entry, Fact, Failure, Json, Payload, Plan, Status, StepPath, WorkflowName,
};
use mortise_ports::catalog::PlanRef;
use mortise_ports::runs::{Filter, Page, Summary};
use mortise_ports::triggers::TriggerKey;
use mortise_ports::{Logs, Payloads, Store, StoreError};
use mortise_runner::{Links, TriggerStatus};

pub use standing::Standing;

use crate::view::List;
use crate::view::decision::{ApprovalView, ParkedView};
use crate::view::failure::FailureView;
use crate::view::project::{Record, project};
use crate::view::run::{RunView, SummaryView};
use crate::view::step::StepView;
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
    let standing = Standing::of(store, namespace).await?;
    let listing = standing.list(filter, page).await?;
    let mut items = Vec::with_capacity(listing.runs.len());
    // Most runs of a page are of few plans.
    let mut plans = HashMap::new();
    for row in &listing.runs {
        let failure = match &row.failure {
            Some(failed) => Some(failure(store, namespace, (row, failed), &mut plans).await?),
            None => None,
        };
        items.push(SummaryView::new(row, namespace, failure));
    }
    Ok(List {
        items,
        next: listing.next.map(|run| run.to_string()),
    })
}

type Plans = HashMap<Digest, Option<Arc<Plan>>>;

/// Why a run did not succeed. Its journal is read only where the sentence counts attempts.
async fn failure<S: Store>(
    store: &S,
    namespace: &Namespace,
    (row, (step, failure)): (&Summary, &(Option<StepPath>, Failure)),
    plans: &mut Plans,
) -> Result<FailureView, StoreError> {
    let plan = match plans.get(&row.plan) {
        Some(plan) => plan.clone(),
        None => {
            let plan = store.plan(&PlanRef::Digest(row.plan)).await?;
            plans.insert(row.plan, plan.clone());
            plan
        }
    };
    let attempts = match (step, failure.disposition) {
        (Some(step), Disposition::Retry { .. }) => {
            attempts(store, namespace, row.run, step).await?
        }
        _ => 0,
    };
    Ok(failed(
        row,
        (step.as_ref(), failure),
        attempts,
        plan.as_deref(),
    ))
}

/// A failure as it is shown wherever a run is.
fn failed(
    row: &Summary,
    (step, failure): (Option<&StepPath>, &Failure),
    attempts: usize,
    plan: Option<&Plan>,
) -> FailureView {
    let view = step.map(|step| StepView::started(step, plan, &row.origin));
    let place = view.as_ref().map(|view| view.place(attempts, plan));
    let nowhere = Place {
        plan,
        ..Place::default()
    };
    FailureView::new(failure, place.unwrap_or(nowhere))
}

async fn attempts<S: Store>(
    store: &S,
    namespace: &Namespace,
    run: RunId,
    step: &StepPath,
) -> Result<usize, StoreError> {
    let entries = store.entries(namespace, run).await?.entries;
    let is_attempt =
        |fact: &Fact| matches!(fact, Fact::AttemptStarted { step: tried, .. } if tried == step);
    let attempts = entries.iter().filter(|(_, entry)| is_attempt(&entry.fact));
    Ok(attempts.count())
}

/// Which values of a run are read whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Those that are not larger than this.
    UpTo(usize),
    /// All.
    Full,
}

/// How runs are looked at.
pub struct Seen<'a> {
    /// Which values are read whole.
    pub extent: Extent,
    /// The addresses of steps.
    pub links: &'a Links,
}

/// A run, whole; none where there is no such run.
///
/// # Errors
/// Where the store cannot be read.
pub async fn run<S: Store>(
    store: &S,
    namespace: &Namespace,
    run: RunId,
    seen: &Seen<'_>,
) -> Result<Option<RunView>, StoreError> {
    // The summary first: whatever the run becomes meanwhile stands in the entries.
    let Some(mut summary) = store.get(namespace, run).await? else {
        return Ok(None);
    };
    let entries = store.entries(namespace, run).await?.entries;
    if standing::is_parked(&entries) {
        // That it was told to go on stands in no entry before it reads that.
        match store.get(namespace, run).await? {
            Some(now) => summary = now,
            None => return Ok(None),
        }
    }
    let standing = Standing::of(store, namespace).await?;
    let status = standing.status(&summary, &entries);
    let logs = Logs::read(store, namespace, run).await?;
    let plan = store.plan(&PlanRef::Digest(summary.plan)).await?;
    let values = match seen.extent {
        Extent::UpTo(bytes) => Values::up_to(bytes),
        Extent::Full => Values::full(stored(store, namespace, run, &entries).await?),
    };
    let record = Record {
        entries: &entries,
        plan: plan.as_deref(),
        logs,
        status,
        link: Some(&|step| seen.links.url(namespace, run, step)),
    };
    Ok(project(record, &values))
}

/// The content of a file of a run; none where the run has no such file.
///
/// # Errors
/// Where the store cannot be read.
pub async fn file<S: Store>(
    store: &S,
    namespace: &Namespace,
    (run, file): (RunId, Digest),
) -> Result<Option<Bytes>, StoreError> {
    match store.file_size(namespace, run, file).await? {
        Some(_) => store.read_file(namespace, run, file).await.map(Some),
        None => Ok(None),
    }
}

/// A page of parked runs, newest first.
///
/// # Errors
/// Where the store cannot be read.
pub async fn parked<S: Store>(
    store: &S,
    namespace: &Namespace,
    filter: &Filter,
    page: Page,
) -> Result<List<ParkedView>, StoreError> {
    let listing = store.list(namespace, filter, page).await?;
    let mut items = Vec::with_capacity(listing.runs.len());
    for row in &listing.runs {
        items.push(parked_run(store, namespace, row).await?);
    }
    Ok(List {
        items,
        next: listing.next.map(|run| run.to_string()),
    })
}

/// A parked run in one line, with the whole sentence that says why.
///
/// # Errors
/// Where the store cannot be read.
pub async fn parked_run<S: Store>(
    store: &S,
    namespace: &Namespace,
    row: &Summary,
) -> Result<ParkedView, StoreError> {
    let failure = row.failure.as_ref();
    let step = failure.and_then(|(step, _)| step.as_ref());
    let attempts = match step {
        Some(step) => attempts(store, namespace, row.run, step).await?,
        None => 0,
    };
    let plan = store.plan(&PlanRef::Digest(row.plan)).await?;
    Ok(ParkedView {
        id: row.run,
        workflow: row.workflow.clone(),
        step: step.cloned(),
        parked_at: row.finished_at,
        attempts,
        failure: failure
            .map(|(_, failure)| failed(row, (step, failure), attempts, plan.as_deref())),
    })
}

/// A page of the approvals that are asked for, newest run first.
///
/// # Errors
/// Where the store cannot be read.
pub async fn approvals<S: Store>(
    store: &S,
    namespace: &Namespace,
    seen: &Seen<'_>,
    page: Page,
) -> Result<List<ApprovalView>, StoreError> {
    let approvals = store.approvals(namespace, page).await?;
    let mut items = Vec::with_capacity(approvals.asked.len());
    for (run, step, asked) in approvals.asked {
        let row = store.get(namespace, run).await?;
        items.push(ApprovalView {
            run,
            workflow: row.map(|row| row.workflow),
            since: asked.since,
            until: asked.until,
            url: Some(seen.links.url(namespace, run, &step)),
            step,
        });
    }
    Ok(List {
        items,
        next: approvals.next.map(|run| run.to_string()),
    })
}

/// The active workflows. `states` are those of triggers, where a process runs that knows them.
///
/// # Errors
/// Where the store cannot be read.
pub async fn workflows<S: Store>(
    store: &S,
    namespace: &Namespace,
    states: &[(TriggerKey, TriggerStatus)],
) -> Result<List<WorkflowView>, StoreError> {
    let active = store.active(namespace).await?;
    let views = active.plans.iter().map(|plan| {
        let workflow = &plan.plan.workflow;
        let mut view = WorkflowView::new(plan, active.paused.contains(workflow));
        for trigger in &mut view.triggers {
            let is_its = |key: &TriggerKey| key.workflow == *workflow && key.trigger == trigger.id;
            let state = states.iter().find(|(key, _)| is_its(key));
            trigger.state = state.map(|(_, status)| status.into());
        }
        view
    });
    let mut items: Vec<WorkflowView> = views.collect();
    items.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(List { items, next: None })
}

/// A workflow that can be paused: an active one, or one that is paused and gone.
///
/// # Errors
/// Where the store cannot be read.
pub async fn pausable<S: Store>(
    store: &S,
    namespace: &Namespace,
    name: &str,
) -> Result<Option<WorkflowName>, StoreError> {
    let active = store.active(namespace).await?;
    let plans = active.plans.iter().map(|plan| &plan.plan.workflow);
    let mut known = plans.chain(&active.paused);
    Ok(known.find(|known| known.as_str() == name).cloned())
}

/// How many parked runs and approvals wait for people, each counted up to [`COUNT_MAX`].
///
/// # Errors
/// Where the store cannot be read.
pub async fn waiting_for_people<S: Store>(
    store: &S,
    namespace: &Namespace,
) -> Result<(usize, usize), StoreError> {
    let filter = Filter {
        status: Some(Status::Parked),
        ..Filter::default()
    };
    let (mut parked, mut approvals) = (0, 0);
    let mut page = Page {
        before: None,
        limit: PAGE_MAX,
    };
    while parked < COUNT_MAX {
        let listing = store.list(namespace, &filter, page).await?;
        parked += listing.runs.len();
        page.before = listing.next;
        if page.before.is_none() {
            break;
        }
    }
    page.before = None;
    while approvals < COUNT_MAX {
        let listing = store.approvals(namespace, page).await?;
        approvals += listing.asked.len();
        page.before = listing.next;
        if page.before.is_none() {
            break;
        }
    }
    Ok((parked, approvals))
}

/// Counting goes so far and no further: a scrape of the metrics must stay cheap.
const COUNT_MAX: usize = 10_000;

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
    Json::kept(text).map_err(|_| damaged())
}

async fn stored<S: Store>(
    store: &S,
    namespace: &Namespace,
    run: RunId,
    entries: &[(u32, Entry)],
) -> Result<HashMap<Digest, Json>, StoreError> {
    let mut values = HashMap::new();
    for payload in entries.iter().flat_map(|(_, entry)| payloads(entry)) {
        if let Payload::Stored { digest, .. } = payload
            && !values.contains_key(digest)
        {
            values.insert(*digest, load(store, namespace, run, *digest).await?);
        }
    }
    Ok(values)
}

/// What the view shows of an entry.
fn payloads(entry: &Entry) -> Vec<&Payload> {
    match &entry.fact {
        Fact::Accepted(accepted) => vec![&accepted.event.payload],
        Fact::EventReceived { event, .. } => vec![&event.payload],
        Fact::Replayed { event, .. } => event.iter().collect(),
        Fact::StepEntered {
            input: Some(input), ..
        }
        | Fact::AttemptStarted {
            input: Some(input), ..
        } => {
            let mut all = vec![&input.with];
            all.extend(&input.records);
            all
        }
        Fact::AttemptSucceeded { output, .. }
        | Fact::StepSucceeded { output, .. }
        | Fact::Ended(End::Succeeded { output }) => vec![output],
        Fact::AttemptPaged { records, .. } => vec![records],
        Fact::ItemsTaken { items, .. } => vec![items],
        _ => Vec::new(),
    }
}
