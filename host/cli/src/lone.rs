//! Calls that belong to no run: what somebody asks of a plugin at the command line.

use std::sync::Arc;

use mortise_model::plan::Operation;
use mortise_model::{Namespace, RunId, StepPath, WorkflowName};
use mortise_ports::plugins::{Call, Invocation};
use mortise_runner::clock::{Clock as _, SystemClock};

/// A call of an operation, known by this name and by an id that nobody else has.
pub fn call(
    namespace: Namespace,
    name: &str,
    operation: Operation,
    invocation: Invocation,
) -> Call {
    let now = SystemClock.time_of_day();
    let random = u128::from(SystemClock.random());
    let run = RunId::from_parts(now.0.unsigned_abs(), random);
    Call {
        namespace,
        workflow: WorkflowName::from(name),
        run,
        step: StepPath::from(name),
        attempt: 1,
        turn: 0,
        idempotency_key: run.to_string(),
        operation: Arc::new(operation),
        invocation,
        callback_url: None,
        files: None,
        now,
        cancelled: Arc::default(),
    }
}
