//! Calls of connectors: asynchronous, because they wait for applications. A call that is dropped
//! ends at once: its instance, its requests and its place go with it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use mortise_egress::Client;
use mortise_model::{Disposition, Failure};
use mortise_ports::plugins::{Call, Invocation, Outcome, Report};
use mortise_vault::{Connection, Connections};
use tokio::sync::Semaphore;
use tokio::time::Instant;
use wasmtime::{Engine, Store, UpdateDeadline};

use crate::border::Border;
use crate::failure;
use crate::guest::{Guest, Work};
use crate::host::files::Files;
use crate::host::way::Way;
use crate::invoke::invoke;
use crate::log::Log;
use crate::plugin::{Connector, Loaded};
use crate::reach::Reaches;
use crate::settings::Settings;
use crate::transform::is_interrupted;

/// What a guest has left after its deadline to say what became of a request that was cut off: it
/// knows whether the request was sent, the host's `deadline` does not.
const GRACE_MS: u64 = 100;

/// What calls of connectors share.
pub(crate) struct Calls {
    pub engine: Engine,
    pub settings: Arc<Settings>,
    pub egress: Arc<Client>,
    pub connections: Arc<Connections>,
    pub reaches: Arc<Reaches>,
    pub places: Semaphore,
}

impl Calls {
    /// Calls an operation once.
    pub async fn call(&self, loaded: Arc<Loaded>, call: Call) -> Report {
        let begun = Instant::now();
        let Some(connector) = &loaded.connector else {
            let what = format!("`{}` is no connector's operation", call.operation.uses);
            return refused(failure::contract(&call.operation.plugin, &what));
        };
        let connection = match self.connection(&call) {
            Ok(connection) => connection,
            Err(failure) => return refused(failure),
        };
        let border = Border::new(&self.settings, &loaded, &call);
        let allowed_ms = border.allowed_ms();
        let deadline = begun + Duration::from_millis(allowed_ms);
        let Ok(_place) = tokio::time::timeout_at(deadline, self.places.acquire()).await else {
            return refused(overloaded(allowed_ms, "calls-max"));
        };
        let log = Log::new(&self.settings, call.now, begun);
        let invocation = call.invocation.clone();
        let way = Arc::new(Way {
            namespace: call.namespace.clone(),
            operation: Arc::clone(&call.operation),
            connection,
            is_before_answer: border.is_before_answer,
            called_at: call.now,
            begun,
            deadline,
            header_block_max_bytes: self.settings.header_block_max_bytes,
            requests_max: self.settings.requests_max,
            egress: Arc::clone(&self.egress),
            reaches: Arc::clone(&self.reaches),
            requests: Mutex::default(),
        });
        let work = Work {
            call,
            deadline,
            way: Arc::clone(&way),
            files: Files::new(self.settings.files_max_bytes),
        };
        let guest = Guest::new(&self.settings, log.clone(), Some(work));
        let mut store = guest.into_store(&self.engine);
        let end = deadline + Duration::from_millis(GRACE_MS);
        let result = run(&mut store, connector, invocation, (&border, end)).await;
        // With it go the requests that are still under way.
        drop(store);
        Report {
            result,
            requests: way.take_requests(),
            log: log.take(),
        }
    }

    fn connection(&self, call: &Call) -> Result<Option<Arc<Connection>>, Failure> {
        let Some(name) = &call.operation.connection else {
            return Ok(None);
        };
        let connection = self.connections.get(&call.namespace, name);
        let connection = connection.ok_or_else(|| no_connection(name.as_str()))?;
        match connection.attention() {
            Some(attention) => Err(failure::needs_attention(name.as_str(), &attention)),
            None => Ok(Some(connection)),
        }
    }
}

async fn run(
    store: &mut Store<Guest>,
    connector: &Connector,
    invocation: Invocation,
    (border, end): (&Border, Instant),
) -> Result<Outcome, Failure> {
    yield_until(store, end);
    let operation = &border.operation;
    let calling = invoke(store, connector, &operation.name, invocation);
    match tokio::time::timeout_at(end, calling).await {
        Err(_) => Err(border.late()),
        Ok(Err(error)) if is_interrupted(&error) => Err(border.late()),
        Ok(Err(error)) => Err(failure::of_trap(&operation.plugin, &error, store.data())),
        Ok(Ok(Err(failure))) => Err(failure::of_guest(failure)),
        Ok(Ok(Ok(given))) => border.admit(given),
    }
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
        format!(
            "there is no connection `{name}`: add it to `connections.yaml`, or with `mortise connections add` where it has secrets"
        ),
    )
}

/// No place became free; `setting` is the limit's name without `sandbox.`.
pub(crate) fn overloaded(allowed_ms: u64, setting: &str) -> Failure {
    Failure::new(
        Disposition::Retry { after_ms: None },
        setting,
        format!(
            "no place was free within {allowed_ms} ms: `sandbox.{setting}` calls are under way"
        ),
    )
}
