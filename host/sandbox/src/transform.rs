//! Calls of transforms, which are pure: a call can begin on the thread that asked, and where it
//! takes longer than a tick or two, be given up and made again on a thread of its own.

use std::sync::{Arc, Weak};
use std::time::Duration;

use mortise_model::descriptor::Records;
use mortise_model::entry::LogLine;
use mortise_model::plan::OperationKind;
use mortise_model::{Failure, Timestamp};
use mortise_ports::plugins::{Call, File, Invocation, Outcome, Report};
use tokio::sync::Semaphore;
use tokio::time::Instant;
use wasmtime::{Engine, Store, Trap, UpdateDeadline};

use crate::calls::{apart, overloaded};
use crate::contract::exports::mortise::plugin::transform;
use crate::failure::{self, Broken};
use crate::files::{Attached, GivenFile, all_whole, given, named};
use crate::guest::Guest;
use crate::invoke::{Ended, failed};
use crate::isolate::{Pool, Task};
use crate::log::Log;
use crate::plugin::{Loaded, Transform};
use crate::records::{Batch, Outcomes, assemble};
use crate::settings::Settings;

/// Ticks that a call may take of the thread that asked: from 10 to 20 ms.
pub(crate) const INLINE_TICKS: u64 = 2;

/// How a call ended, and the files that it made and names.
pub(crate) type Applied = (Ended<Outcomes>, Vec<File>);

/// What `apply` answers.
pub(crate) type Answered = Result<Outcomes, crate::contract::mortise::plugin::types::Failure>;

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
    /// Where guests run, if not in this process.
    pub isolated: Option<Arc<Pool>>,
}

/// One call, to be made once or twice.
pub(crate) struct Job {
    pub engine: Engine,
    pub settings: Arc<Settings>,
    pub transform: Arc<Transform>,
    pub plugin: String,
    pub operation: String,
    pub config: String,
    pub records: Vec<String>,
    pub files: Vec<GivenFile>,
    pub made_at: Timestamp,
    pub begun: Instant,
}

impl Transforms {
    /// Applies a transform to its records.
    pub async fn call(&self, loaded: Arc<Loaded>, call: Call) -> Report {
        let begun = Instant::now();
        let operation = &call.operation;
        let end = begun + Duration::from_millis(operation.timeout_ms);
        let (Invocation::Transform { config, records }, Some(transform)) =
            (&call.invocation, &loaded.transform)
        else {
            let what = format!("`{}` is no transform", operation.uses);
            return report(Err(failure::contract(&operation.plugin, &what)), Vec::new());
        };
        let files = match given((&loaded, &call), &self.settings).await {
            Ok(files) => files,
            Err(failure) => return report(Err(failure), Vec::new()),
        };
        let attached = Attached::new(&files);
        let Batch { records, is_list } = Batch::of(records);
        let batch = (records.len(), is_list);
        let config = config.as_str().to_owned();
        let (ended, log) = if let Some(pool) = &self.isolated {
            let log = Log::new(&self.settings, call.now, begun);
            let ended = match all_whole(files).await {
                Ok(files) => {
                    let task = Task::Apply {
                        config,
                        records,
                        files,
                    };
                    pool.apply((&loaded, &call), task, end, &log).await
                }
                Err(failure) => Err(failure),
            };
            (ended, log.take())
        } else {
            let job = Job {
                engine: self.engine.clone(),
                settings: Arc::clone(&self.settings),
                transform: Arc::clone(transform),
                plugin: operation.plugin.clone(),
                operation: operation.name.clone(),
                config,
                records,
                files,
                made_at: call.now,
                begun,
            };
            let (ended, log) = job.perform(&self.slow, end).await;
            (Ok(ended), log)
        };
        let judged = ended.and_then(|(ended, made)| {
            let outcome = self.judge(&call, batch, ended)?;
            attached.with(made).settle(&call.operation.plugin, outcome)
        });
        report(judged, log)
    }

    /// What the host makes of how a call ended.
    fn judge(
        &self,
        call: &Call,
        batch: (usize, bool),
        ended: Ended<Outcomes>,
    ) -> Result<Outcome, Failure> {
        let operation = &call.operation;
        let takes = match &operation.kind {
            OperationKind::Transform { takes, .. } => *takes,
            _ => Records::Each,
        };
        match ended {
            Ended::Given(outcomes) => {
                assemble(&operation.plugin, &self.settings, takes, batch, outcomes)
            }
            Ended::Failed(failure) => Err(failure::of_guest(failure)),
            Ended::Broken(broken) => Err(broken.into()),
            Ended::Late => Err(failure::deadline(operation.timeout_ms)),
            Ended::Crowded => Err(overloaded(operation.timeout_ms, "slow-calls-max")),
        }
    }
}

/// A thread of the host broke down.
pub(crate) fn defect(error: &tokio::task::JoinError) -> Broken {
    tracing::error!(%error, "a call ended with a defect of the host");
    let message = "the call ended with a defect of the host, see its log";
    Broken::trap("host-defect", message.to_owned())
}

fn report(judged: Result<(Outcome, Vec<File>), Failure>, log: Vec<LogLine>) -> Report {
    let (result, files) = apart(judged);
    Report {
        result,
        files,
        requests: Vec::new(),
        log,
    }
}

impl Job {
    /// Makes the call on this thread, and where it takes long, again on one of its own. Gives what was
    /// said as well.
    pub async fn perform(self, slow: &Arc<Semaphore>, end: Instant) -> (Applied, Vec<LogLine>) {
        let (applied, log) = self.run(Time::Inline);
        if !matches!(applied.0, Ended::Late) {
            return (applied, log);
        }
        let place = Arc::clone(slow).acquire_owned();
        let Ok(place) = tokio::time::timeout_at(end, place).await else {
            return ((Ended::Crowded, Vec::new()), Vec::new());
        };
        let asker = Arc::new(());
        let time = Time::Until(end, Arc::downgrade(&asker));
        let outcome = tokio::task::spawn_blocking(move || {
            // The place is taken as long as the thread is, even where nobody waits any more.
            let _place = place;
            self.run(time)
        })
        .await;
        drop(asker);
        outcome.unwrap_or_else(|error| ((Ended::Broken(defect(&error)), Vec::new()), Vec::new()))
    }

    fn run(&self, time: Time) -> (Applied, Vec<LogLine>) {
        let log = Log::new(&self.settings, self.made_at, self.begun);
        let guest = Guest::new(&self.settings, log.clone(), None).with_files(self.files.clone());
        let mut store = guest.into_store(&self.engine);
        time.begin(&mut store);
        let ended = match self.apply(&mut store) {
            Err(error) if is_interrupted(&error) => Ended::Late,
            Err(error) => Ended::Broken(failure::of_trap(&self.plugin, &error, store.data())),
            Ok(Err(failure)) => failed(&self.plugin, failure, store.data()),
            Ok(Ok(outcomes)) => Ended::Given(outcomes),
        };
        let made = named(&ended, store.data_mut().take_made());
        drop(store);
        let said = match ended {
            Ended::Late => Vec::new(),
            _ => log.take(),
        };
        ((ended, made), said)
    }

    fn apply(&self, store: &mut Store<Guest>) -> wasmtime::Result<Answered> {
        let instance = self.transform.instance.instantiate(&mut *store)?;
        let guest = self.transform.exports.load(&mut *store, &instance)?;
        invoke(&guest, store, &self.operation, &self.config, &self.records)
    }
}

/// One call of `apply`.
#[allow(clippy::ptr_arg)] // the generated signature
pub(crate) fn invoke(
    guest: &transform::Guest,
    store: &mut Store<Guest>,
    operation: &str,
    config: &String,
    records: &[String],
) -> wasmtime::Result<Answered> {
    guest.call_apply(store, operation, config, records)
}
