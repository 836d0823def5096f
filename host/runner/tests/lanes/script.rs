//! A plugin that does what a test tells it, and remembers what it was asked.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mortise_model::descriptor::{Descriptor, Plugin};
use mortise_model::entry::RequestRecord;
use mortise_model::{Digest, Disposition, Failure, Json};
use mortise_ports::Plugins;
use mortise_ports::plugins::{Call, File, Invocation, LoadError, News, Outcome, Report};
use tokio::sync::watch;

use crate::world::*;

/// What a call does.
#[derive(Clone)]
pub enum Answer {
    /// Gives this.
    Give(&'static str),
    /// Gives what it was given.
    Echo,
    /// Gives this when the test releases it.
    Hold(&'static str),
    /// Gives what is too large for an entry when the test releases it.
    HoldLarge,
    /// The same at once.
    Large,
    /// Gives this as soon as nobody wants it any more.
    Obey(&'static str),
    /// A page, and what asks for the next one.
    Page(&'static str, Option<&'static str>),
    /// Is asked again after so many milliseconds, or called back.
    Suspend(u64, bool),
    /// The events of a request, by id and payload.
    Events(&'static [(&'static str, &'static str)]),
    /// A file of this content, by its name alone.
    Attach(&'static str),
    /// Fails.
    Fail(Disposition),
    /// Never ends.
    Hang,
}

/// A call that was made.
#[derive(Clone, Debug)]
pub struct Made {
    pub step: String,
    pub input: String,
    pub key: String,
    pub invocation: Invocation,
    pub callback_url: String,
}

type Act = Box<dyn Fn(&Call) -> Answer + Send + Sync>;

/// The plugin.
#[derive(Clone)]
pub struct Script {
    act: Arc<Act>,
    calls: Arc<watch::Sender<Vec<Made>>>,
    released: Arc<watch::Sender<usize>>,
    held: Arc<AtomicUsize>,
    /// Calls under way, and the most that there were.
    busy: Arc<Mutex<(usize, usize)>>,
}

impl Script {
    /// One that answers each call as `act` says.
    pub fn by(act: impl Fn(&Call) -> Answer + Send + Sync + 'static) -> Self {
        Self {
            act: Arc::new(Box::new(act)),
            calls: Arc::default(),
            released: Arc::default(),
            held: Arc::default(),
            busy: Arc::default(),
        }
    }

    /// One answer for each call, in order.
    pub fn new(answers: impl IntoIterator<Item = Answer>) -> Self {
        let answers: Mutex<VecDeque<Answer>> = Mutex::new(answers.into_iter().collect());
        Self::by(move |call| {
            let answer = answers.lock().unwrap().pop_front();
            answer.unwrap_or_else(|| panic!("a call too many: {}", call.step))
        })
    }

    pub fn calls(&self) -> Vec<Made> {
        self.calls.borrow().clone()
    }

    /// The steps that were called, in order.
    pub fn steps(&self) -> Vec<String> {
        self.calls().into_iter().map(|call| call.step).collect()
    }

    /// What was given to the calls that take something back, in order.
    pub fn taken_back(&self) -> Vec<String> {
        let calls = self.calls().into_iter();
        let undos = calls.filter(|call| call.step.ends_with(".undo"));
        undos.map(|call| call.input).collect()
    }

    /// Waits until so many calls of steps that end so were made.
    pub async fn ended(&self, end: &str, count: usize) {
        let is_one = |made: &&Made| made.step.ends_with(end);
        let mut calls = self.calls.subscribe();
        let made = calls.wait_for(|calls| calls.iter().filter(is_one).count() >= count);
        let made = tokio::time::timeout(PATIENCE, made).await;
        drop(made.expect("the calls in time").unwrap());
    }

    /// The most calls that were under way at the same moment.
    pub fn busiest(&self) -> usize {
        self.busy.lock().unwrap().1
    }

    /// Waits until there were so many calls.
    pub async fn called(&self, count: usize) {
        let mut calls = self.calls.subscribe();
        let called = calls.wait_for(|calls| calls.len() >= count);
        let called = tokio::time::timeout(PATIENCE, called).await;
        drop(called.expect("the calls in time").unwrap());
    }

    /// Releases so many of the calls that are held or will be, in their order.
    pub fn release(&self, count: usize) {
        self.released.send_modify(|released| *released += count);
    }

    async fn hold(&self) {
        let place = self.held.fetch_add(1, Ordering::SeqCst);
        let mut released = self.released.subscribe();
        released.wait_for(|count| *count > place).await.unwrap();
    }

    async fn act(&self, call: &Call, answer: Answer) -> Result<Outcome, Failure> {
        let give = |text: &str| Outcome::Output {
            output: json(text),
            failures: Vec::new(),
        };
        Ok(match answer {
            Answer::Give(text) => give(text),
            Answer::Echo => give(&input(call)),
            Answer::Hold(text) => {
                self.hold().await;
                give(text)
            }
            Answer::HoldLarge => {
                self.hold().await;
                give(&large('x'))
            }
            Answer::Large => give(&large('x')),
            Answer::Obey(text) => {
                while !call.cancelled.load(Ordering::Acquire) {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
                give(text)
            }
            Answer::Page(records, next) => {
                let records = json(records);
                let count = records.read::<Vec<Json>>().unwrap().len();
                Outcome::Page {
                    records,
                    count: u32::try_from(count).unwrap(),
                    next: next.map(json),
                }
            }
            Answer::Suspend(poll_after_ms, callback) => Outcome::Suspended {
                token: json("\"token\""),
                poll_after_ms: Some(poll_after_ms),
                callback,
            },
            Answer::Events(events) => Outcome::Reception {
                events: events
                    .iter()
                    .map(|(id, payload)| News {
                        id: (*id).to_owned(),
                        ordering_key: None,
                        payload: json(payload),
                    })
                    .collect(),
                answer: None,
                memory: None,
            },
            Answer::Attach(content) => give(&named(content)),
            Answer::Fail(disposition) => {
                return Err(Failure::new(disposition, "scripted", "the test says so"));
            }
            Answer::Hang => std::future::pending().await,
        })
    }
}

fn input(call: &Call) -> String {
    match &call.invocation {
        Invocation::Transform { records, .. } => records.to_string(),
        Invocation::Action { input, .. } | Invocation::Receive { input, .. } => input.to_string(),
        _ => String::new(),
    }
}

trait Shown {
    fn to_string(&self) -> String;
}

impl Shown for Json {
    fn to_string(&self) -> String {
        self.as_str().to_owned()
    }
}

/// A call that is under way, also where it is dropped.
struct Busy<'a>(&'a Mutex<(usize, usize)>);

impl<'a> Busy<'a> {
    fn begin(busy: &'a Mutex<(usize, usize)>) -> Self {
        let mut count = busy.lock().unwrap();
        count.0 += 1;
        count.1 = count.1.max(count.0);
        drop(count);
        Self(busy)
    }
}

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.lock().unwrap().0 -= 1;
    }
}

impl Plugins for Script {
    async fn load(&self, _bytes: Vec<u8>) -> Result<Arc<Plugin>, LoadError> {
        Err(LoadError::CoreModule)
    }

    fn describe(&self, digest: Digest) -> Option<Arc<Plugin>> {
        let descriptor = Descriptor {
            schema_version: 1,
            name: "test/plugin".into(),
            version: "1.0.0".into(),
            licence: None,
            title: String::new(),
            summary: String::new(),
            settings: None,
            hosts: Vec::new(),
            origins: Vec::new(),
            rate: None,
            authentication: Vec::new(),
            operations: Vec::new(),
        };
        Some(Arc::new(Plugin {
            digest,
            size_bytes: 1,
            roles: Vec::new(),
            imports: Vec::new(),
            descriptor,
            document: Json::null(),
        }))
    }

    async fn call(&self, call: Call) -> Report {
        let _busy = Busy::begin(&self.busy);
        let made = Made {
            step: call.step.as_str().to_owned(),
            input: input(&call),
            key: call.idempotency_key.clone(),
            invocation: call.invocation.clone(),
            callback_url: call.callback_url.clone().unwrap_or_default(),
        };
        self.calls.send_modify(|calls| calls.push(made));
        let request = RequestRecord {
            method: "POST".into(),
            url: "http://sink/".into(),
            status: None,
            duration_ms: 1,
        };
        let answer = (self.act)(&call);
        let files = match &answer {
            Answer::Attach(content) => vec![attached(content)],
            _ => Vec::new(),
        };
        Report {
            result: self.act(&call, answer).await,
            files,
            requests: vec![request],
            log: Vec::new(),
        }
    }

    async fn evaluate(&self, _program: &str, value: Json) -> Result<Json, Failure> {
        Ok(value)
    }
}

/// The digest of a file's content, under which it is kept.
pub fn id_of(content: &str) -> Digest {
    Digest::of(content.as_bytes())
}

/// A file as JSON names it.
pub fn named(content: &str) -> String {
    format!(r#"{{"$file":"{}"}}"#, id_of(content))
}

fn attached(content: &'static str) -> File {
    File {
        id: id_of(content).to_string(),
        name: None,
        content_type: "text/plain".to_owned(),
        data: content.into(),
    }
}
