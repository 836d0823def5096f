//! Calls of connectors: asynchronous, because they wait for applications. A call that is dropped
//! ends at once: its instance, its requests and its place go with it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use mortise_egress::Client;
use mortise_model::{Disposition, Failure};
use mortise_ports::plugins::{Call, Report};
use mortise_vault::{Connection, Connections};
use tokio::sync::Semaphore;
use tokio::time::Instant;
use wasmtime::Engine;

use crate::border::Border;
use crate::failure;
use crate::guest::{About, Guest, Work};
use crate::host::direct::Direct;
use crate::host::files::Files;
use crate::host::way::Way;
use crate::invoke::{Asked, ask};
use crate::isolate::{Pool, Task};
use crate::log::Log;
use crate::plugin::Loaded;
use crate::reach::Reaches;
use crate::settings::Settings;

/// What calls of connectors share.
pub(crate) struct Calls {
    pub engine: Engine,
    pub settings: Arc<Settings>,
    pub egress: Arc<Client>,
    pub connections: Arc<Connections>,
    pub reaches: Arc<Reaches>,
    pub places: Semaphore,
    /// Where guests run, if not in this process.
    pub isolated: Option<Arc<Pool>>,
}

impl Calls {
    /// Calls an operation once.
    pub async fn call(&self, loaded: Arc<Loaded>, mut call: Call) -> Report {
        let begun = Instant::now();
        let (Some(connector), Some(asked)) = (&loaded.connector, Asked::of(&call.invocation))
        else {
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
        let about = About::new(&call, connection.as_deref());
        let direct = self.direct(&call, &border, connection, (begun, deadline));
        let ended = match &self.isolated {
            Some(pool) => {
                let about = Box::new(about);
                let files = std::mem::take(&mut call.files);
                let task = Task::Act {
                    about,
                    asked,
                    files,
                };
                pool.act((&loaded, &call), task, &direct, &log).await
            }
            None => {
                let work = Work {
                    about,
                    cancelled: call.cancelled,
                    deadline,
                    way: Way::Direct(Arc::clone(&direct)),
                    files: Files::new(self.settings.files_max_bytes, call.files),
                };
                let guest = Guest::new(&self.settings, log.clone(), Some(work));
                // With the store go the requests that are still under way.
                let mut store = guest.into_store(&self.engine);
                let operation = &call.operation;
                let name = (operation.plugin.as_str(), operation.name.as_str());
                Ok(ask(&mut store, connector, name, asked, deadline).await)
            }
        };
        Report {
            result: ended.and_then(|ended| border.judge(ended)),
            requests: direct.take_requests(),
            log: log.take(),
        }
    }

    fn direct(
        &self,
        call: &Call,
        border: &Border,
        connection: Option<Arc<Connection>>,
        (begun, deadline): (Instant, Instant),
    ) -> Arc<Direct> {
        Arc::new(Direct {
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
        })
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
