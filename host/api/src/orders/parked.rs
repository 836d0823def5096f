//! What becomes of a parked run.

use mortise_model::{Json, Letter, Namespace, RunId, Status, StepPath};
use mortise_ports::Store;
use mortise_ports::inbox::Post;
use mortise_ports::runs::Summary;

use super::{OrderError, Said, payload, post, row, state};
use crate::query::Standing;

/// How a parked run goes on.
#[derive(Clone, Debug, Default)]
pub struct Replay {
    /// From this step; none means the one that failed.
    pub from: Option<StepPath>,
    /// With this event.
    pub input: Option<Json>,
}

/// A parked run goes on.
///
/// # Errors
/// Where it is not parked, or cannot go on from the step.
pub async fn replay<S: Store>(
    store: &S,
    namespace: &Namespace,
    run: RunId,
    (replay, said): (Replay, Said),
) -> Result<Post, OrderError> {
    let row = parked(store, namespace, run).await?;
    let (plan, folded) = state(store, namespace, &row).await?;
    mortise_runner::replayable(&plan, &folded, replay.from.as_ref()).map_err(|why| {
        OrderError::NoReplay {
            run,
            why: why.to_string(),
        }
    })?;
    let event = match replay.input {
        Some(json) => Some(payload(store, namespace, run, json).await?),
        None => None,
    };
    let Said { by, why } = said;
    let from = replay.from;
    let letter = Letter::Replay {
        from,
        event,
        by,
        why,
    };
    Ok(post(namespace, run, letter))
}

/// A parked run is given up.
///
/// # Errors
/// Where it is not parked.
pub async fn discard<S: Store>(
    store: &S,
    namespace: &Namespace,
    run: RunId,
    said: Said,
) -> Result<Post, OrderError> {
    parked(store, namespace, run).await?;
    let Said { by, why } = said;
    Ok(post(namespace, run, Letter::Discard { by, why }))
}

async fn parked<S: Store>(
    store: &S,
    namespace: &Namespace,
    run: RunId,
) -> Result<Summary, OrderError> {
    let row = row(store, namespace, run).await?;
    match row.status {
        Status::Parked => Ok(row),
        _ => {
            let standing = Standing::of(store, namespace).await?;
            let status = standing.status_of(&row).await?;
            Err(OrderError::NotParked(run, status))
        }
    }
}
