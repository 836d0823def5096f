//! A call that a trigger makes, and that belongs to no run.

use std::sync::Arc;

use mortise_model::entry::LogLine;
use mortise_model::id::idempotency_key;
use mortise_model::plan::Operation;
use mortise_model::{Disposition, Failure, StepPath, Timestamp};
use mortise_ports::plugins::{Call, File, Invocation, Outcome, Report};
use mortise_ports::triggers::TriggerKey;
use mortise_ports::{Plugins, Store};

use super::Watch;
use crate::perform::gate;
use crate::plans;

/// What became of a call.
pub(crate) enum Asked {
    /// The application is left alone until then.
    Held(Timestamp),
    /// Another process looks after the trigger now; nobody wants the result.
    Lost,
    /// It was made, with the files that the outcome names.
    Done(Result<(Outcome, Vec<File>), Failure>),
}

impl<S: Store, P: Plugins> Watch<S, P> {
    /// Asks the gate, waits until there is room for one more call, and makes it. The lease is kept
    /// meanwhile.
    pub async fn ask(&mut self, operation: &Arc<Operation>, invocation: Invocation) -> Asked {
        let inner = Arc::clone(&self.inner);
        if let Err(failure) = self.load(operation).await {
            return Asked::Done(Err(failure));
        }
        let gate = gate(&self.key.namespace, operation);
        if let Some(gate) = &gate {
            let TriggerKey {
                workflow, trigger, ..
            } = &self.key;
            let who = format!("{workflow} {trigger}");
            if let Some((until, _)) = inner.gates.admit(gate, &who, inner.now()) {
                inner.metrics.held();
                self.waits("the application, which is left alone for a while");
                return Asked::Held(until);
            }
        }
        let call = self.call(operation, invocation);
        let report = self.lease.during(&inner, &self.key, async {
            // The semaphore is never closed; were it, the bound would be lost and nothing else.
            let _room = inner.calls.acquire().await.ok();
            inner.metrics.called();
            inner.plugins.call(call).await
        });
        let Some(Report {
            result,
            files,
            requests,
            log,
        }) = report.await
        else {
            return Asked::Lost;
        };
        if let Some(gate) = &gate {
            let requests = requests.len();
            inner.gates.report(gate, &result, requests, inner.now());
        }
        self.say(log);
        Asked::Done(result.map(|outcome| (outcome, files)))
    }

    fn call(&self, operation: &Arc<Operation>, invocation: Invocation) -> Call {
        let inner = &self.inner;
        let (run, step) = (inner.new_run(), StepPath::from(&*self.key.trigger));
        Call {
            namespace: self.key.namespace.clone(),
            workflow: self.key.workflow.clone(),
            run,
            idempotency_key: idempotency_key(run, &step, 0, 0),
            step,
            attempt: 1,
            turn: 0,
            operation: Arc::clone(operation),
            invocation,
            callback_url: None,
            files: None,
            now: inner.clock.time_of_day(),
            cancelled: Arc::default(),
        }
    }

    async fn load(&self, operation: &Operation) -> Result<(), Failure> {
        let Operation { plugin, digest, .. } = operation;
        if self.inner.plugins.describe(*digest).is_some() {
            return Ok(());
        }
        let loaded = plans::load(&self.inner, plugin, *digest).await;
        loaded
            .map_err(|error| Failure::new(Disposition::Misconfigured, "plugin", error.to_string()))
    }

    /// There is no run in whose log it could stand.
    fn say(&self, log: Vec<LogLine>) {
        let TriggerKey {
            workflow, trigger, ..
        } = &self.key;
        for LogLine { level, message, .. } in log {
            tracing::info!(%workflow, trigger, ?level, "the plugin says: {message}");
        }
    }
}
