//! A person's decision that a step waits for.

use mortise_model::plan::{Action, Decision, Plan, Wait};
use mortise_model::{Letter, Namespace, RunId, StepPath};
use mortise_ports::Store;
use mortise_ports::catalog::PlanRef;
use mortise_ports::inbox::Post;
use mortise_ports::runs::Page;

use super::{OrderError, Said, once, post, row};

/// Decides what a step asks for.
///
/// # Errors
/// Where there is no such step, or it does not ask now.
pub async fn decide<S: Store>(
    store: &S,
    namespace: &Namespace,
    (run, step): (RunId, StepPath),
    (decision, said): (Decision, Said),
) -> Result<Post, OrderError> {
    if !is_asked(store, namespace, run, &step).await? {
        let row = row(store, namespace, run).await?;
        let plan = store.plan(&PlanRef::Digest(row.plan)).await?;
        let is_approval = plan.is_some_and(|plan| waits_for_approval(&plan, &step));
        return Err(if is_approval {
            OrderError::NotAsked { run, step }
        } else {
            OrderError::NoSuchApproval { run, step }
        });
    }
    let once = once(&step, &store.entries(namespace, run).await?);
    let Said { by, why } = said;
    let letter = Letter::Decided {
        step,
        decision,
        by,
        why,
    };
    Ok(Post {
        once: Some(once),
        ..post(namespace, run, letter)
    })
}

/// Whether a step of a plan waits for an approval.
#[must_use]
pub fn waits_for_approval(plan: &Plan, step: &StepPath) -> bool {
    let action = plan.step(step).map(|step| &step.action);
    matches!(action, Some(Action::Wait(Wait::Approval { .. })))
}

async fn is_asked<S: Store>(
    store: &S,
    namespace: &Namespace,
    run: RunId,
    step: &StepPath,
) -> Result<bool, OrderError> {
    // The list goes from newer to older runs: the run itself is the first below its successor.
    let after = u128::from_be_bytes(run.to_bytes()).checked_add(1);
    let page = Page {
        before: after.map(|id| RunId::from_bytes(id.to_be_bytes())),
        limit: 1,
    };
    let approvals = store.approvals(namespace, page).await?;
    Ok(approvals
        .asked
        .iter()
        .any(|(asks, at, _)| *asks == run && at == step))
}
