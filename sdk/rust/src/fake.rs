//! A host for tests: what a plugin asks of it is answered from a script and written down.
//!
//! ```
//! use mortise_sdk::fake::{Answer, Host};
//! use mortise_sdk::http;
//!
//! let host = Host::new().answer(Answer::json(200, r#"{"ok":true}"#)).install();
//! let answer = http::Request::get("https://api.example.com/me").send().unwrap();
//! assert_eq!(answer.status, 200);
//! assert_eq!(host.requests()[0].url, "https://api.example.com/me");
//! ```

mod calls;
mod imports;
mod post;
pub mod sql;

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};

use serde_json::Value;

use crate::bindings::imports::mortise::plugin as raw;

pub use calls::{apply, invoke, poll, receive, run_examples, subscribe, turn, unsubscribe};
pub(crate) use imports::{connection, context, files, http, log, state};
pub use post::{Delivered, Mailbox, Message, Sent};
pub(crate) use post::{mail, mailbox};
pub use raw::http::{Error, Request};

/// What one HTTP request gets.
#[derive(Clone, Debug)]
pub struct Answer(Result<raw::http::Response, Error>);

impl Answer {
    /// A JSON answer.
    pub fn json(status: u16, body: &str) -> Self {
        Self::new(
            status,
            &[("content-type", "application/json")],
            body.as_bytes(),
        )
    }

    /// Any answer.
    pub fn new(status: u16, headers: &[(&str, &str)], body: &[u8]) -> Self {
        let headers = headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let body = raw::http::Body::Bytes(body.to_vec());
        Self(Ok(raw::http::Response {
            status,
            headers: headers.collect(),
            body,
        }))
    }

    /// No answer.
    pub fn error(error: Error) -> Self {
        Self(Err(error))
    }
}

/// One line that the plugin logged.
#[derive(Clone, Debug, PartialEq)]
pub struct LogLine {
    /// How important it is.
    pub level: raw::log::Level,
    /// What it says.
    pub message: String,
    /// Its fields.
    pub fields: Vec<(String, String)>,
}

#[derive(Clone, Debug)]
struct File {
    name: Option<String>,
    content_type: String,
    bytes: Vec<u8>,
}

/// The host to install on the test's thread.
#[derive(Clone, Debug)]
pub struct Host {
    answers: VecDeque<Answer>,
    deliveries: VecDeque<Delivered>,
    sent: Vec<Sent>,
    mailboxes: BTreeMap<String, Mailbox>,
    requests: Vec<Request>,
    log: Vec<LogLine>,
    files: BTreeMap<String, File>,
    state: BTreeMap<String, Vec<u8>>,
    database: sql::Database,
    settings: String,
    attempt: u32,
    idempotency_key: String,
    remaining_ms: u64,
    cancelled: bool,
    callback_url: Option<String>,
}

impl Default for Host {
    fn default() -> Self {
        Self {
            answers: VecDeque::new(),
            deliveries: VecDeque::new(),
            sent: Vec::new(),
            mailboxes: BTreeMap::new(),
            requests: Vec::new(),
            log: Vec::new(),
            files: BTreeMap::new(),
            state: BTreeMap::new(),
            database: sql::Database::default(),
            settings: "null".to_owned(),
            attempt: 1,
            idempotency_key: "test-key".to_owned(),
            remaining_ms: 30_000,
            cancelled: false,
            callback_url: None,
        }
    }
}

impl Host {
    /// No connection, no answers, the first attempt with the key `test-key` and 30 s left.
    pub fn new() -> Self {
        Self::default()
    }

    /// What the next request without an answer gets; one that is not in the script is not sent.
    #[must_use]
    pub fn answer(mut self, answer: Answer) -> Self {
        self.answers.push_back(answer);
        self
    }

    /// A connection with these settings.
    #[must_use]
    pub fn settings(mut self, settings: &Value) -> Self {
        self.settings = settings.to_string();
        self
    }

    /// A later attempt.
    #[must_use]
    pub fn attempt(mut self, attempt: u32) -> Self {
        self.attempt = attempt;
        self
    }

    /// The call's key.
    #[must_use]
    pub fn idempotency_key(mut self, key: &str) -> Self {
        self.idempotency_key = key.to_owned();
        self
    }

    /// What is left of the call, in milliseconds.
    #[must_use]
    pub fn remaining_ms(mut self, remaining_ms: u64) -> Self {
        self.remaining_ms = remaining_ms;
        self
    }

    /// A call that somebody asked to end.
    #[must_use]
    pub fn cancelled(mut self) -> Self {
        self.cancelled = true;
        self
    }

    /// Where the application can call back.
    #[must_use]
    pub fn callback_url(mut self, url: &str) -> Self {
        self.callback_url = Some(url.to_owned());
        self
    }

    /// A file of the run.
    #[must_use]
    pub fn file(mut self, id: &str, content_type: &str, bytes: &[u8]) -> Self {
        let file = File {
            name: None,
            content_type: content_type.to_owned(),
            bytes: bytes.to_vec(),
        };
        self.files.insert(id.to_owned(), file);
        self
    }

    /// Puts it in place for this thread, until what comes back is dropped.
    pub fn install(self) -> Installed {
        HOST.with_borrow_mut(|host| *host = self);
        Installed(())
    }
}

thread_local! {
    static HOST: RefCell<Host> = RefCell::new(Host::default());
}

/// The host in place; dropping it puts an empty one there.
#[derive(Debug)]
pub struct Installed(());

impl Installed {
    /// The requests so far.
    pub fn requests(&self) -> Vec<Request> {
        HOST.with_borrow(|host| host.requests.clone())
    }

    /// The log so far.
    pub fn log(&self) -> Vec<LogLine> {
        HOST.with_borrow(|host| host.log.clone())
    }

    /// The bytes of a file.
    pub fn file(&self, id: &str) -> Option<Vec<u8>> {
        HOST.with_borrow(|host| host.files.get(id).map(|file| file.bytes.clone()))
    }

    /// A value of the state.
    pub fn state(&self, key: &str) -> Option<Vec<u8>> {
        HOST.with_borrow(|host| host.state.get(key).cloned())
    }
}

impl Drop for Installed {
    fn drop(&mut self) {
        HOST.with_borrow_mut(|host| *host = Host::default());
    }
}
