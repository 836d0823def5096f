//! What people decide about runs: checked against what is kept, and made into letters.
//!
//! Every function here looks and changes nothing but for payloads that are too large for a letter,
//! so the admin listener and a command that opened the store itself decide alike; whoever calls
//! sends the letter. [`parked`] is replaying and discarding, [`approval`] and [`moving`] are what
//! they say, [`bulk`] is many parked runs at once.

pub mod approval;
pub mod bulk;
pub mod error;
pub mod moving;
pub mod parked;
#[cfg(test)]
mod tests;

use mortise_model::{Fact, Json, Letter, Namespace, Payload, Plan, Run, RunId, Status, StepPath};
use mortise_ports::catalog::PlanRef;
use mortise_ports::inbox::{Delivery, Post};
use mortise_ports::journal::History;
use mortise_ports::runs::Summary;
use mortise_ports::{Store, StoreError};
use std::sync::Arc;

pub use error::OrderError;

/// Who decides, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// Who.
    pub by: String,
    /// Why; may be empty.
    pub why: String,
}

/// Stops a run; a parked one is given up.
///
/// # Errors
/// Where there is no such run, or it is at rest.
pub async fn cancel<S: Store>(
    store: &S,
    namespace: &Namespace,
    run: RunId,
    said: Said,
) -> Result<Post, OrderError> {
    let row = row(store, namespace, run).await?;
    if row.status.is_rest() && row.status != Status::Parked {
        return Err(OrderError::AtRest(run, row.status));
    }
    let Said { by, why } = said;
    Ok(post(namespace, run, Letter::Cancel { by, why }))
}

/// The word under which a run is told one answer to a step and no other. A replay asks again.
#[must_use]
pub fn once(step: &StepPath, history: &History) -> String {
    let mut entries = history.entries.iter().rev();
    let replayed = entries.find_map(|(at, entry)| match &entry.fact {
        Fact::LetterRead {
            letter: Letter::Replay { .. },
            ..
        } => Some(*at),
        _ => None,
    });
    format!("{step}@{}", replayed.unwrap_or(0))
}

/// What became of a letter, as an answer.
///
/// # Errors
/// Where it was not kept.
pub fn delivered(run: RunId, delivery: Delivery) -> Result<(), OrderError> {
    match delivery {
        Delivery::Kept => Ok(()),
        Delivery::NoSuchRun => Err(OrderError::NoSuchRun(run)),
        Delivery::AtRest(status) => Err(OrderError::AtRest(run, status)),
        Delivery::Answered => Err(OrderError::Answered(run)),
        Delivery::TooMany => Err(OrderError::TooMany(run)),
    }
}

/// A value as a letter to a run carries it: a large one is put beside the run's journal.
///
/// # Errors
/// Where the store refuses.
pub async fn payload<S: Store>(
    store: &S,
    namespace: &Namespace,
    run: RunId,
    json: Json,
) -> Result<Payload, StoreError> {
    let text = json.as_str();
    if text.len() <= Payload::INLINE_MAX_BYTES {
        return Ok(Payload::Inline(json));
    }
    let (size_bytes, bytes) = (text.len() as u64, text.as_bytes().to_vec());
    let digest = store.put(namespace, run, bytes).await?;
    Ok(Payload::Stored { digest, size_bytes })
}

fn post(namespace: &Namespace, run: RunId, letter: Letter) -> Post {
    Post::new(namespace.clone(), run, letter)
}

async fn row<S: Store>(
    store: &S,
    namespace: &Namespace,
    run: RunId,
) -> Result<Summary, OrderError> {
    let row = store.get(namespace, run).await?;
    row.ok_or(OrderError::NoSuchRun(run))
}

/// The plan that a run is on and the state that its journal adds up to.
pub(crate) async fn state<S: Store>(
    store: &S,
    namespace: &Namespace,
    row: &Summary,
) -> Result<(Arc<Plan>, Run), OrderError> {
    let damaged =
        |why: String| StoreError::Damaged(format!("the journal of run {}: {why}", row.run));
    let plan = store.plan(&PlanRef::Digest(row.plan)).await?;
    let plan = plan.ok_or_else(|| damaged(format!("its plan {} is gone", row.plan)))?;
    let history = store.entries(namespace, row.run).await?;
    let run = mortise_runner::fold(&plan, &history.entries, history.next_sequence)
        .map_err(|error| damaged(error.to_string()))?;
    Ok((plan, run))
}
