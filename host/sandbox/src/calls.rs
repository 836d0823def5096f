//! Calls of connectors: asynchronous, because they wait for applications. A call that is dropped
//! ends at once: its instance, its requests and its place go with it.

use std::sync::atomic::AtomicU32;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mortise_egress::Client;
use mortise_mail::Postman;
use mortise_model::{Disposition, Failure};
use mortise_ports::plugins::{Call, File, Outcome, Report};
use mortise_sql::Transactor;
use mortise_vault::{Connection, Connections};
use tokio::sync::Semaphore;
use tokio::time::Instant;
use wasmtime::Engine;

use crate::border::Border;
use crate::failure;
use crate::files::{Attached, GivenFile, all_whole, given, named};
use crate::guest::{About, Guest, Work};
use crate::host::direct::Direct;
use crate::host::way::Way;
use crate::invoke::{Acted, Asked, ask};
use crate::isolate::{Pool, Task};
use crate::log::Log;
use crate::plugin::{Connector, Loaded};
use crate::reach::Reaches;
use crate::settings::Settings;

/// What calls of connectors share.
pub(crate) struct Calls {
    pub engine: Engine,
    pub settings: Arc<Settings>,
    pub egress: Arc<Client>,
    pub postman: Arc<dyn Postman>,
    pub databases: Arc<dyn Transactor>,
    pub connections: Arc<Connections>,
    pub reaches: Arc<Reaches>,
    pub places: Semaphore,
    /// Where guests run, if not in this process.
    pub isolated: Option<Arc<Pool>>,
}

impl Calls {
    /// Calls an operation once.
    pub async fn call(&self, loaded: Arc<Loaded>, call: Call) -> Report {
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
        let is_before_answer = border.is_before_answer;
        let direct = self.direct(&call, is_before_answer, connection, (begun, deadline));
        let files = match given((&loaded, &call), &self.settings).await {
            Ok(files) => files,
            Err(failure) => return refused(failure),
        };
        let attached = Attached::new(&files);
        let what = (asked, about, files);
        let ended = match &self.isolated {
            Some(pool) => {
                let task = match task(what).await {
                    Ok(task) => task,
                    Err(failure) => return refused(failure),
                };
                pool.act((&loaded, &call), task, &direct, &log).await
            }
            None => Ok(self.act((connector, &call), what, &direct, &log).await),
        };
        let judged = ended.and_then(|(ended, made)| {
            let outcome = border.judge(ended)?;
            attached
                .with(made)
                .settle(&border.operation.plugin, outcome)
        });
        let (result, files) = apart(judged);
        Report {
            result,
            files,
            requests: direct.take_requests(),
            log: log.take(),
        }
    }

    /// Asks in this process.
    async fn act(
        &self,
        (connector, call): (&Connector, &Call),
        (asked, about, files): (Asked, About, Vec<GivenFile>),
        direct: &Arc<Direct>,
        log: &Log,
    ) -> Acted {
        let deadline = direct.deadline;
        let work = Work {
            about,
            cancelled: Arc::clone(&call.cancelled),
            deadline,
            way: Way::Direct(Arc::clone(direct)),
        };
        let guest = Guest::new(&self.settings, log.clone(), Some(work)).with_files(files);
        // With the store go the requests that are still under way.
        let mut store = guest.into_store(&self.engine);
        let operation = &call.operation;
        let name = (operation.plugin.as_str(), operation.name.as_str());
        let ended = ask(&mut store, connector, name, asked, deadline).await;
        let made = named(&ended, store.data_mut().take_made());
        (ended, made)
    }

    pub(crate) fn direct(
        &self,
        call: &Call,
        is_before_answer: bool,
        connection: Option<Arc<Connection>>,
        (begun, deadline): (Instant, Instant),
    ) -> Arc<Direct> {
        Arc::new(Direct {
            namespace: call.namespace.clone(),
            operation: Arc::clone(&call.operation),
            connection,
            is_before_answer,
            called_at: call.now,
            begun,
            deadline,
            header_block_max_bytes: self.settings.header_block_max_bytes,
            requests_max: self.settings.requests_max,
            egress: Arc::clone(&self.egress),
            postman: Arc::clone(&self.postman),
            idempotency_key: call.idempotency_key.clone(),
            messages: AtomicU32::new(0),
            databases: Arc::clone(&self.databases),
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

/// The same for a worker.
async fn task((asked, about, files): (Asked, About, Vec<GivenFile>)) -> Result<Task, Failure> {
    Ok(Task::Act {
        about: Box::new(about),
        asked,
        files: all_whole(files).await?,
    })
}

/// The outcome and the files that go with it.
pub(crate) fn apart(
    judged: Result<(Outcome, Vec<File>), Failure>,
) -> (Result<Outcome, Failure>, Vec<File>) {
    match judged {
        Ok((outcome, files)) => (Ok(outcome), files),
        Err(failure) => (Err(failure), Vec::new()),
    }
}

fn refused(failure: Failure) -> Report {
    Report {
        result: Err(failure),
        files: Vec::new(),
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
