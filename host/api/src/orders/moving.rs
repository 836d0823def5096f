//! A run goes on with another version of its plan.

use mortise_model::{Digest, Json, Letter, Namespace, RunId, Status};
use mortise_ports::catalog::PlanRef;
use mortise_ports::inbox::Post;
use mortise_ports::{Store, StoreError};

use super::{OrderError, Said, post, row, state};

/// Moves a run to a version of its workflow.
///
/// # Errors
/// Where the run is done, there is no such version, or a step that has begun does not fit it.
pub async fn move_to<S: Store>(
    store: &S,
    namespace: &Namespace,
    (run, version): (RunId, u32),
    said: Said,
) -> Result<Post, OrderError> {
    let row = row(store, namespace, run).await?;
    if row.status.is_rest() && row.status != Status::Parked {
        return Err(OrderError::AtRest(run, row.status));
    }
    let wanted = PlanRef::Version(namespace.clone(), row.workflow.clone(), version);
    let Some(new) = store.plan(&wanted).await? else {
        return Err(OrderError::NoSuchVersion {
            workflow: row.workflow.to_string(),
            version,
        });
    };
    let (old, folded) = state(store, namespace, &row).await?;
    mortise_runner::fits(&old, &new, &folded).map_err(|why| OrderError::Misfit {
        run,
        version,
        why: why.to_string(),
    })?;
    let text = Json::of(&*new).map_err(|error| StoreError::Damaged(error.to_string()))?;
    let plan = Digest::of(text.as_str().as_bytes());
    let Said { by, why } = said;
    let letter = Letter::Move {
        plan,
        version,
        by,
        why,
    };
    Ok(post(namespace, run, letter))
}
