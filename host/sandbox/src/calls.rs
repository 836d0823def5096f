//! Calls of actions: asynchronous, because they wait for applications.

use std::sync::Arc;
use std::time::Duration;

use mortise_egress::Client;
use mortise_model::{Disposition, Failure};
use mortise_ports::plugins::{Call, Outcome, Report};
use mortise_vault::Connections;
use tokio::sync::Semaphore;
use tokio::time::Instant;
use wasmtime::{Engine, Store, UpdateDeadline};

use crate::contract::exports::mortise::plugin::actions;
use crate::failure;
use crate::guest::{Guest, Work};
use crate::host::files::Files;
use crate::log::Log;
use crate::plugin::{Actions, Loaded};
use crate::reach::Reaches;
use crate::records::checked;
use crate::settings::Settings;
use crate::transform::is_interrupted;

/// What a guest has left after its deadline to say what became of a request that was cut off: it
/// knows whether the request was sent, the host's `deadline` does not.
const GRACE_MS: u64 = 100;

/// What calls of actions share.
pub(crate) struct Calls {
    pub engine: Engine,
    pub settings: Arc<Settings>,
    pub egress: Arc<Client>,
    pub connections: Arc<Connections>,
    pub reaches: Arc<Reaches>,
    pub places: Semaphore,
}

impl Calls {
    /// Calls an action once.
    pub async fn call(&self, loaded: Arc<Loaded>, call: Call) -> Report {
        let begun = Instant::now();
        let timeout_ms = call.operation.timeout_ms;
        let deadline = begun + Duration::from_millis(timeout_ms);
        let Some(actions) = &loaded.actions else {
            let what = format!("`{}` is no action", call.operation.uses);
            return refused(failure::contract(&call.operation.plugin, &what));
        };
        let connection = match &call.operation.connection {
            None => None,
            Some(name) => match self.connections.get(&call.namespace, name) {
                Some(connection) => Some(connection),
                None => return refused(no_connection(name.as_str())),
            },
        };
        let Ok(place) = tokio::time::timeout_at(deadline, self.places.acquire()).await else {
            return refused(overloaded(timeout_ms));
        };
        let operation = Arc::clone(&call.operation);
        let (with, now) = (call.with.as_str().to_owned(), call.now);
        let log = Log::new(&self.settings, now, begun);
        let work = Work {
            call,
            deadline,
            connection,
            egress: Arc::clone(&self.egress),
            reaches: Arc::clone(&self.reaches),
            requests: Vec::new(),
            files: Files::new(self.settings.files_max_bytes),
        };
        let guest = Guest::new(&self.settings, log.clone(), Some(work));
        let mut store = guest.into_store(&self.engine);
        let end = deadline + Duration::from_millis(GRACE_MS);
        yield_until(&mut store, end);
        let calling = invoke(&mut store, actions, &operation.name, &with);
        let outcome = tokio::time::timeout_at(end, calling).await;
        let plugin = operation.plugin.as_str();
        let result = match outcome {
            Err(_) => Err(failure::deadline(timeout_ms)),
            Ok(Err(error)) if is_interrupted(&error) => Err(failure::deadline(timeout_ms)),
            Ok(Err(error)) => Err(failure::of_trap(plugin, &error, store.data())),
            Ok(Ok(Err(failure))) => Err(failure::of_guest(failure)),
            Ok(Ok(Ok(outcome))) => self.finish(plugin, outcome),
        };
        let work = store.into_data().work;
        drop(place);
        Report {
            result,
            requests: work.map(|work| work.requests).unwrap_or_default(),
            log: log.take(),
        }
    }

    fn finish(&self, plugin: &str, outcome: actions::Outcome) -> Result<Outcome, Failure> {
        match outcome {
            actions::Outcome::Done(text) => Ok(Outcome {
                output: checked(plugin, &self.settings, text)?,
                failures: Vec::new(),
            }),
            actions::Outcome::Page(_) => Err(not_yet(plugin, "a page")),
            actions::Outcome::Suspended(_) => Err(not_yet(plugin, "a suspension")),
        }
    }
}

#[allow(clippy::ptr_arg)] // the generated signature
async fn invoke(
    store: &mut Store<Guest>,
    actions: &Actions,
    operation: &str,
    input: &String,
) -> wasmtime::Result<Result<actions::Outcome, actions::Failure>> {
    let instance = actions.instance.instantiate_async(&mut *store).await?;
    let guest = actions.exports.load(&mut *store, &instance)?;
    let turn = actions::Turn::Start;
    guest.call_invoke(store, operation, input, &turn).await
}

/// Every tick the guest lets others run, and at the end it is stopped.
fn yield_until(store: &mut Store<Guest>, end: Instant) {
    store.epoch_deadline_callback(move |_| {
        Ok(match Instant::now() < end {
            true => UpdateDeadline::Yield(1),
            false => UpdateDeadline::Interrupt,
        })
    });
    store.set_epoch_deadline(1);
}

fn refused(failure: Failure) -> Report {
    Report {
        result: Err(failure),
        requests: Vec::new(),
        log: Vec::new(),
    }
}

fn no_connection(name: &str) -> Failure {
    Failure::new(
        Disposition::Misconfigured,
        "no-connection",
        format!("there is no connection `{name}`: add it to `connections.yaml`"),
    )
}

fn overloaded(timeout_ms: u64) -> Failure {
    Failure::new(
        Disposition::Retry { after_ms: None },
        "calls-max",
        format!(
            "no place was free within {timeout_ms} ms: `sandbox.calls-max` calls are under way"
        ),
    )
}

fn not_yet(plugin: &str, what: &str) -> Failure {
    Failure::new(
        Disposition::Misconfigured,
        "not-supported-yet",
        format!("the plugin `{plugin}` answered with {what}, which this host does not serve yet"),
    )
}
