//! Calls of transforms, which are pure: a call can begin on the thread that asked, and where it
//! takes longer than a tick or two, be given up and made again on a thread of its own.

use std::sync::{Arc, Weak};
use std::time::Duration;

use mortise_model::descriptor::Records;
use mortise_model::plan::OperationKind;
use mortise_model::{Disposition, Failure, Json};
use mortise_ports::plugins::{Call, Invocation, Outcome, Report};
use tokio::sync::Semaphore;
use tokio::time::Instant;
use wasmtime::{Engine, Store, Trap, UpdateDeadline};

use crate::calls::overloaded;
use crate::contract::exports::mortise::plugin::transform;
use crate::failure;
use crate::guest::Guest;
use crate::log::Log;
use crate::plugin::{Loaded, Transform};
use crate::records::{Batch, Outcomes, assemble};
use crate::settings::Settings;

/// Ticks that a call may take of the thread that asked: from 10 to 20 ms.
pub(crate) const INLINE_TICKS: u64 = 2;

/// What `apply` answers.
pub(crate) type Applied = Result<Outcomes, crate::contract::mortise::plugin::types::Failure>;

/// How long a guest may run.
pub(crate) enum Time {
    /// On the thread that asked.
    Inline,
    /// On a thread of its own, as long as whoever asked still waits and owns what this points to.
    Until(Instant, Weak<()>),
}

impl Time {
    /// Begins to count.
    pub fn begin(self, store: &mut Store<Guest>) {
        match self {
            Self::Inline => {
                store.epoch_deadline_trap();
                store.set_epoch_deadline(INLINE_TICKS);
            }
            Self::Until(end, asker) => {
                store.epoch_deadline_callback(move |_| {
                    Ok(match Instant::now() < end && asker.strong_count() > 0 {
                        true => UpdateDeadline::Continue(1),
                        false => UpdateDeadline::Interrupt,
                    })
                });
                store.set_epoch_deadline(1);
            }
        }
    }
}

/// Whether a guest was stopped because its time was up.
pub(crate) fn is_interrupted(error: &wasmtime::Error) -> bool {
    error.downcast_ref() == Some(&Trap::Interrupt)
}

/// What calls of transforms share.
pub(crate) struct Transforms {
    pub engine: Engine,
    pub settings: Arc<Settings>,
    pub slow: Arc<Semaphore>,
}

/// One call, to be made once or twice.
struct Job {
    engine: Engine,
    settings: Arc<Settings>,
    loaded: Arc<Loaded>,
    call: Call,
    config: Json,
    batch: Batch,
    begun: Instant,
}

impl Transforms {
    /// Applies a transform to its records.
    pub async fn call(&self, loaded: Arc<Loaded>, call: Call) -> Report {
        let begun = Instant::now();
        let end = begun + Duration::from_millis(call.operation.timeout_ms);
        let Invocation::Transform { config, records } = &call.invocation else {
            let what = format!("`{}` is a transform", call.operation.uses);
            let failure = failure::contract(&call.operation.plugin, &what);
            return report(Err(failure), Vec::new());
        };
        let job = Job {
            engine: self.engine.clone(),
            settings: Arc::clone(&self.settings),
            loaded,
            config: config.clone(),
            batch: Batch::of(records),
            call,
            begun,
        };
        if let Some(report) = job.run(Time::Inline) {
            return report;
        }
        let timeout_ms = job.call.operation.timeout_ms;
        let late = || report(Err(failure::deadline(timeout_ms)), Vec::new());
        let place = Arc::clone(&self.slow).acquire_owned();
        let Ok(place) = tokio::time::timeout_at(end, place).await else {
            return report(Err(overloaded(timeout_ms, "slow-calls-max")), Vec::new());
        };
        let asker = Arc::new(());
        let time = Time::Until(end, Arc::downgrade(&asker));
        let outcome = tokio::task::spawn_blocking(move || {
            // The place is taken as long as the thread is, even where nobody waits any more.
            let _place = place;
            job.run(time)
        })
        .await;
        drop(asker);
        match outcome {
            Ok(report) => report.unwrap_or_else(late),
            Err(error) => report(Err(defect(&error)), Vec::new()),
        }
    }
}

/// A thread of the host broke down.
pub(crate) fn defect(error: &tokio::task::JoinError) -> Failure {
    tracing::error!(%error, "a call ended with a defect of the host");
    let message = "the call ended with a defect of the host, see its log";
    Failure::new(Disposition::Trap, "host-defect", message)
}

fn report(result: Result<Outcome, Failure>, log: Vec<mortise_model::entry::LogLine>) -> Report {
    Report {
        result,
        requests: Vec::new(),
        log,
    }
}

impl Job {
    /// None where the time is up.
    fn run(&self, time: Time) -> Option<Report> {
        let operation = &self.call.operation;
        let plugin = operation.plugin.as_str();
        let Some(transform) = &self.loaded.transform else {
            let what = format!("`{}` is no transform", operation.uses);
            return Some(report(Err(failure::contract(plugin, &what)), Vec::new()));
        };
        let log = Log::new(&self.settings, self.call.now, self.begun);
        let guest = Guest::new(&self.settings, log.clone(), None);
        let mut store = guest.into_store(&self.engine);
        time.begin(&mut store);
        let applied = apply(&mut store, transform, self);
        let result = match applied {
            Err(error) if is_interrupted(&error) => return None,
            Err(error) => Err(failure::of_trap(plugin, &error, store.data())),
            Ok(Err(failure)) => Err(failure::of_guest(failure)),
            Ok(Ok(outcomes)) => self.assemble(outcomes),
        };
        drop(store);
        Some(report(result, log.take()))
    }

    fn assemble(&self, outcomes: Outcomes) -> Result<Outcome, Failure> {
        let operation = &self.call.operation;
        let takes = match &operation.kind {
            OperationKind::Transform { takes, .. } => *takes,
            _ => Records::Each,
        };
        let batch = (self.batch.records.len(), self.batch.is_list);
        assemble(&operation.plugin, &self.settings, takes, batch, outcomes)
    }
}

fn apply(store: &mut Store<Guest>, transform: &Transform, job: &Job) -> wasmtime::Result<Applied> {
    let instance = transform.instance.instantiate(&mut *store)?;
    let guest = transform.exports.load(&mut *store, &instance)?;
    let config = job.config.as_str().to_owned();
    let operation = &job.call.operation.name;
    invoke(&guest, store, operation, &config, &job.batch.records)
}

/// One call of `apply`.
#[allow(clippy::ptr_arg)] // the generated signature
pub(crate) fn invoke(
    guest: &transform::Guest,
    store: &mut Store<Guest>,
    operation: &str,
    config: &String,
    records: &[String],
) -> wasmtime::Result<Applied> {
    guest.call_apply(store, operation, config, records)
}
