//! What a worker does as long as it lives: calls, several at a time.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use mortise_model::Timestamp;
use tokio::sync::Semaphore;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::AbortHandle;
use tokio::time::Instant;
use wasmtime::Engine;
use wasmtime::component::InstancePre;

use super::link::{Link, Voice};
use super::protocol::{Begin, Came, FromWorker, Task, ToWorker};
use crate::failure::Broken;
use crate::files::named;
use crate::guest::{Guest, Work};
use crate::host::way::Way;
use crate::invoke::{Acted, Asked, Ended, ask};
use crate::load::describe;
use crate::log::Log;
use crate::plugin::{Connector, Roles, Transform};
use crate::settings::Settings;
use crate::transform::Job;

/// What makes calls.
pub(crate) struct Server {
    engine: Engine,
    settings: Arc<Settings>,
    connector: Option<Arc<Connector>>,
    transform: Option<Arc<Transform>>,
    describing: Option<InstancePre<Guest>>,
    voice: Arc<Voice>,
    calls: Arc<Calls>,
}

/// A plugin as its worker has it; all none in a worker without one.
#[derive(Default)]
pub(crate) struct Linked {
    pub roles: Roles,
    pub describing: Option<InstancePre<Guest>>,
}

/// The calls under way.
pub(crate) struct Calls {
    by_number: Mutex<HashMap<u64, UnderWay>>,
    /// There is one again.
    begun: Condvar,
    /// Threads for transforms that take long, which may go on a little when nobody waits any more.
    slow: Arc<Semaphore>,
    slow_max: usize,
}

impl Calls {
    pub fn new(slow_max: usize) -> Arc<Self> {
        Arc::new(Self {
            by_number: Mutex::default(),
            begun: Condvar::new(),
            slow: Arc::new(Semaphore::new(slow_max)),
            slow_max,
        })
    }

    /// Waits as long as nothing runs: a worker that has nothing to do does not even look at the clock.
    pub fn wait_for_one(&self) {
        let mut calls = self.lock();
        while calls.is_empty() && self.slow.available_permits() == self.slow_max {
            calls = self
                .begun
                .wait(calls)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<u64, UnderWay>> {
        self.by_number
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call under way.
struct UnderWay {
    task: Option<AbortHandle>,
    link: Link,
    log: Log,
    cancelled: Arc<AtomicBool>,
}

impl Server {
    pub fn new(
        engine: Engine,
        settings: Arc<Settings>,
        Linked {
            roles: Roles(connector, transform),
            describing,
        }: Linked,
        (voice, calls): (&Arc<Voice>, &Arc<Calls>),
    ) -> Arc<Self> {
        Arc::new(Self {
            engine,
            connector,
            transform,
            describing,
            settings,
            voice: Arc::clone(voice),
            calls: Arc::clone(calls),
        })
    }

    /// Does what it is told until nobody tells it anything any more.
    pub async fn serve(self: Arc<Self>, mut told: UnboundedReceiver<ToWorker>) {
        while let Some(told) = told.recv().await {
            match told {
                ToWorker::Start(_) => {}
                ToWorker::Call(begin) => self.begin(*begin),
                ToWorker::Answer {
                    call,
                    number,
                    answer,
                } => {
                    if let Some(call) = self.calls.lock().get(&call) {
                        call.link.answered(number, answer);
                    }
                }
                ToWorker::Cancel { call } => {
                    if let Some(call) = self.calls.lock().get(&call) {
                        call.cancelled.store(true, Ordering::Relaxed);
                    }
                }
                ToWorker::Abandon { call } => self.abandon(call),
            }
        }
    }

    fn begin(self: &Arc<Self>, begin: Begin) {
        let number = begin.call;
        let begun = Instant::now();
        let log = Log::new(&self.settings, Timestamp(begin.made_at), begun);
        let link = Link::new(number, Arc::clone(&self.voice), log.clone());
        let cancelled = Arc::new(AtomicBool::new(false));
        let under_way = UnderWay {
            task: None,
            link: link.clone(),
            log: log.clone(),
            cancelled: Arc::clone(&cancelled),
        };
        self.calls.lock().insert(number, under_way);
        self.calls.begun.notify_one();
        let server = Arc::clone(self);
        let task = tokio::spawn(async move {
            let came = server
                .perform(begin, (begun, &log), (link, cancelled))
                .await;
            // Whoever takes it out of the list says that it is over.
            if server.calls.lock().remove(&number).is_some() {
                let log = log.take();
                server.voice.say(&FromWorker::Done {
                    call: number,
                    came,
                    log,
                });
            }
        });
        if let Some(call) = self.calls.lock().get_mut(&number) {
            call.task = Some(task.abort_handle());
        }
    }

    fn abandon(&self, number: u64) {
        let Some(call) = self.calls.lock().remove(&number) else {
            return;
        };
        if let Some(task) = call.task {
            task.abort();
        }
        // Nobody wants to know what came, only that it is over.
        let came = Came::Acted(Ended::Late, Vec::new());
        self.voice.say(&FromWorker::Done {
            call: number,
            came,
            log: call.log.take(),
        });
    }

    async fn perform(
        &self,
        begin: Begin,
        (begun, log): (Instant, &Log),
        (link, cancelled): (Link, Arc<AtomicBool>),
    ) -> Came {
        let deadline = begun + Duration::from_millis(begin.remaining_ms);
        let name = (begin.plugin.as_str(), begin.operation.as_str());
        match begin.task {
            Task::Act {
                about,
                asked,
                files,
            } => {
                let work = Work {
                    about: *about,
                    cancelled,
                    deadline,
                    way: Way::Parent(link),
                };
                let files = files.into_iter().map(Into::into).collect();
                let guest = Guest::new(&self.settings, log.clone(), Some(work)).with_files(files);
                let (ended, made) = self.act(name, guest, asked, deadline).await;
                Came::Acted(ended, made)
            }
            Task::Apply {
                config,
                records,
                files,
            } => {
                let Some(transform) = &self.transform else {
                    let broken = Ended::Broken(no_role(&begin.plugin, "transform"));
                    return Came::Applied(broken, Vec::new());
                };
                let job = Job {
                    engine: self.engine.clone(),
                    settings: Arc::clone(&self.settings),
                    transform: Arc::clone(transform),
                    plugin: begin.plugin,
                    operation: begin.operation,
                    config,
                    records,
                    files: files.into_iter().map(Into::into).collect(),
                    made_at: Timestamp(begin.made_at),
                    begun,
                };
                let ((ended, made), said) = job.perform(&self.calls.slow, deadline).await;
                log.admit(said);
                Came::Applied(ended, made)
            }
            Task::Describe => Came::Described(match &self.describing {
                Some(instance) => describe(&self.engine, &self.settings, instance),
                None => Err("it was loaded to be called".to_owned()),
            }),
        }
    }

    async fn act(
        &self,
        name: (&str, &str),
        guest: Guest,
        asked: Asked,
        deadline: Instant,
    ) -> Acted {
        let Some(connector) = &self.connector else {
            return (Ended::Broken(no_role(name.0, "connector")), Vec::new());
        };
        let mut store = guest.into_store(&self.engine);
        let ended = ask(&mut store, connector, name, asked, deadline).await;
        let made = named(&ended, store.data_mut().take_made());
        (ended, made)
    }
}

fn no_role(plugin: &str, role: &str) -> Broken {
    Broken::trap("contract", format!("the plugin `{plugin}` is no {role}"))
}
